// Keeps the states of an event's seats up to date: the server pushes what changes. Nothing is open
// while nobody looks, and who looks again goes on where it stopped.

import { unpackStates } from './plan.js';

/** When to come again after a status of failure, in milliseconds: browsers do not by themselves. */
const AFTER_FAILURE = 4000;

/**
 * Calls `onSeats` with every new map until the signal says to stop: the body of `/seats`, with
 * `states` as one byte for each seat.
 * @param {string} event
 * @param {(seats: object) => void} onSeats
 * @param {AbortSignal} signal
 */
export function watchSeats(event, onSeats, signal) {
  const path = `/v1/events/${encodeURIComponent(event)}/seats/live`;
  let [source, seats, timer] = [];

  const show = (next) => {
    seats = next;
    onSeats(seats);
  };

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };

  const open = () => {
    close();
    if (document.hidden || signal.aborted) return;
    source = new EventSource(path + query(seats));
    source.addEventListener('snapshot', ({ data }) => {
      const map = JSON.parse(data);
      show({ ...map, states: unpackStates(map.states, map.count) });
    });
    source.addEventListener('delta', ({ data }) => {
      if (seats) show(applied(seats, JSON.parse(data)));
    });
    source.onerror = () => {
      // The map as it was is still of use, and holding a seat tells the truth.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      timer = setTimeout(open, AFTER_FAILURE);
    };
  };

  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()), { signal });
  // A connection that died with the network says nothing of it.
  window.addEventListener('online', open, { signal });
  signal.addEventListener('abort', close);
  open();
}

/** Goes on from the map that is there; else from what this visitor wrote last, which links name. */
function query(seats) {
  if (seats) return `?last-event-id=${seats.version}`;
  const written = new URLSearchParams(location.search).get('min-position');
  return /^\d+$/.test(written ?? '') ? `?min-position=${written}` : '';
}

/** The map after a delta; the old one stays as it is. */
function applied(seats, delta) {
  const states = seats.states.slice();
  for (const [seat, state] of delta.seats) states[seat] = state;
  const areas = seats.areas.map((area) => delta.areas.find(({ name }) => name === area.name) ?? area);
  const { version, free, held, sold } = delta;
  return { ...seats, version, free, held, sold, states, areas };
}
