// The basket: the seats that are chosen and what they cost, fees included.

import { fill, h } from './seat-dom.js';
import { money, seatName } from './seat-texts.js';
import { say } from './texts.js';

/**
 * Shows what is chosen in a place of the page.
 * @param {Element} node
 * @param {import('./seat-choice.js').SeatChoice} choice
 */
export function basket(node, choice) {
  const lines = h('ul', { class: 'plain lines' });
  const bill = h('p', { class: 'bill' });
  fill(node, h('h3', null, say('map-basket')), lines, bill);

  const show = () => {
    const { chosen, total } = choice;
    fill(lines, chosen.length ? chosen.map((seat) => line(seat, choice)) : h('li', { class: 'muted' }, say('map-basket-empty')));
    bill.hidden = chosen.length === 0;
    const fees = total.fees.amount > 0 && h('span', { class: 'muted small' }, say('map-basket-fee', { fee: money(total.fees) }));
    if (chosen.length > 0) fill(bill, h('span', null, say('tickets', { count: chosen.length }), ' ', fees), h('strong', null, money(total.sum)));
    node.closest('.seat-list').classList.toggle('has-choice', chosen.length > 0);
  };
  choice.addEventListener('change', show);
  show();
}

function line(seat, choice) {
  const about = choice.plan.seat(seat);
  const name = seatName(about);
  const drop = (event) => {
    const item = event.currentTarget.closest('li');
    // The button goes with the seat; who pressed it by key goes on from its neighbour.
    const next = (item.nextElementSibling ?? item.previousElementSibling)?.querySelector('button');
    const seatAfter = next?.dataset.seat;
    const list = item.parentElement;
    choice.toggle(seat);
    list.querySelector(`[data-seat="${seatAfter}"]`)?.focus();
  };
  const button = h('button', { type: 'button', class: 'icon quiet', 'data-seat': seat, 'aria-label': say('map-basket-remove', { seat: name }), onclick: drop }, '×');
  return h('li', null, h('span', null, name, ' ', h('span', { class: 'muted small' }, about.category)), h('span', { class: 'price' }, money(choice.terms.priceOf(about.category))), button);
}
