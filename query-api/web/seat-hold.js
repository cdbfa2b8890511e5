// Holds what was wished for. A request that was not answered goes out again under its old key,
// also after a reload, so that it holds nothing twice.

/** Beyond this age, in milliseconds, an unanswered wish is a new one: its hold has lapsed long ago. */
const WISH_AGE = 15 * 60 * 1000;

/** What came of a wish that was not granted. */
export class Refused extends Error {
  /** @param {number} status 0 if no answer came @param {object} [problem] the server's, RFC 9457 */
  constructor(status, problem) {
    super(problem?.title ?? `status ${status}`);
    this.status = status;
    this.code = problem?.code ?? codeOf(status);
    /** The labels of seats that were taken. */
    this.seats = problem?.seats ?? [];
    /** Whether it is unknown if it was carried out: the same wish may be sent again. */
    this.isOpen = status === 0 || status === 429 || status >= 500;
  }
}

/**
 * Sends a wish; answers with the booking.
 * @param {string} event
 * @param {object} wish as `POST /v1/events/{id}/bookings` takes it
 * @param {boolean} isGuest whether a session has to be asked for first
 * @throws {Refused}
 */
export async function hold(event, wish, isGuest) {
  const path = `/v1/events/${encodeURIComponent(event)}/bookings`;
  const key = keyOf(event, wish);
  try {
    if (isGuest) await post('/v1/sessions/guest');
    const booking = await post(path, wish, key).catch(async (refused) => {
      // The session has run out since the page was made.
      if (refused.status !== 401) throw refused;
      await post('/v1/sessions/guest');
      return post(path, wish, key);
    });
    forgetWish(event);
    return booking;
  } catch (refused) {
    if (!refused.isOpen) forgetWish(event);
    throw refused;
  }
}

/** The wish of an event that was sent and never answered, also before a reload; or nothing. */
export function openWish(event) {
  const open = kept(event);
  return open && JSON.parse(open.text);
}

/** Gives up a wish that was never answered. */
export function forgetWish(event) {
  sessionStorage.removeItem(nameOf(event));
}

async function post(path, body, key) {
  const headers = { Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  let response;
  try {
    response = await fetch(path, { method: 'POST', headers, body: body && JSON.stringify(body), credentials: 'same-origin' });
  } catch {
    throw new Refused(0);
  }
  const json = await response.json().catch(() => undefined);
  if (!response.ok) throw new Refused(response.status, json);
  // An answer that broke off says nothing.
  if (!json) throw new Refused(0);
  return json;
}

/** The key of a wish: that of the same wish, as long as nobody knows what came of it. */
function keyOf(event, wish) {
  const text = JSON.stringify(wish);
  const open = kept(event);
  if (open?.text === text) return open.key;
  const key = randomKey();
  sessionStorage.setItem(nameOf(event), JSON.stringify({ text, key, since: Date.now() }));
  return key;
}

function kept(event) {
  const open = JSON.parse(sessionStorage.getItem(nameOf(event)) ?? 'null');
  return open && Date.now() - open.since < WISH_AGE ? open : null;
}

function nameOf(event) {
  return `aisle.wish:${event}`;
}

function codeOf(status) {
  if (status === 0) return 'no_answer';
  if (status === 429) return 'busy';
  return status >= 500 ? 'server' : 'other';
}

/** `crypto.randomUUID` exists on secure origins only; a shop tried on a local network has none. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
