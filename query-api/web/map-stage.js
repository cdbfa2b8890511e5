// The map itself: a canvas with its view, what moves it, and what is pointed at. What is chosen is
// the choice's; what is looked for the filter's.

import { h } from './seat-dom.js';
import { boxOf } from './map-areas.js';
import { watchGestures } from './map-gestures.js';
import { MapPainter } from './map-paint.js';
import { sectionAt } from './map-sections.js';
import { MapTip } from './map-tip.js';
import { MapView } from './map-view.js';
import { say } from './texts.js';

/** How far apart seats must be to be chosen, in pixels; a click on smaller ones moves closer. */
const HITTABLE = 24;
/** How far apart seats are after moving closer. */
const CLOSE = 28;
/** How long moving closer takes, in milliseconds. */
const GLIDE = 220;

export class MapStage {
  #host; #canvas; #choice; #grid; #view; #painter; #tip; #frame = 0; #hovered = -1; #gliding = 0;
  #dark = matchMedia('(prefers-color-scheme: dark)');

  /**
   * @param {HTMLElement} host where it is shown
   * @param {import('./seat-choice.js').SeatChoice} choice
   * @param {import('./seat-filter.js').SeatFilter} filter
   * @param {import('./seat-grid.js').SeatGrid} grid
   * @param {{news?: import('./seat-news.js').News, onReveal?: (seat: number) => void, signal: AbortSignal}} more
   */
  constructor(host, choice, filter, grid, { news, onReveal, signal }) {
    [this.#host, this.#choice, this.#grid, this.#news, this.#onReveal] = [host, choice, grid, news, onReveal];
    const box = boxOf(choice.plan, grid);
    this.#view = new MapView(box, grid.pitch);
    this.#canvas = h('canvas', { tabindex: '0', role: 'application', 'aria-label': say('map-label') });
    this.#tip = new MapTip(choice);
    host.replaceChildren(this.#canvas, this.#buttons(), this.#tip.node);
    this.#painter = new MapPainter(this.#canvas, choice, filter, grid);
    this.#listen(filter, signal);
    this.resize();
  }

  #news; #onReveal;

  /** Shows what it knows now, at the next frame. */
  redraw = () => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  };

  /** Draws a frame at once. */
  draw() {
    this.#painter.draw(this.#view, this.#hovered);
  }

  /** The view, for those who move it. */
  get view() {
    return this.#view;
  }

  /** The colour in which a category is drawn. */
  colorOf(category) {
    return this.#painter.colorOf(category);
  }

  /** Takes the size of its place. */
  resize() {
    if (!this.#host.clientWidth) return;
    this.#view.resize(this.#host.clientWidth, this.#host.clientHeight);
    this.#moved();
  }

  /** Moves close to a seat. */
  showSeat(seat) {
    const { x, y } = this.#choice.plan;
    this.#glide(() => this.#view.approach(x[seat], y[seat], CLOSE));
  }

  /** Points at a seat, or at none. */
  point(seat) {
    this.#hovered = seat;
    if (seat >= 0) this.#tip.show(seat, this.#view);
    else this.#tip.hide();
    this.redraw();
  }

  /** Where a seat is on the screen, as `{x, y}` in client coordinates. */
  pointOf(seat) {
    const [box, at] = [this.#canvas.getBoundingClientRect(), this.#view.toScreen(this.#choice.plan.x[seat], this.#choice.plan.y[seat])];
    return { x: box.left + at.x, y: box.top + at.y };
  }

  #listen(filter, signal) {
    const resizing = new ResizeObserver(() => this.resize());
    resizing.observe(this.#host);
    const recolor = () => { this.#painter.recolor(); this.redraw(); this.#host.dispatchEvent(new CustomEvent('recolored')); };
    this.#dark.addEventListener('change', recolor, { signal });
    signal.addEventListener('abort', () => { resizing.disconnect(); cancelAnimationFrame(this.#frame); cancelAnimationFrame(this.#gliding); });
    for (const type of ['change', 'states']) this.#choice.addEventListener(type, this.redraw, { signal });
    filter.addEventListener('change', this.redraw, { signal });
    watchGestures(this.#canvas, this.#view, {
      moved: () => { cancelAnimationFrame(this.#gliding); this.#moved(); },
      clicked: (x, y) => this.#click(x, y),
      hovered: (x, y) => this.#hover(x, y),
      steered: () => this.#steer(),
      pressed: () => this.#click(this.#view.width / 2, this.#view.height / 2),
    });
  }

  #buttons() {
    const button = (name, sign, act) => h('button', { type: 'button', class: 'icon quiet', 'aria-label': say(name), title: say(name), onclick: () => this.#glide(act) }, sign);
    return h('div', { class: 'map-zoom' }, button('map-zoom-in', '+', () => this.#view.zoom(1.6)), button('map-zoom-out', '−', () => this.#view.zoom(1 / 1.6)), button('map-zoom-fit', '⤢', () => this.#view.fit()));
  }

  #moved() {
    // When all is in sight one finger scrolls the page; only when zoomed in does it move the map.
    this.#canvas.classList.toggle('zoomed', !this.#view.isFitted);
    this.redraw();
  }

  /** Moves the view smoothly to where an action takes it. */
  #glide(act) {
    cancelAnimationFrame(this.#gliding);
    const from = this.#view.stand;
    act();
    const to = this.#view.stand;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return this.#moved();
    const begun = performance.now();
    const step = (now) => {
      const part = Math.min(1, Math.max(0, (now - begun) / GLIDE));
      this.#view.place(from, to, 1 - (1 - part) ** 3);
      this.#moved();
      if (part < 1) this.#gliding = requestAnimationFrame(step);
    };
    this.#gliding = requestAnimationFrame(step);
  }

  #click(x, y) {
    if (this.#view.pitch < HITTABLE) return this.#approach(x, y);
    const seat = this.#seatAt(x, y);
    if (seat < 0) return;
    const could = this.#choice.toggle(seat);
    this.point(seat);
    if (could) this.#onReveal?.(seat);
    else this.#news?.speak(this.#tip.inWords(seat));
  }

  /** Goes nearer: to a section that is not in sight as a whole yet, or to where seats can be hit. */
  #approach(x, y) {
    const at = this.#view.toPlan(x, y);
    const section = sectionAt(this.#painter.sections, at.x, at.y);
    if (section) this.#onReveal?.(section.first);
    const whole = section && this.#view.pitchOf(section.box);
    if (whole > this.#view.pitch * 1.4) return this.#glide(() => this.#view.show(section.box, CLOSE * 1.4));
    this.#glide(() => this.#view.center(at.x, at.y, (this.#view.scale * CLOSE) / this.#view.pitch));
  }

  #hover(x, y) {
    const seat = x === undefined || this.#view.pitch < HITTABLE / 2 ? -1 : this.#seatAt(x, y);
    this.#canvas.classList.toggle('over-seat', seat >= 0 && this.#choice.isFree(seat) && this.#view.pitch >= HITTABLE);
    if (seat !== this.#hovered) this.point(seat);
  }

  /** After a key the seat in the middle is pointed at, and told. */
  #steer() {
    const seat = this.#view.pitch < HITTABLE ? -1 : this.#seatAt(this.#view.width / 2, this.#view.height / 2);
    this.point(seat);
    if (seat >= 0) this.#news?.speak(this.#tip.inWords(seat));
  }

  #seatAt(x, y) {
    const point = this.#view.toPlan(x, y);
    return this.#grid.nearest(point.x, point.y, this.#grid.pitch * 0.6);
  }
}
