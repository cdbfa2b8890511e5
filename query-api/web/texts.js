// What scripts say: texts of the catalogue, which the page brings with it as JSON.

/** The language of the page, by which numbers and dates are written, too. */
export const locale = document.documentElement.lang || 'en-GB';

const texts = JSON.parse(document.getElementById('texts')?.textContent ?? '{}');
const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);

/**
 * The text of a name, its gaps filled. One that is counted has a form for each plural category.
 * @param {string} name
 * @param {Object<string, string | number>} [values] numbers are written as the language does
 */
export function say(name, values = {}) {
  const text = texts[name] ?? name;
  const form = typeof text === 'string' ? text : text[plurals.select(Number(values.count))] ?? text.other;
  return form.replace(/\{(\w+)\}/g, (gap, key) => written(values[key]) ?? gap);
}

/** Whether there is a text of this name. */
export function isSaid(name) {
  return name in texts;
}

function written(value) {
  return typeof value === 'number' ? numbers.format(value) : value;
}
