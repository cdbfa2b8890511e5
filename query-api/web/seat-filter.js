// Which seats match what the visitor looks for: a highest price, accessible places, so many side
// by side. Others stay on the map, but stand back.

import { stretches } from './seat-runs.js';

export class SeatFilter extends EventTarget {
  /** The highest price with the fee, in minor units. */
  #highest = Infinity;
  #together = 1;
  #accessible = false;
  #choice; #mask; #matching = 0;

  /** @param {import('./seat-choice.js').SeatChoice} choice */
  constructor(choice) {
    super();
    this.#choice = choice;
    choice.addEventListener('states', () => this.#apply());
    this.#apply();
  }

  /** Looks for something else. */
  set({ highest = this.#highest, together = this.#together, accessible = this.#accessible }) {
    [this.#highest, this.#together, this.#accessible] = [highest, together, accessible];
    this.#apply();
    this.dispatchEvent(new CustomEvent('change'));
  }

  /** Whether anything is looked for. */
  get isOn() {
    return this.#highest < Infinity || this.#together > 1 || this.#accessible;
  }

  /** How many free seats match. */
  get matching() {
    return this.#matching;
  }

  /** One byte for each seat: 1 if it is free and matches. */
  get mask() {
    return this.#mask;
  }

  /** The wish for the best seats that match, as the server takes it. */
  get wish() {
    const { fee, currency } = this.#choice.terms;
    const wish = { quantity: this.#together, together: 'required' };
    // The server counts without the fee.
    if (this.#highest < Infinity) wish.max_price = { amount: this.#highest - fee, currency };
    if (this.#accessible) wish.accessible = true;
    return wish;
  }

  get together() {
    return this.#together;
  }

  #apply() {
    const { plan, starts, terms } = this.#choice;
    const fits = plan.categories.map(({ name }) => (terms.priceOf(name)?.amount ?? Infinity) <= this.#highest && (!this.#accessible || terms.accessible.has(name)));
    const isWanted = (seat) => fits[plan.category[seat]] && this.#choice.isFree(seat);
    this.#mask = new Uint8Array(plan.count);
    this.#matching = 0;
    stretches(starts, isWanted, (first, end) => {
      if (end - first < this.#together) return;
      this.#mask.fill(1, first, end);
      this.#matching += end - first;
    });
  }
}
