// What a booking consists of and costs.

import { h } from './dom.js';
import { money, plural } from './format.js';

/** The seats, places, fee and total of a booking. */
export function bookingBill(booking) {
  const seat = ({ seat: label, category, price }) => line(`Seat ${label}`, category, money(price));
  const places = ({ area, category, count, price }) => line(`${area}, ${plural(count, 'place')}`, category, `${count} × ${money(price)}`);
  return [
    h('ul', { class: 'plain lines' }, booking.seats.map(seat), booking.places.map(places)),
    h('dl', { class: 'total' },
      booking.fee?.amount > 0 && h('div', { class: 'muted' }, h('dt', null, 'Fees'), h('dd', null, money(booking.fee))),
      h('div', { class: 'strong' }, h('dt', null, 'Total'), h('dd', null, money(booking.total)))),
  ];
}

/** How many tickets a booking has. */
export function ticketsOf(booking) {
  return booking.places.reduce((all, { count }) => all + count, booking.seats.length);
}

function line(what, category, price) {
  return h('li', null, h('span', null, h('span', null, what), h('br'), h('span', { class: 'muted small' }, category)), h('span', { class: 'strong' }, price));
}
