// What stands around the map: what to look for, the best seats that match, and the legend.

import { fill, h, swatch } from './seat-dom.js';
import { money } from './seat-texts.js';
import { say } from './texts.js';

/** How many side by side can be looked for, if the limit is no lower. */
const MOST_TOGETHER = 8;

/**
 * The controls that say what to look for. `onBest` is asked to hold the best seats that match.
 * @param {import('./seat-choice.js').SeatChoice} choice
 * @param {import('./seat-filter.js').SeatFilter} filter
 * @param {(wish: object) => void} onBest
 */
export function filterBar(choice, filter, onBest) {
  const { plan, terms } = choice;
  const amounts = [...new Set(plan.categories.map(({ name }) => terms.priceOf(name)?.amount).filter((amount) => amount !== undefined))].sort((a, b) => a - b);
  const upTo = amounts.slice(0, -1).map((amount) => [amount, say('map-filter-up-to', { price: money({ amount, currency: terms.currency }) })]);
  const price = select([['', say('map-filter-any-price')], ...upTo]);
  const together = select(Array.from({ length: Math.min(terms.limit, MOST_TOGETHER) }, (_, at) => [at + 1, String(at + 1)]));
  const accessible = h('input', { type: 'checkbox' });
  const matches = h('span', { class: 'muted small', role: 'status' });
  const best = h('button', { type: 'button', class: 'quiet', onclick: () => onBest(filter.wish) });

  const show = () => {
    matches.textContent = filter.isOn ? say('map-filter-matches', { count: filter.matching }) : '';
    best.textContent = say('map-take-best', { count: filter.together });
    best.disabled = filter.matching === 0;
  };
  const change = () => filter.set({ highest: price.value ? Number(price.value) : Infinity, together: Number(together.value), accessible: accessible.checked });
  filter.addEventListener('change', show);
  choice.addEventListener('states', show);
  show();
  const labelled = (name, control) => h('label', { class: 'map-field' }, h('span', { class: 'small' }, say(name)), control);
  return h('div', { class: 'map-filter', role: 'group', 'aria-label': say('map-filter'), onchange: change },
    upTo.length > 0 && labelled('map-filter-price', price), labelled('map-filter-together', together),
    terms.accessible.size > 0 && h('label', { class: 'check' }, accessible, say('map-filter-accessible')), best, matches);
}

/** The legend: a colour for each category with a price, a shape for each state. */
export function legend(choice, colorOf) {
  const list = h('ul', { class: 'plain map-legend', 'aria-label': say('map-legend') });
  const mark = (look, name) => h('li', null, swatch(null, look), say(name));
  const category = ({ name }, at) => {
    const price = choice.terms.priceOf(name);
    const look = choice.terms.accessible.has(name) ? 'free square' : 'free';
    return price && h('li', null, swatch(colorOf(at), look), say('map-legend-category', { category: name, price: money(price) }));
  };
  const show = () => fill(list, choice.plan.categories.map(category), mark('chosen', 'map-legend-chosen'), mark('held', 'map-legend-held'), mark('sold', 'map-legend-sold'),
    choice.forSale.includes(false) && mark('closed', 'map-legend-closed'));
  show();
  return { node: list, show };
}

function select(options) {
  return h('select', null, options.map(([value, label]) => h('option', { value }, label)));
}
