// What is said of the seat that is pointed at: where it is, what it costs, whether it is free.

import { fill, h } from './seat-dom.js';
import { CLOSED, FREE, HELD, SOLD } from './plan.js';
import { money, seatName } from './seat-texts.js';
import { say } from './texts.js';

const STATES = { [FREE]: 'map-state-free', [HELD]: 'map-state-held', [SOLD]: 'map-state-sold', [CLOSED]: 'map-state-closed' };

export class MapTip {
  #choice; #seat = -1; #view;

  /** @param {import('./seat-choice.js').SeatChoice} choice */
  constructor(choice) {
    this.#choice = choice;
    // The same is spoken, where it is asked for by key.
    this.node = h('div', { class: 'map-tip', hidden: true, 'aria-hidden': 'true' });
    for (const type of ['change', 'states']) choice.addEventListener(type, () => this.#seat >= 0 && this.show(this.#seat, this.#view));
  }

  /** Shows it at a seat, within the view. */
  show(seat, view) {
    [this.#seat, this.#view] = [seat, view];
    const { plan } = this.#choice;
    const about = plan.seat(seat);
    const facts = [about.category, this.#price(about)].filter(Boolean).join(' · ');
    fill(this.node, h('strong', null, seatName(about)), h('span', null, facts), h('span', { class: 'muted' }, this.#state(seat)));
    this.node.hidden = false;
    const at = view.toScreen(plan.x[seat], plan.y[seat]);
    const [width, height] = [this.node.offsetWidth, this.node.offsetHeight];
    const above = at.y - height - 16;
    this.node.style.left = `${Math.max(6, Math.min(view.width - width - 6, at.x - width / 2))}px`;
    this.node.style.top = `${above < 6 ? at.y + 18 : above}px`;
  }

  hide() {
    this.#seat = -1;
    this.node.hidden = true;
  }

  /** The same as a sentence. */
  inWords(seat) {
    const about = this.#choice.plan.seat(seat);
    const state = [this.#state(seat), about.category, this.#price(about)].filter(Boolean).join(', ');
    return say('map-seat-state', { seat: seatName(about), state });
  }

  #price({ category }) {
    const price = this.#choice.terms.priceOf(category);
    return price && money(price);
  }

  #state(seat) {
    if (this.#choice.has(seat)) return say('map-state-chosen');
    const { states } = this.#choice;
    if (!states) return say('map-state-unknown');
    const isClosed = states[seat] === FREE && !this.#choice.isFree(seat);
    return say(isClosed ? 'map-state-closed' : STATES[states[seat]]);
  }
}
