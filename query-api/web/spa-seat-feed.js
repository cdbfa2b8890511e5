// Keeps the states of an event's seats up to date: the server pushes what changes. Nothing is open
// while nobody looks, and who looks again goes on where it stopped.

import { fresh } from './api.js';
import { unpackStates } from './spa-plan.js';

const AFTER_FAILURE = 6000;

/**
 * Calls `onSeats` with every new map until the signal says to stop: the body of `/seats`, with
 * `states` as one byte for each seat. Returns when the first one came, or could not be had.
 */
export function watchSeats(eventId, onSeats, signal) {
  const path = `/v1/events/${encodeURIComponent(eventId)}/seats/live`;
  let [source, seats, timer] = [];

  return new Promise((resolve) => {
    const show = (next) => {
      seats = next;
      onSeats(seats);
      resolve();
    };

    const close = () => {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    };

    const open = () => {
      close();
      if (document.hidden || signal.aborted) return resolve();
      const address = fresh(path);
      const resumed = seats && `${address.includes('?') ? '&' : '?'}last-event-id=${seats.version}`;
      source = new EventSource(address + (resumed ?? ''));
      source.addEventListener('snapshot', ({ data }) => {
        const map = JSON.parse(data);
        show({ ...map, states: unpackStates(map.states, map.count) });
      });
      source.addEventListener('delta', ({ data }) => {
        if (seats) show(applied(seats, JSON.parse(data)));
      });
      source.onerror = () => {
        // The map as it was is still of use, and holding a seat tells the truth.
        resolve();
        // After a status of failure a browser does not come again by itself.
        if (source?.readyState !== EventSource.CLOSED) return;
        close();
        timer = setTimeout(open, AFTER_FAILURE);
      };
    };

    document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()), { signal });
    // A connection that died with the network says nothing of it.
    window.addEventListener('online', open, { signal });
    signal.addEventListener('abort', () => { close(); resolve(); });
    open();
  });
}

/** The map after a delta; the old one stays as it is. */
function applied(seats, delta) {
  const states = seats.states.slice();
  for (const [seat, state] of delta.seats) states[seat] = state;
  const areas = seats.areas.map((area) => delta.areas.find(({ name }) => name === area.name) ?? area);
  const { version, free, held, sold } = delta;
  return { ...seats, version, free, held, sold, states, areas };
}
