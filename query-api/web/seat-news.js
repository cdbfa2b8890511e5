// Says what happens to what one has chosen: to the eye, and to screen readers.

import { fill, h } from './seat-dom.js';
import { money, seatName } from './seat-texts.js';
import { say } from './texts.js';

/** The place for news: what matters stays until it is dealt with, the rest is only spoken. */
export class News {
  #said; #urgent; #choice; #stays = false;

  /** @param {Element} node @param {import('./seat-choice.js').SeatChoice} choice */
  constructor(node, choice) {
    this.#choice = choice;
    this.#said = h('p', { class: 'unseen', role: 'status' });
    this.#urgent = h('div', { role: 'alert' });
    fill(node, this.#said, this.#urgent);
    choice.addEventListener('change', ({ detail }) => detail.seat !== undefined && this.#tellChange(detail.seat));
    choice.addEventListener('lost', ({ detail }) => this.#tellLoss(detail));
    choice.addEventListener('refused', () => this.warn(say('map-limit', { tickets: say('tickets', { count: choice.terms.limit }) })));
  }

  /** Something that is only spoken: it can be seen elsewhere. */
  speak(what) {
    this.#said.textContent = what;
  }

  /** Something that went wrong, with buttons `[label, act]` to deal with it. */
  warn(what, ...buttons) {
    this.#stays = buttons.length > 0;
    const button = ([label, act]) => h('button', { type: 'button', class: 'quiet', onclick: act }, label);
    fill(this.#urgent, h('div', { class: 'notice error' }, h('p', null, what), buttons.length > 0 && h('div', { class: 'row' }, buttons.map(button))));
    this.#urgent.scrollIntoView?.({ block: 'nearest' });
  }

  /** Something that is under way. */
  progress(what) {
    fill(this.#urgent, h('p', { class: 'notice' }, what));
  }

  clear() {
    this.#stays = false;
    fill(this.#urgent);
  }

  #tellChange(seat) {
    // Who chooses on has read it; but an open question stays.
    if (!this.#stays) this.clear();
    const { plan, total } = this.#choice;
    const name = this.#choice.has(seat) ? 'map-seat-chosen' : 'map-seat-dropped';
    const tickets = say('tickets', { count: this.#choice.chosen.length });
    this.speak(say(name, { seat: seatName(plan.seat(seat)), tickets, total: money(total.sum) }));
  }

  #tellLoss({ lost, offers }) {
    this.#stays = false;
    const said = say('map-taken', { seats: this.#names(lost) });
    const parts = offers.map((offer) => this.#offer(offer));
    fill(this.#urgent, h('div', { class: 'notice error', 'data-taken': true }, h('p', null, h('strong', null, said)), parts));
  }

  #offer({ group, seats }) {
    if (seats.length === 0) return h('p', null, say('map-offer-none'));
    const count = seats.length;
    const take = () => {
      this.#choice.swap(group, seats);
      this.clear();
      this.speak(`${this.#names(seats)}: ${say('map-state-chosen')}`);
      this.onTaken?.(seats);
    };
    return h('div', { class: 'row between' }, h('span', null, say('map-offer', { count, seats: this.#names(seats) })),
      h('button', { type: 'button', class: 'quiet', onclick: take }, say('map-offer-take', { count })));
  }

  #names(seats) {
    return seats.map((seat) => seatName(this.#choice.plan.seat(seat))).join('; ');
  }
}
