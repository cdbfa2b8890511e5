// The page of a booking, live: counts its time down, warns before it is up, and shows what the
// server tells. What is shown is always drawn by the server: a change is a reload.

import { clock } from './clock.js';
import { locale, say } from './texts.js';

const booking = document.getElementById('booking');
const { booking: id, state, payments, position } = booking.dataset;
const time = booking.querySelector('time[data-countdown]');
const warning = document.getElementById('warning');
const renew = document.getElementById('renew');

// A form is on its way: its answer brings the next page, and must not be cut off by one of ours.
let isLeaving = false;
addEventListener('submit', () => { isLeaving = true; });

/** Shows the booking anew, at least as it is at a position. */
function show(at) {
  if (!isLeaving) location.replace(`/bookings/${id}?min-position=${at}`);
}

/** Until when it is held, by the clock of whoever reads it. */
function showUntil() {
  const format = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  document.getElementById('until').textContent = say('hold-until', { time: format.format(new Date(time.dateTime)) });
}

function countDown() {
  const end = performance.now() + Number(time.dataset.countdown) * 1000;
  const timer = setInterval(tick, 250);
  tick();
  function tick() {
    const left = end - performance.now();
    time.textContent = clock(left);
    warn(left);
    if (left > 0) return;
    clearInterval(timer);
    setTimeout(() => show(position), 1000);
  }
}

let warned = '';

/** Tells once, aloud, when less than a minute is left, and when the time is up. */
function warn(left) {
  const name = left <= 0 ? 'hold-over' : left > Number(time.dataset.warn) * 1000 ? '' : renew ? 'hold-warn-renew' : 'hold-warn';
  if (name === warned) return;
  warned = name;
  warning.textContent = name && say(name);
  booking.classList.toggle('soon', Boolean(name));
  renew?.querySelector('button').classList.toggle('quiet', !name);
}

/** Follows the booking; the browser connects again by itself, but not after a refusal. */
function follow(after) {
  const feed = new EventSource(`/v1/bookings/${id}/live?last-event-id=${after}`);
  feed.addEventListener('booking', ({ data }) => {
    const now = JSON.parse(data);
    lost(false);
    if (now.position <= Number(position)) return;
    const isNew = now.state !== state || now.until !== undefined || now.payments.map((payment) => payment.state).join(' ') !== payments;
    if (isNew) show(now.position);
  });
  feed.addEventListener('open', () => lost(false));
  feed.addEventListener('error', () => {
    lost(true);
    if (feed.readyState === EventSource.CLOSED) setTimeout(() => follow(after), 3000);
  });
  addEventListener('pagehide', () => feed.close());
}

/** Says that the connection is lost, where that matters. */
function lost(isLost) {
  if (!warning || warned) return;
  warning.textContent = isLost ? say('live-lost') : '';
}

if (time) {
  showUntil();
  countDown();
}
// A payment that takes long is said to.
if (state === 'paying') setTimeout(() => show(position), 9000);
if (!('settled' in booking.dataset)) follow(position);
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
