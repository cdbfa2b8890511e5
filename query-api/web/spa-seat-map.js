// The element <seat-map>: shows a plan with the states of its seats and lets free ones be chosen.
// It neither fetches nor holds anything; it tells of choices by the event `choice`.

import { h, speak } from './dom.js';
import { boxOf } from './spa-map-areas.js';
import { watchGestures } from './spa-map-gestures.js';
import { MapPainter } from './spa-map-paint.js';
import { MapView } from './spa-map-view.js';
import { FREE, HELD, SOLD, seatName } from './spa-plan.js';
import { SeatGrid } from './spa-seat-grid.js';

/** How far apart seats must be to be hit, in pixels; a click on smaller ones moves closer. */
const HITTABLE = { mouse: 6, pen: 10, touch: 15 };
/** How far apart seats are after moving closer. */
const CLOSE = 26;

class SeatMap extends HTMLElement {
  /** How many seats may be chosen. */
  limit = Infinity;
  #plan; #grid; #view; #painter; #states; #prices = []; #forSale = [];
  #canvas; #tip; #chosen = new Set(); #hovered = -1; #frame; #resizing; #dark;

  /** Shows a plan. `prices` are texts, one for each category of the plan, `null` if not on sale. */
  show(plan, prices) {
    this.#plan = plan;
    this.#prices = prices;
    this.#forSale = prices.map((price) => price !== null);
    // Not known yet: until they are, nothing can be chosen.
    this.#states = undefined;
    this.#grid = new SeatGrid(plan);
    const box = boxOf(plan, this.#grid);
    this.#view = new MapView(box, this.#grid.pitch);
    this.#build();
    this.#painter = new MapPainter(this.#canvas, plan, this.#grid, box, this.#forSale);
    this.#resize();
  }

  /** Takes new states, one byte for each seat. Chosen seats that are gone are dropped and told. */
  update(states) {
    if (!this.#plan || states.length !== this.#plan.count) return;
    this.#states = states;
    this.#painter.update(states);
    const lost = [...this.#chosen].filter((seat) => states[seat] !== FREE);
    for (const seat of lost) this.#chosen.delete(seat);
    if (lost.length) this.#tell(lost);
    this.#redraw();
  }

  /** The seats chosen, by their place in the plan. */
  get chosen() {
    return [...this.#chosen];
  }

  /** Chooses a free seat or lets go of a chosen one; tells whether it could. */
  toggle(seat) {
    if (!this.#chosen.delete(seat)) {
      if (!this.isFree(seat)) return false;
      if (this.#chosen.size >= this.limit) {
        this.dispatchEvent(new CustomEvent('refused'));
        return false;
      }
      this.#chosen.add(seat);
    }
    this.#tell([]);
    this.#redraw();
    return true;
  }

  /** Lets go of all chosen seats. */
  clear() {
    this.#chosen.clear();
    this.#tell([]);
    this.#redraw();
  }

  /** Whether a seat can be chosen. */
  isFree(seat) {
    return this.#states?.[seat] === FREE && this.#forSale[this.#plan.category[seat]];
  }

  /** The colour in which a category is drawn. */
  colorOf(category) {
    return this.#painter.colorOf(category);
  }

  /** Moves close to a seat. */
  showSeat(label) {
    const seat = this.#plan.indexOf(label);
    if (seat < 0) return;
    this.#view.approach(this.#plan.x[seat], this.#plan.y[seat], CLOSE);
    this.#moved();
  }

  /** Where a seat is on the screen, as `{x, y}` in client coordinates; null if there is none. */
  seatPoint(label) {
    const seat = this.#plan?.indexOf(label) ?? -1;
    if (seat < 0) return null;
    const [box, point] = [this.#canvas.getBoundingClientRect(), this.#view.toScreen(this.#plan.x[seat], this.#plan.y[seat])];
    return { x: box.left + point.x, y: box.top + point.y };
  }

  /** The labels of free seats in plan order, at most so many. */
  freeLabels(most) {
    const labels = [];
    const count = this.#plan?.count ?? 0;
    for (let seat = 0; seat < count && labels.length < most; seat += 1) {
      if (this.isFree(seat)) labels.push(this.#plan.seat(seat).label);
    }
    return labels;
  }

  connectedCallback() {
    this.#resizing = new ResizeObserver(() => this.#resize());
    this.#resizing.observe(this);
    this.#dark = matchMedia('(prefers-color-scheme: dark)');
    this.#dark.addEventListener('change', this.#recolor);
  }

  disconnectedCallback() {
    this.#resizing.disconnect();
    this.#dark.removeEventListener('change', this.#recolor);
    cancelAnimationFrame(this.#frame);
  }

  #moved = () => {};

  #recolor = () => {
    this.#painter?.recolor();
    this.#redraw();
    this.dispatchEvent(new CustomEvent('recolored'));
  };

  #build() {
    const text = 'Seat map. Plus and minus zoom, arrows move, 0 shows everything. Seats can also be chosen from the list below the map.';
    this.#canvas = h('canvas', { tabindex: '0', role: 'application', 'aria-label': text });
    this.#tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
    const button = (label, sign, act) => h('button', { type: 'button', class: 'icon quiet', 'aria-label': label, title: label, onclick: () => { act(this.#view); this.#moved(); } }, sign);
    const buttons = h('div', { class: 'zoom' }, button('Zoom in', '+', (view) => view.zoom(1.6)), button('Zoom out', '−', (view) => view.zoom(1 / 1.6)), button('Show everything', '⤢', (view) => view.fit()));
    this.replaceChildren(this.#canvas, buttons, this.#tip);
    this.#moved = watchGestures(this.#canvas, () => this.#view, {
      moved: () => this.#redraw(),
      clicked: (x, y, kind) => this.#click(x, y, kind),
      hovered: (x, y) => this.#hover(x, y),
    });
  }

  #resize() {
    if (!this.#view || !this.clientWidth) return;
    this.#view.resize(this.clientWidth, this.clientHeight);
    this.#redraw();
  }

  #redraw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#painter?.draw(this.#view, { chosen: this.#chosen, hovered: this.#hovered }));
  }

  #click(x, y, kind) {
    const point = this.#view.toPlan(x, y);
    if (this.#view.pitch < (HITTABLE[kind] ?? HITTABLE.mouse)) {
      const factor = CLOSE / this.#view.pitch;
      this.#view.zoom(Math.min(factor, 8), x, y);
      return this.#moved();
    }
    const seat = this.#grid.nearest(point.x, point.y, this.#grid.pitch * 0.6);
    if (seat < 0) return;
    const could = this.toggle(seat);
    if (seat === this.#hovered) this.#showTip(seat);
    if (!could) return speak(`${seatName(this.#plan.seat(seat))}: ${this.#stateOf(seat)}`);
    speak(`${seatName(this.#plan.seat(seat))} ${this.#chosen.has(seat) ? 'chosen' : 'no longer chosen'}`);
  }

  #hover(x, y) {
    const point = x === undefined ? null : this.#view.toPlan(x, y);
    const seat = point && this.#view.pitch > 3 ? this.#grid.nearest(point.x, point.y, this.#grid.pitch * 0.6) : -1;
    this.#canvas.classList.toggle('over-seat', seat >= 0 && this.isFree(seat));
    if (seat !== this.#hovered) {
      this.#hovered = seat;
      this.#redraw();
    }
    this.#tip.hidden = seat < 0;
    if (seat >= 0) this.#showTip(seat);
  }

  #showTip(seat) {
    const about = this.#plan.seat(seat);
    const price = this.#prices[this.#plan.category[seat]];
    this.#tip.replaceChildren(h('strong', null, seatName(about)), h('span', null, [about.category, price].filter(Boolean).join(' · ')), h('span', { class: 'muted' }, this.#stateOf(seat)));
    const at = this.#view.toScreen(this.#plan.x[seat], this.#plan.y[seat]);
    const [width, height] = [this.#tip.offsetWidth, this.#tip.offsetHeight];
    const above = at.y - height - 12;
    this.#tip.style.left = `${Math.max(6, Math.min(this.clientWidth - width - 6, at.x - width / 2))}px`;
    this.#tip.style.top = `${above < 6 ? at.y + 14 : above}px`;
  }

  #stateOf(seat) {
    if (this.#chosen.has(seat)) return 'chosen';
    if (!this.#states) return 'not known yet';
    if (this.#states[seat] === HELD) return 'held by somebody';
    if (this.#states[seat] === SOLD) return 'sold';
    return this.isFree(seat) ? 'free' : 'not on sale';
  }

  #tell(lost) {
    this.dispatchEvent(new CustomEvent('choice', { detail: { chosen: this.chosen, lost } }));
  }
}

customElements.define('seat-map', SeatMap);
