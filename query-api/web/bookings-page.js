// The screen of all bookings made in this browser.

import { command, isKnown, read, readOwn } from './api.js';
import { ticketsOf } from './booking-bill.js';
import { ask, fill, h, notice, speak } from './dom.js';
import { money, plural, startsAt } from './format.js';
import { bookingState } from './phase.js';

const PAGE = 20;

export async function bookingsPage(main, { signal }) {
  document.title = 'My bookings · Aisle';
  const list = h('ul', { class: 'plain hits' });
  const [said, more] = [h('div'), h('div', { class: 'more' })];
  fill(main, h('h1', { tabindex: '-1' }, 'My bookings'), h('p', { class: 'muted' }, 'Those made in this browser.'), said, list, more);
  if (!isKnown()) return empty(list);
  const page = { list, said, more, signal, events: new Map() };
  await load(page);
}

function empty(list) {
  fill(list, h('li', { class: 'card empty' }, h('p', null, 'There are no bookings yet.'), h('a', { class: 'button', href: '#/' }, 'Find an event')));
}

async function load(page, after) {
  const query = new URLSearchParams({ limit: PAGE, ...(after && { after }) });
  const { body } = await readOwn(`/v1/bookings?${query}`, { signal: page.signal });
  if (body.bookings.length === 0 && !after) return empty(page.list);
  const items = await Promise.all(body.bookings.map((booking) => item(page, booking)));
  page.list.append(...items);
  fill(page.more, body.next && h('button', { class: 'quiet', onclick: () => load(page, body.next).catch((error) => say(page, error)) }, 'Load more'));
}

async function item(page, booking) {
  const event = await eventOf(page, booking.event_id);
  const state = bookingState(booking.state);
  const cancel = async () => {
    const question = `Cancel ${event?.title ?? 'this booking'}? ${money(booking.total)} is refunded.`;
    if (!(await ask(question, 'Cancel the booking', 'Keep it'))) return;
    try {
      const changed = await command('POST', `/v1/bookings/${booking.booking_id}/cancel`, { body: {} });
      node.replaceWith(await item(page, changed));
      speak('The booking is cancelled');
    } catch (error) {
      say(page, error);
    }
  };
  const open = { held: 'Pay or give back', paying: 'Look', confirmed: 'Show' }[booking.state] ?? 'Details';
  const node = h('li', { class: 'card mine' },
    h('div', null, h('p', { class: 'strong title' }, event?.title ?? 'Event'), event && h('p', null, startsAt(event)), h('p', { class: 'muted' }, `${plural(ticketsOf(booking), 'ticket')} · ${money(booking.total)}`), h('p', { class: 'muted small mono' }, booking.booking_id)),
    h('div', { class: 'how' }, h('span', { class: `badge ${state.kind}` }, state.text),
      h('div', { class: 'row' }, h('a', { class: 'button quiet', href: `#/bookings/${encodeURIComponent(booking.booking_id)}` }, open), booking.state === 'confirmed' && h('button', { class: 'danger', onclick: cancel }, 'Cancel'))));
  return node;
}

/** An event, asked for once. A booking without one is still a booking. */
function eventOf(page, id) {
  if (!page.events.has(id)) {
    const asked = read(`/v1/events/${encodeURIComponent(id)}`, { signal: page.signal });
    page.events.set(id, asked.then(({ body }) => body, () => null));
  }
  return page.events.get(id);
}

function say(page, error) {
  if (!page.signal.aborted) fill(page.said, notice('error', error.message));
}
