// The texts that the server gave the scripts of this page.

const texts = JSON.parse(document.getElementById('texts')?.textContent ?? '{}');

/** The text of a name, its holes filled in. */
export function say(name, values = {}) {
  return (texts[name] ?? name).replace(/\{(\w+)\}/g, (hole, key) => values[key] ?? hole);
}
