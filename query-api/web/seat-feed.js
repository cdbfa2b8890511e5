// Keeps the states of an event's seats fresh by asking every other second. Nothing is sent when
// nothing has changed, and nothing is asked while nobody looks.

import { fresh, read } from './api.js';

const EVERY = 2000;
const AFTER_FAILURE = 6000;

/** Calls `onSeats` with every new answer of `/seats` until the signal says to stop. */
export function watchSeats(eventId, onSeats, signal) {
  const path = `/v1/events/${encodeURIComponent(eventId)}/seats`;
  let [etag, timer, asking] = [];

  const ask = async () => {
    if (asking) return;
    clearTimeout(timer);
    asking = true;
    let pause = EVERY;
    try {
      const answer = await read(etag ? path : fresh(path), { etag, signal });
      if (signal.aborted) return;
      if (!answer.unchanged) onSeats(answer.body);
      etag = answer.etag;
    } catch {
      // The map as it was is still of use, and holding a seat tells the truth.
      pause = AFTER_FAILURE;
    }
    asking = false;
    if (!document.hidden && !signal.aborted) timer = setTimeout(ask, pause);
  };

  document.addEventListener('visibilitychange', () => { if (!document.hidden) ask(); }, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  return ask();
}
