// The form for the card. The number goes to the server and is kept nowhere.

import { field, fill, h, notice } from './dom.js';
import { money } from './format.js';

const CARDS = [['4242 4242 4242 4242', 'succeeds'], ['4000 0000 0000 0002', 'is declined']];

/** A form that calls `pay` with the card, and says why if that is refused. */
export function payForm(booking, pay) {
  const number = h('input', { name: 'number', inputmode: 'numeric', autocomplete: 'off', required: true, maxlength: '23', pattern: '[0-9 ]{12,23}', placeholder: '0000 0000 0000 0000', title: 'The digits of the card' });
  const said = h('div', { 'aria-live': 'assertive' });
  const button = h('button', { type: 'submit', class: 'wide' }, `Pay ${money(booking.total)}`);
  const example = ([digits, outcome]) => h('li', null,
    h('button', { type: 'button', class: 'link mono', title: 'Use this card', onclick: () => { number.value = digits; number.focus(); } }, digits), h('span', null, outcome));
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    fill(said);
    try {
      await pay({ number: number.value.trim() });
    } catch (error) {
      if (error.code === undefined) console.error(error);
      fill(said, notice('error', error.code === undefined ? 'Something went wrong on this page.' : error.message));
    } finally {
      button.disabled = false;
    }
  };
  return h('form', { class: 'card pay', onsubmit: submit }, h('h2', null, 'Payment'),
    notice('info', h('p', null, h('strong', null, 'This is a test provider. '), 'No money moves. Do not enter a real card; use one of these:'), h('ul', { class: 'plain cards' }, CARDS.map(example))),
    field('Card number', number), said, button);
}
