// Builds elements. Text always goes in as text, never as HTML, so that no title can be a script.

/** An element. `on…` are listeners, true and false set and leave out an attribute. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) put(node, name, value);
  node.append(...children.flat(Infinity).filter(isContent));
  return node;
}

/** Replaces what is in an element. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(isContent));
  return node;
}

/** A labelled control: a `<label>` with its text above. */
export function field(label, control, hint) {
  return h('label', { class: 'field' }, h('span', { class: 'label' }, label), control,
    hint && h('span', { class: 'hint' }, hint));
}

/** A `<select>` of `[value, text]` pairs. */
export function select(name, options, chosen, props) {
  const option = ([value, text]) => h('option', { value, selected: value === chosen }, text);
  return h('select', { name, ...props }, options.map(option));
}

/** A spot of colour, as in the legend of the map. */
export function swatch(color) {
  const node = h('span', { class: 'swatch', 'aria-hidden': 'true' });
  // A plan is free to leave colours out. Set through the object model, which the policy allows.
  if (color) node.style.backgroundColor = color;
  return node;
}

/** A box that says what is wrong or what happened; `kind` is `error`, `good` or `info`. */
export function notice(kind, ...content) {
  return h('div', { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : 'status' }, content);
}

/** Tells screen readers something that is visible anyway. */
export function speak(text) {
  document.getElementById('spoken').textContent = text;
}

/** Asks before something that cannot be undone. Resolves to whether it was confirmed. */
export function ask(question, yes, no) {
  const { promise, resolve } = deferred();
  const answer = (value) => h('button', { class: value === 'yes' ? 'danger' : 'quiet', value }, value === 'yes' ? yes : no);
  const dialog = h('dialog', { 'aria-label': question, onclose: () => { dialog.remove(); resolve(dialog.returnValue === 'yes'); } },
    h('form', { method: 'dialog' }, h('p', null, question), h('div', { class: 'row end' }, answer('no'), answer('yes'))));
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}

function deferred() {
  const it = {};
  it.promise = new Promise((resolve) => { it.resolve = resolve; });
  return it;
}

function put(node, name, value) {
  if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
  else if (value === true) node.setAttribute(name, '');
  else if (value !== false && value != null) node.setAttribute(name, value);
}

function isContent(child) {
  return child != null && child !== false && child !== '';
}
