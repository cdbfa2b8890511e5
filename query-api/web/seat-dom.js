// Builds elements for the seat map and the list beside it. Text always goes in as text, never as
// HTML, so that no title can be a script.

/**
 * An element. `on…` are listeners, true and false set and leave out an attribute.
 * @param {string} tag
 * @param {Object<string, unknown> | null} [props]
 * @param {...unknown} children
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value != null) node.setAttribute(name, String(value));
  }
  return fill(node, children);
}

/**
 * Replaces what is in an element.
 * @template {Element} T
 * @param {T} node
 * @param {...unknown} children
 * @returns {T}
 */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child != null && child !== false && child !== ''));
  return node;
}

/** A spot in the colour of a category, as on the map. */
export function swatch(color, look = 'free') {
  const node = h('span', { class: `swatch ${look}`, 'aria-hidden': 'true' });
  // Set through the object model, which the content policy allows.
  if (color) node.style.setProperty('--swatch', color);
  return node;
}
