// Holds what was chosen and goes on to the booking. A request that was not answered can be asked
// about again, also after a reload: it goes out under its old key and so holds nothing twice.

import { command, forget, unanswered } from './api.js';
import { fill, h, notice } from './dom.js';

/** Ways to hold tickets of an event: `hold(wish, form)`, and `said`, where it says what is wrong. */
export function holder(event, signal) {
  const said = h('div', { class: 'said', 'aria-live': 'assertive' });
  const about = `hold ${event.event_id} `;
  const path = `/v1/events/${encodeURIComponent(event.event_id)}/bookings`;

  const hold = async (wish, form) => {
    const free = lock(form);
    fill(said);
    try {
      const booking = await command('POST', path, { body: wish, intent: about + JSON.stringify(wish) });
      if (!signal.aborted) location.hash = `#/bookings/${booking.booking_id}`;
      return true;
    } catch (error) {
      if (!signal.aborted) say(error.message, error.isUnanswered && wish);
      return false;
    } finally {
      free();
    }
  };

  const say = (text, open) => {
    const again = h('button', { type: 'button', onclick: () => hold(open, said) }, 'Ask again');
    const drop = h('button', { type: 'button', class: 'quiet', onclick: () => { forget(about + JSON.stringify(open)); fill(said); } }, 'Leave it');
    fill(said, notice('error', h('p', null, text), open && h('div', { class: 'row' }, again, drop)));
    said.scrollIntoView({ block: 'nearest' });
  };

  const [open] = unanswered(about);
  if (open) say('Your last request was not answered. Ask again to see whether it holds tickets for you; it counts once.', JSON.parse(open.slice(about.length)));
  return { hold, said };
}

/** Keeps a form from being sent twice; answers how to open it again. */
function lock(form) {
  const buttons = [...form.querySelectorAll('button')].filter((button) => !button.disabled);
  buttons.forEach((button) => { button.disabled = true; });
  return () => buttons.forEach((button) => { button.disabled = false; });
}
