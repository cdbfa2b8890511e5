// What the seat map says. The page may bring its own texts, in its language, as JSON in
// `<script type="application/json" id="texts">`; what it leaves out is said in English.

const ENGLISH = {
  map_label: 'Seat map. Plus and minus zoom, the arrows move, 0 shows everything, Enter chooses the seat in the middle. All seats can also be chosen from the list.',
  map_failed: 'The seat map cannot be shown right now. You can still choose from the list.',
  zoom_in: 'Zoom in',
  zoom_out: 'Zoom out',
  zoom_fit: 'Show everything',
  legend: 'Legend of the map',
  legend_held: 'held, may come back',
  legend_sold: 'sold',
  legend_closed: 'not on sale',
  legend_chosen: 'your choice',
  filter: 'Show on the map',
  filter_price: 'Price',
  filter_any_price: 'Any price',
  filter_up_to: 'Up to {price}',
  filter_together: 'Together',
  filter_accessible: 'Accessible places',
  filter_matches_one: '{count} seat matches',
  filter_matches_other: '{count} seats match',
  take_best_one: 'Take the best seat',
  take_best_other: 'Take the best {count}',
  rows_hint: 'The arrow keys move from seat to seat.',
  seat: 'seat {number}',
  row: 'row {number}',
  state_free: 'free',
  state_held: 'held by somebody, may come back',
  state_sold: 'sold',
  state_closed: 'not on sale',
  state_unknown: 'not known yet',
  state_chosen: 'your choice',
  section_free: '{count} free',
  section_from: 'from {price}',
  section_full: 'nothing left',
  seat_chosen: '{seat} chosen. {tickets}, {total}.',
  seat_dropped: '{seat} no longer chosen. {tickets}, {total}.',
  seat_state: '{seat}: {state}',
  basket: 'Your seats',
  basket_empty: 'Choose seats on the map or from the list.',
  basket_remove: 'Remove {seat}',
  basket_fee: 'of which fees {fee}',
  tickets_one: '{count} ticket',
  tickets_other: '{count} tickets',
  limit: 'One buyer can have {tickets} for this event.',
  taken_one: 'Somebody just took {seats}.',
  taken_other: 'Somebody just took {seats}.',
  offer: 'The nearest like it: {seats}.',
  offer_together: 'The nearest like them, side by side: {seats}.',
  offer_none: 'Nothing like it is left.',
  offer_take: 'Take it instead',
  offer_take_together: 'Take these instead',
  ask_again: 'Ask again',
  leave_it: 'Leave it',
  unanswered: 'Your last request was not answered. Ask again to see whether it holds tickets for you; it counts once.',
  holding: 'Holding your seats …',
  section_loading: 'Fetching the seats …',
  section_failed: 'The seats of this section could not be fetched. Please try again.',
  nothing_chosen: 'Please choose at least one seat.',
  problem_seats_taken: 'Somebody was faster. Please choose again.',
  problem_none_left: 'There are not as many seats of that kind left together. Try fewer, another category, or seats that need not be side by side.',
  problem_too_few_places_left: 'There are not as many places left in that area.',
  problem_limit_per_buyer: 'That is more than one buyer can have for this event.',
  problem_leaves_single_seat: 'Your choice would leave a single seat that nobody else would take. Please move along by one.',
  problem_seats_kept_accessible: 'These places are kept for those who need them. Please say so below if you do.',
  problem_not_on_sale: 'This event is not on sale at this time.',
  problem_outside_sale_window: 'This event is not on sale at this time.',
  problem_no_guests: 'Please sign in to book tickets.',
  problem_no_answer: 'No answer from the server. Are you online? Asking again does not book or charge twice.',
  problem_busy: 'Many people are here right now. Please try again in a moment.',
  problem_server: 'The server cannot do that at the moment. Trying again does not book or charge twice.',
  problem_other: 'That did not work. Nothing was charged; please try again.',
};

const language = document.documentElement.lang || 'en';
const plurals = new Intl.PluralRules(language);
/** @type {Object<string, string>} */
const texts = { ...ENGLISH, ...given() };

/**
 * A text, its gaps filled.
 * @param {keyof ENGLISH} name
 * @param {Object<string, string | number>} [gaps]
 */
export function text(name, gaps = {}) {
  return texts[name].replace(/\{(\w+)\}/g, (gap, key) => String(gaps[key] ?? gap));
}

/**
 * A text that depends on a number, such as `2 tickets`.
 * @param {string} name without `_one` and `_other`
 * @param {number} value
 * @param {Object<string, string | number>} [gaps]
 */
export function counted(name, value, gaps) {
  const form = `${name}_${plurals.select(value)}`;
  const known = /** @type {keyof ENGLISH} */ (form in texts ? form : `${name}_other`);
  return text(known, { count: count(value), ...gaps });
}

/** What is said of a problem; the code is one of the server's. */
export function problemText(code) {
  const name = `problem_${code}`;
  return text(/** @type {keyof ENGLISH} */ (name in texts ? name : 'problem_other'));
}

/** A seat in words: `Block D, row 14, seat 3`. Plans may leave section and row unnamed. */
export function seatName({ zone, row, number }) {
  return [zone, row && text('row', { number: row }), text('seat', { number })].filter(Boolean).join(', ');
}

/** `12,345`. */
export function count(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

/** An amount in minor units of its currency: `€61.50`. */
export function money({ amount, currency }) {
  const format = new Intl.NumberFormat(locale(), { style: 'currency', currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/** English is that of Britain, whose amounts and dates readers everywhere can tell apart. */
function locale() {
  return language === 'en' ? 'en-GB' : language;
}

function given() {
  try {
    return JSON.parse(document.getElementById('texts')?.textContent ?? '{}');
  } catch {
    return {};
  }
}
