// What is chosen, and what can be: the one model that the map, the list and the basket share. It
// draws nothing and sends nothing. What is chosen survives a reload.

import { FREE } from './plan.js';
import { groupOf, nearestLike } from './seat-runs.js';

/**
 * Tells by events: `change` (what is chosen changed, by `detail.seat` if by one), `states` (what is
 * free changed), `lost` (`detail.lost`: chosen seats that somebody else took, `detail.offers`: for
 * each group of them seats like it that are free), `refused` (that would be more than the limit).
 */
export class SeatChoice extends EventTarget {
  #chosen = new Set();
  #states;
  #isHolding = false;

  /**
   * @param {object} about
   * @param {import('./plan.js').Plan} about.plan
   * @param {Uint8Array} about.starts where runs of adjacent seats begin
   * @param {object} about.terms what is on sale, see seat-terms.js
   */
  constructor({ plan, starts, terms }) {
    super();
    [this.plan, this.starts, this.terms] = [plan, starts, terms];
    this.forSale = plan.categories.map(({ name }) => terms.isOpen && terms.priceOf(name) !== undefined);
  }

  /** The seats chosen, by their place in the plan, in the order in which they were chosen. */
  get chosen() {
    return [...this.#chosen];
  }

  /** One byte for each seat, or nothing before they are known. */
  get states() {
    return this.#states;
  }

  has(seat) {
    return this.#chosen.has(seat);
  }

  /** Whether a seat can be chosen. */
  isFree(seat) {
    return this.#states?.[seat] === FREE && this.forSale[this.plan.category[seat]];
  }

  /** What all that is chosen costs, fees included, and the fees in it. */
  get total() {
    return this.terms.total(this.chosen.map((seat) => this.plan.categories[this.plan.category[seat]].name));
  }

  /** Chooses a free seat or lets go of a chosen one; tells whether it could. */
  toggle(seat) {
    if (!this.#chosen.delete(seat)) {
      if (!this.isFree(seat)) return false;
      if (this.#chosen.size >= this.terms.limit) {
        this.#tell('refused');
        return false;
      }
      this.#chosen.add(seat);
    }
    this.#changed(seat);
    return true;
  }

  /** Lets go of some seats and chooses others, as far as they are free. */
  swap(without, seats) {
    for (const seat of without) this.#chosen.delete(seat);
    for (const seat of seats) if (this.isFree(seat) && this.#chosen.size < this.terms.limit) this.#chosen.add(seat);
    this.#changed();
  }

  /** Takes new states. Chosen seats that are gone are dropped and told, with what is like them. */
  update(states) {
    if (states.length !== this.plan.count) return;
    // What is ticked already is chosen as soon as it is known what is free.
    const kept = this.#states === undefined ? this.#keptSeats : [];
    this.#states = states;
    this.#tell('states');
    this.adopt(kept);
    // While we ask for them ourselves, it is we who take them.
    if (!this.#isHolding) this.#drop(this.chosen.filter((seat) => !this.isFree(seat)));
  }

  /** From now on chosen seats may be taken by ourselves, until `settle`. */
  startHolding() {
    this.#isHolding = true;
  }

  /**
   * The hold was refused; these labels are known to be taken, whatever the map says yet. Answers
   * whether that was told, as some of them were chosen.
   */
  settle(labels = []) {
    this.#isHolding = false;
    const taken = new Set(labels.map((label) => this.plan.indexOf(label)));
    return this.#drop(this.chosen.filter((seat) => taken.has(seat) || !this.isFree(seat)), taken);
  }

  /** They are held: nothing is left to choose, nor to restore. */
  finish() {
    this.#chosen.clear();
    this.#tell('change', {});
    sessionStorage.removeItem(this.#kept);
  }

  /** Chooses what was ticked before it was known what is free. What is gone is lost, and told. */
  adopt(seats) {
    const before = this.#chosen.size;
    for (const seat of seats) {
      if (this.#chosen.has(seat) || !this.terms.isOpen) continue;
      if (this.#chosen.size < this.terms.limit) this.#chosen.add(seat);
      else this.#tell('refused');
    }
    if (this.#chosen.size > before) this.#changed();
  }

  #drop(lost, taken = new Set()) {
    if (lost.length === 0) return false;
    const offers = this.#offers(lost, taken);
    for (const seat of lost) this.#chosen.delete(seat);
    this.#changed();
    this.#tell('lost', { lost, offers });
    return true;
  }

  /** For each group of neighbours that lost one: `{group, seats}`, the nearest seats like it. */
  #offers(lost, taken) {
    const offers = [];
    const spoken = new Set(taken);
    for (const seat of lost) {
      if (offers.some(({ group }) => group.includes(seat))) continue;
      const group = groupOf(this.starts, this.#chosen, seat);
      // Others of the group may stay where they are; what is chosen besides may not be offered.
      const isFree = (each) => this.isFree(each) && !spoken.has(each) && (!this.#chosen.has(each) || group.includes(each));
      const seats = nearestLike(this.plan, this.starts, isFree, group);
      for (const each of seats) spoken.add(each);
      offers.push({ group, seats });
    }
    return offers;
  }

  #changed(seat) {
    sessionStorage.setItem(this.#kept, JSON.stringify(this.chosen.map((each) => this.plan.seat(each).label)));
    this.#tell('change', { seat });
  }

  get #keptSeats() {
    const labels = JSON.parse(sessionStorage.getItem(this.#kept) ?? '[]');
    return labels.map((label) => this.plan.indexOf(label)).filter((seat) => seat >= 0);
  }

  get #kept() {
    return `aisle.choice:${this.terms.event}`;
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
