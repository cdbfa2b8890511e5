// The screen of a booking: held with its countdown, being paid, confirmed, or over.

import { command, read, readOwn, serverNow } from './api.js';
import { bookingBill } from './booking-bill.js';
import { ask, fill, h, notice, speak } from './dom.js';
import { clock, here, money, startsAt, venueLine } from './format.js';
import { payForm } from './pay-form.js';
import { bookingState } from './phase.js';

/** The first pause between looks at a payment that is on its way, and the longest. */
const [SHORT, LONG] = [300, 2000];

export async function bookingPage(main, { id, signal }) {
  document.title = 'Your booking · Aisle';
  fill(main, h('p', { class: 'muted' }, 'Fetching your booking …'));
  const path = `/v1/bookings/${encodeURIComponent(id)}`;
  const { body: booking } = await readOwn(path, { signal });
  const { body: event } = await read(`/v1/events/${encodeURIComponent(booking.event_id)}`, { signal });
  const page = { main, path, event, signal, said: null };
  page.show = (next, said) => draw(page, next, said);
  page.show(booking, booking.payments?.at(-1)?.state === 'declined' ? outcome('paying', booking) : null);
}

function draw(page, booking, said) {
  const { main, event, signal } = page;
  // Clocks and polls belong to the state that was drawn last.
  page.stop?.abort();
  page.stop = new AbortController();
  signal.addEventListener('abort', () => page.stop.abort(), { signal: page.stop.signal });
  const state = bookingState(booking.state);
  document.title = `${state.text} · ${event.title} · Aisle`;
  const summary = h('section', { class: 'card' },
    h('h2', null, h('a', { href: `#/events/${encodeURIComponent(event.event_id)}` }, event.title)),
    h('p', null, startsAt(event), h('br'), h('span', { class: 'muted' }, venueLine(event.venue))),
    bookingBill(booking));
  const screen = SCREENS[booking.state] ?? over;
  fill(main, h('div', { class: `booking ${booking.state}` }, h('div', { class: 'stack' }, said, screen(page, booking)), summary));
  const heading = main.querySelector('h1');
  speak(heading.textContent);
}

const SCREENS = { held, paying, confirmed };

function held(page, booking) {
  const renew = booking.renewals_left > 0 && h('button', { class: 'quiet', onclick: () => act(page, 'POST', '/renew') }, 'Renew the time');
  const release = h('button', { class: 'quiet', onclick: () => act(page, 'DELETE', '') }, 'Give the seats back');
  const payment = payForm(booking, (card) => pay(page, booking, card));
  return [h('h1', { tabindex: '-1' }, 'Held for you'), h('div', { class: 'card' }, countdown(page, booking), h('div', { class: 'row' }, renew, release)), payment];
}

function countdown(page, booking) {
  const { signal } = page.stop;
  const time = h('strong', { class: 'clock', role: 'timer' });
  let last = Infinity;
  const tick = () => {
    const left = Date.parse(booking.until) - serverNow();
    time.textContent = clock(left);
    time.classList.toggle('soon', left < 60_000);
    for (const mark of [60_000, 15_000]) if (left <= mark && last > mark) speak(`${mark / 1000} seconds left`);
    last = left;
    if (left > 0) return;
    clearInterval(timer);
    lookBeyond(page, 'held');
  };
  const timer = setInterval(tick, 500);
  signal.addEventListener('abort', () => clearInterval(timer));
  tick();
  return h('p', { class: 'countdown' }, 'Pay within ', time);
}

async function pay(page, booking, card) {
  const path = `${page.path}/payment`;
  const intent = `pay ${booking.booking_id}`;
  try {
    page.show(await payOnce(path, card, intent));
  } catch (error) {
    if (['payment_in_progress', 'already_paid', 'hold_expired', 'booking_over'].includes(error.code)) return reload(page, notice('info', error.message));
    throw error;
  }
}

/** The key of an unanswered payment may have been sent with another card: then that one counts for nothing. */
async function payOnce(path, card, intent) {
  try {
    return await command('POST', path, { body: { card }, intent });
  } catch (error) {
    if (error.code !== 'idempotency_key_reused') throw error;
    return command('POST', path, { body: { card }, intent });
  }
}

function paying(page) {
  lookBeyond(page, 'paying');
  return [h('h1', { tabindex: '-1' }, 'Payment on its way'), h('div', { class: 'card' }, h('p', { class: 'working' }, 'The payment provider is being asked. This takes a few seconds; you can leave this page open or come back to it.'))];
}

/** Reads the booking until it has left a state, then shows what has become of it. */
async function lookBeyond(page, from) {
  const { signal } = page.stop;
  for (let pause = SHORT; !signal.aborted; pause = Math.min(LONG, pause * 1.4)) {
    const booking = await readOwn(page.path, { signal }).then(({ body }) => body, () => null);
    if (signal.aborted) return;
    if (booking && booking.state !== from) return page.show(booking, outcome(from, booking));
    await new Promise((resolve) => { setTimeout(resolve, pause); });
  }
}

function outcome(from, { state }) {
  if (from !== 'paying' || state !== 'held') return null;
  return notice('error', h('p', { class: 'strong' }, 'The card was declined.'), h('p', null, 'Nothing was charged, and your seats are still held. Try another card.'));
}

function confirmed(page, booking) {
  const cancel = async () => {
    const question = `Cancel this booking? The seats go back on sale and ${money(booking.total)} is refunded.`;
    if (await ask(question, 'Cancel the booking', 'Keep it')) await act(page, 'POST', '/cancel', {});
  };
  return [
    h('h1', { tabindex: '-1' }, 'Your tickets are booked'),
    h('div', { class: 'card ticket' }, h('p', { class: 'badge good' }, 'Paid'), h('p', { class: 'muted small' }, 'Booking reference'), h('p', { class: 'reference mono' }, booking.booking_id),
      h('p', { class: 'muted small' }, 'Show this reference at the entrance. It is kept in this browser under “My bookings”.')),
    h('div', { class: 'row' }, h('a', { class: 'button', href: '#/' }, 'More events'), h('a', { class: 'button quiet', href: '#/bookings' }, 'My bookings'), h('button', { class: 'danger', onclick: cancel }, 'Cancel the booking')),
  ];
}

function over(page, booking) {
  const words = {
    released: ['You gave the seats back', 'Nothing was charged.'],
    expired: ['The time was up', 'The seats went back on sale. Nothing was charged; should a payment have come late, it is refunded.'],
    cancelled: ['This booking is cancelled', `${booking.updated_at ? `On ${here(booking.updated_at)}: ` : ''}${booking.cancelled ?? 'given back'}. What was paid is refunded.`],
  };
  const [title, text] = words[booking.state] ?? [bookingState(booking.state).text, ''];
  return [h('h1', { tabindex: '-1' }, title), h('div', { class: 'card' }, h('p', null, text), h('a', { class: 'button', href: `#/events/${encodeURIComponent(booking.event_id)}` }, 'Choose again'))];
}

/** Carries out a command on the booking and shows what it leaves. */
async function act(page, method, suffix, body) {
  try {
    page.show(await command(method, page.path + suffix, { body }));
  } catch (error) {
    await reload(page, notice('error', error.message));
  }
}

async function reload(page, said) {
  const { body } = await readOwn(page.path, { signal: page.signal });
  page.show(body, said);
}
