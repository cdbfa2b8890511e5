// The basket beside the map: the seats chosen, what they cost, and the button that holds them.
// What is chosen survives a reload; a hold that was sent and never answered is then sent again
// under the same key.

import { fill, h, notice, speak } from './dom.js';
import { money, plural, sum } from './format.js';
import { seatName } from './spa-plan.js';

/** The basket of a map. It listens to the map's choices. */
export function basket({ map, plan, event, priceOf, hold }) {
  const kept = `aisle.choice:${event.event_id}`;
  const lines = h('ul', { class: 'plain lines' });
  const bill = h('div', { class: 'bill' });
  const said = h('div', { 'aria-live': 'polite' });
  const needs = h('input', { type: 'checkbox', name: 'accessible' });
  const accessible = h('label', { class: 'check', hidden: true }, needs, 'One of us needs an accessible place');
  const button = h('button', { type: 'submit', class: 'wide' }, 'Hold these seats');
  const node = h('form', { class: 'card basket' }, h('h2', null, 'Your seats'), said, lines, accessible, bill, button);
  map.limit = event.limit_per_buyer ?? Infinity;
  const currency = event.prices[0]?.price.currency;

  const show = (chosen) => {
    const seats = chosen.map((index) => ({ index, ...plan.seat(index) }));
    sessionStorage.setItem(kept, JSON.stringify(seats.map(({ label }) => label)));
    button.hidden = seats.length === 0;
    accessible.hidden = !seats.some(({ category }) => event.accessible_categories?.includes(category));
    fill(lines, seats.length ? seats.map((seat) => line(seat, priceOf.get(seat.category), map)) : h('li', { class: 'muted' }, 'Choose seats on the map or from the list.'));
    fill(bill, seats.length > 0 && total(seats.map(({ category }) => priceOf.get(category)), event.fee, currency));
  };

  const restore = () => {
    const labels = JSON.parse(sessionStorage.getItem(kept) ?? '[]');
    for (const label of labels) map.toggle(plan.indexOf(label));
    show(map.chosen);
  };

  map.addEventListener('choice', ({ detail }) => {
    show(detail.chosen);
    const names = detail.lost.map((seat) => seatName(plan.seat(seat)));
    fill(said, names.length > 0 && notice('info', `No longer free and taken out: ${names.join('; ')}`));
  });
  map.addEventListener('refused', () => {
    fill(said, notice('info', `One buyer can have ${plural(map.limit, 'ticket')} for this event.`));
  });
  map.addEventListener('ready', restore, { once: true });
  node.addEventListener('submit', async (submitted) => {
    submitted.preventDefault();
    const seats = map.chosen.map((index) => plan.seat(index).label).sort();
    if (seats.length === 0) return speak('No seats are chosen');
    const wish = needs.checked && !accessible.hidden ? { seats, accessible: true } : { seats };
    if (await hold(wish, node)) sessionStorage.removeItem(kept);
  });
  fill(lines, h('li', { class: 'muted' }, 'Choose seats on the map or from the list.'));
  button.hidden = true;
  return node;
}

function line(seat, price, map) {
  const name = seatName(seat);
  const drop = h('button', { type: 'button', class: 'icon quiet', 'aria-label': `Remove ${name}`, title: 'Remove', onclick: () => map.toggle(seat.index) }, '×');
  return h('li', null, h('span', null, name, h('br'), h('span', { class: 'muted small' }, seat.category)), h('span', { class: 'row' }, h('span', { class: 'strong' }, money(price)), drop));
}

/** A bill: prices, fees, total. */
export function total(prices, fee, currency) {
  const fees = sum(prices.map(() => fee ?? { amount: 0 }), currency);
  const all = sum([...prices, fees], currency);
  return h('dl', { class: 'total' },
    fees.amount > 0 && h('div', { class: 'muted' }, h('dt', null, `Fee, ${prices.length} × ${money(fee)}`), h('dd', null, money(fees))),
    h('div', { class: 'strong' }, h('dt', null, `${plural(prices.length, 'ticket')}, total`), h('dd', null, money(all))));
}
