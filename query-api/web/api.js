// Talks to the server: who we are, what was sent but not answered, and how fresh answers must be.

import { ApiError } from './problem.js';

const TOKEN = 'aisle.token';
const POSITION = 'aisle.position';
const INTENT = 'aisle.intent:';
/** Beyond this age an intent is a new one: its holds have lapsed long ago. */
const INTENT_AGE = 15 * 60 * 1000;
const READ_TRIES = 3;

let skew = 0;

/** The time on the server, in milliseconds, to a second or so. */
export function serverNow() {
  return Date.now() + skew;
}

/** Reads what everybody may read. */
export async function read(path, options) {
  return retried(() => send('GET', path, options));
}

/** Reads what is ours, as fresh as our last command. */
export async function readOwn(path, options) {
  const token = await guest();
  return retried(() => send('GET', fresh(path), { ...options, token }));
}

/** The path with the demand that what we did shows in the answer. */
export function fresh(path) {
  const position = sessionStorage.getItem(POSITION);
  return position ? `${path}${path.includes('?') ? '&' : '?'}min-position=${position}` : path;
}

/**
 * Carries out a command. With an `intent`, a command that was sent and never answered is sent
 * under the same key the next time, even after a reload: so it is carried out once.
 */
export async function command(method, path, { body, intent, signal } = {}) {
  const key = intent && keyOf(intent);
  try {
    const answer = await withGuest((token) => send(method, path, { body, key, token, signal }));
    if (intent) forget(intent);
    if (answer.body?.position) remember(answer.body.position);
    return answer.body;
  } catch (error) {
    if (intent && error instanceof ApiError && !error.isUnanswered) forget(intent);
    throw error;
  }
}

/** Whether this browser has made itself known, that is, may have bookings. */
export function isKnown() {
  return localStorage.getItem(TOKEN) !== null;
}

/** The intents that begin so and were sent but never answered. */
export function unanswered(beginning) {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(INTENT + beginning));
  const recent = names.filter((name) => Date.now() - Number(localStorage.getItem(name).split(' ')[1]) < INTENT_AGE);
  return recent.map((name) => name.slice(INTENT.length));
}

/** Gives up an intent that was never answered. */
export function forget(intent) {
  localStorage.removeItem(INTENT + intent);
}

async function withGuest(act) {
  try {
    return await act(await guest());
  } catch (error) {
    if (error.status !== 401) throw error;
    // The token has run out: nothing of that guest can be reached any more.
    localStorage.removeItem(TOKEN);
    return act(await guest());
  }
}

let asked;

/** The guest's token: asked for once, then kept. It is what proves the bookings of this browser. */
async function guest() {
  const token = localStorage.getItem(TOKEN);
  if (token) return token;
  asked ??= send('POST', '/v1/tokens/guest', {}).finally(() => { asked = undefined; });
  const { body } = await asked;
  localStorage.setItem(TOKEN, body.token);
  return body.token;
}

async function send(method, path, { body, key, token, etag, signal }) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers['Idempotency-Key'] = key;
  if (etag) headers['If-None-Match'] = etag;
  const request = { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) };
  // Our own If-None-Match: the browser must not answer a 304 from its cache.
  if (etag) request.cache = 'no-store';
  const response = await answered(fetch(path, request));
  keepTime(response);
  if (response.status === 304) return { unchanged: true, etag };
  const json = await answered(response.text()).then(parse);
  if (!response.ok) throw new ApiError(response.status, json);
  return { body: json, etag: response.headers.get('ETag') };
}

/** Being called off is no error of the server's; anything else means that no answer came. */
async function answered(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0);
  }
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function keepTime(response) {
  const date = Date.parse(response.headers.get('Date') ?? '');
  // The header is cut to the second; half of one is the best guess.
  if (date) skew = date + 500 - Date.now();
}

async function retried(act) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (!error.isUnanswered || attempt === READ_TRIES) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 300 * attempt); });
    }
  }
}

function remember(position) {
  const last = Number(sessionStorage.getItem(POSITION) ?? 0);
  sessionStorage.setItem(POSITION, String(Math.max(last, position)));
}

function keyOf(intent) {
  const [key, since] = (localStorage.getItem(INTENT + intent) ?? '').split(' ');
  if (key && Date.now() - Number(since) < INTENT_AGE) return key;
  const made = randomKey();
  localStorage.setItem(INTENT + intent, `${made} ${Date.now()}`);
  return made;
}

/** `crypto.randomUUID` exists on secure origins only; a shop tried on a local network has none. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
