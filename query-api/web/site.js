// What every page has: times in the reader's own zone, and the focus on what was refused.

import { locale } from './texts.js';

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Adds to a moment at the venue what time that is where the reader is, if it differs. */
export function showReaderTimes(root = document) {
  for (const time of root.querySelectorAll('time[data-reader]')) {
    const at = new Date(time.dateTime);
    const offset = time.dateTime.slice(-6);
    if (Number.isNaN(at.getTime()) || offset === offsetAt(at)) continue;
    const format = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'short', timeZone: here });
    const own = document.createElement('span');
    own.className = 'own-time small muted';
    own.textContent = format.format(at);
    time.parentElement.insertBefore(own, time.nextElementSibling?.nextSibling ?? null);
    time.removeAttribute('data-reader');
  }
}

/** The offset of the reader's zone at a moment, as `+02:00`. */
function offsetAt(moment) {
  const minutes = -moment.getTimezoneOffset();
  const two = (value) => String(Math.abs(Math.trunc(value))).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** A form is sent once: a second click while the answer is on its way does nothing. */
function sendOnce() {
  document.addEventListener('submit', ({ target, defaultPrevented }) => {
    if (target.method !== 'post' || defaultPrevented) return;
    for (const button of target.querySelectorAll('button[type=submit]')) setTimeout(() => { button.disabled = true; });
  });
  // Restored from memory by going back: what was sent may be sent again, and is the same to the server.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) for (const button of document.querySelectorAll('form[method=post] button[disabled]')) button.disabled = false;
  });
}

/** The address without what is about the request before, so that a reload does not tell it again. */
function tidyAddress() {
  const url = new URL(location.href);
  const before = url.search;
  for (const name of ['min-position', 'problem', 'field', 'seats', 'wished', 'done']) url.searchParams.delete(name);
  if (url.search !== before) history.replaceState(history.state, '', url);
}

showReaderTimes();
sendOnce();
tidyAddress();
document.getElementById('notice')?.focus({ preventScroll: false });
