// Where a sale or a booking stands, in words.

/** How the sale of an event stands: `{text, kind, isOpen}`. */
export function saleState(event, now) {
  const { opens_at: opens, closes_at: closes } = event.sale_window ?? {};
  if (event.phase === 'on_sale' && opens && Date.parse(opens) > now) return { text: 'Not on sale yet', kind: 'warn', opens };
  if (event.phase === 'on_sale' && closes && Date.parse(closes) <= now) return { text: 'Sale ended', kind: '' };
  return SALES[event.phase] ?? { text: event.phase, kind: '' };
}

/** How many tickets are left, in words: `{text, kind}`. */
export function leftOver({ phase, available, capacity }) {
  if (phase !== 'on_sale') return SALES[phase] ?? { text: phase, kind: '' };
  if (available === 0) return { text: 'Sold out', kind: 'bad' };
  if (available <= Math.max(10, capacity * 0.05)) return { text: 'Few left', kind: 'warn' };
  return { text: 'Available', kind: 'good' };
}

/** How a booking stands: `{text, kind}`. */
export function bookingState(state) {
  return BOOKINGS[state] ?? { text: state, kind: '' };
}

const SALES = {
  draft: { text: 'Draft', kind: '' },
  published: { text: 'Not on sale yet', kind: 'warn' },
  on_sale: { text: 'On sale', kind: 'good', isOpen: true },
  paused: { text: 'Sale paused', kind: 'warn' },
  closed: { text: 'Sale ended', kind: '' },
  cancelled: { text: 'Called off', kind: 'bad' },
};

const BOOKINGS = {
  held: { text: 'Held for you, not paid', kind: 'warn' },
  paying: { text: 'Payment on its way', kind: 'warn' },
  confirmed: { text: 'Paid', kind: 'good' },
  released: { text: 'Given back before payment', kind: '' },
  expired: { text: 'Expired', kind: '' },
  cancelled: { text: 'Cancelled', kind: 'bad' },
};
