// Money, dates and numbers in words. Dates are always those of the venue, and say so.

const LOCALE = navigator.language?.startsWith('en') ? navigator.language : 'en-GB';

/** An amount in minor units of its currency. */
export function money({ amount, currency }) {
  const format = new Intl.NumberFormat(LOCALE, { style: 'currency', currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/** Amounts of one currency, added up. */
export function sum(amounts, currency) {
  return { amount: amounts.reduce((all, each) => all + each.amount, 0), currency };
}

/** `12,345`. */
export function count(value) {
  return new Intl.NumberFormat(LOCALE).format(value);
}

/** `2 seats`, `1 seat`. */
export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** When an event starts, where it starts. */
export function startsAt(event) {
  const at = new Date(event.starts_at);
  const day = dated(at, event.time_zone, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
  if (event.time_to_be_confirmed) return `${day}, time to be confirmed`;
  const time = dated(at, event.time_zone, { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' });
  return `${day}, ${time}`;
}

/** The day of an event in parts, for a calendar leaf: `{weekday, day, month, year}`. */
export function leaf(event) {
  const part = (options) => dated(new Date(event.starts_at), event.time_zone, options);
  return {
    weekday: part({ weekday: 'short' }),
    day: part({ day: 'numeric' }),
    month: part({ month: 'short' }),
    year: part({ year: 'numeric' }),
  };
}

/** A moment in the zone of the venue, zone included. */
export function moment(timestamp, timeZone) {
  return dated(new Date(timestamp), timeZone, { dateStyle: 'medium', timeStyle: 'short' }) + ` (${place(timeZone)} time)`;
}

/** A moment where the buyer is. */
export function here(timestamp) {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(timestamp));
}

/** `Vienna`, of `Europe/Vienna`. */
export function place(timeZone) {
  return timeZone.split('/').pop().replaceAll('_', ' ');
}

/** `May 2027`, of `2027-05`. */
export function monthName(month) {
  return dated(new Date(`${month}-01T12:00:00Z`), 'UTC', { month: 'long', year: 'numeric' });
}

/** `Austria`, of `AT`. */
export function countryName(code) {
  try {
    return new Intl.DisplayNames([LOCALE], { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** A venue in one line. */
export function venueLine({ name, city, region, country }) {
  const parts = [name, city, city ? null : region, country && countryName(country)];
  return parts.filter(Boolean).join(', ');
}

/** `9:05`, of milliseconds. */
export function clock(left) {
  const seconds = Math.max(0, Math.floor(left / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function dated(date, timeZone, options) {
  try {
    return new Intl.DateTimeFormat(LOCALE, { ...options, timeZone }).format(date);
  } catch {
    // A zone that this browser does not know: UTC is true, if inconvenient, and says so.
    return `${new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: 'UTC' }).format(date)} UTC`;
  }
}
