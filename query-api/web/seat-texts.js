// What the seat map says of seats, amounts and problems, by the texts of the page.

import { isSaid, locale, say } from './texts.js';

/** A seat in words: `Block D, row 14, seat 3`. Plans may leave section and row unnamed. */
export function seatName({ zone, row, number }) {
  const [named, unnamed] = row ? ['bill-seat', 'bill-seat-without-zone'] : ['bill-seat-without-row', 'bill-seat-only'];
  return say(zone ? named : unnamed, { zone, row, seat: String(number) });
}

/** How many digits a minor unit has: the server knows. Browsers write some currencies with fewer. */
const digits = Number(document.querySelector('[data-minor-digits]')?.dataset.minorDigits ?? 2);
const formats = new Map();

/** An amount in minor units of its currency: `€61.50`. */
export function money({ amount, currency }) {
  if (!formats.has(currency)) formats.set(currency, new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits }));
  return formats.get(currency).format(amount / 10 ** digits);
}

/** What went wrong where the server said nothing of it. */
const WITHOUT_CODE = { no_answer: 'map-no-answer', busy: 'map-busy', server: 'map-server-failed' };

/** What is said of a problem; the code is one of the server's. */
export function problemText(code) {
  const name = WITHOUT_CODE[code] ?? `problem-${code}`;
  return say(isSaid(name) ? name : 'problem-other');
}
