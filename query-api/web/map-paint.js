// Draws a frame of the map: from afar sections and dots, from near only the seats in sight, with
// their shapes and numbers. So the cost of a frame does not grow with the house.

import { drawAreas } from './map-areas.js';
import { inkOn, legible, pageColors } from './map-colors.js';
import { MapDots } from './map-dots.js';
import { drawGrounds, drawNames, drawTitles, sectionsOf } from './map-sections.js';
import { FAINT, MapSprites, RADIUS, outline } from './map-sprites.js';
import { CLOSED, FREE } from './plan.js';

/** Seats nearer to each other, in pixels, are dots; from this on they have shapes. */
const SHAPES_FROM = 11;
/** Nearer than this they are too many to be read, and sections have their names over them. */
const NAMES_BELOW = 8;
/** From this on seats show their numbers. */
const NUMBERS_FROM = 22;

export class MapPainter {
  #canvas; #context; #choice; #filter; #plan; #grid; #dots; #sprites = new MapSprites(); #colors; #looks; #left; #shown;

  constructor(canvas, choice, filter, grid) {
    [this.#canvas, this.#choice, this.#filter, this.#grid] = [canvas, choice, filter, grid];
    this.#context = canvas.getContext('2d', { alpha: false });
    this.#plan = choice.plan;
    this.#dots = new MapDots(this.#plan, grid);
    this.sections = sectionsOf(this.#plan, grid.pitch);
    const forget = () => { this.#left = this.#shown = undefined; };
    choice.addEventListener('states', forget);
    filter.addEventListener('change', forget);
    this.recolor();
  }

  /** Takes the colours of the page anew, as when it turns dark. */
  recolor() {
    this.#colors = pageColors(this.#canvas);
    this.#looks = this.#plan.categories.map(({ color }) => legible(color ?? '#4a6fa5', this.#colors.ground));
    this.#dots.recolor(this.#looks, this.#colors.taken);
    this.#square = this.#plan.categories.map(({ name }) => this.#choice.terms.accessible.has(name));
    this.#sprites.recolor(this.#looks, this.#square, this.#colors.taken);
    this.#left = undefined;
  }

  #square;

  /** The colour in which a category is drawn. */
  colorOf(category) {
    return this.#looks[category];
  }

  /** Draws a frame; a seat may be pointed at. */
  draw(view, hovered) {
    const ratio = window.devicePixelRatio || 1;
    this.#fitCanvas(view, ratio);
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.#colors.ground;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    const k = view.scale * ratio;
    context.setTransform(k, 0, 0, k, view.x * ratio, view.y * ratio);
    drawAreas(context, this.#plan.areas, this.#colors, view.scale);
    const hasNames = view.pitch < NAMES_BELOW && this.sections.length > 1;
    if (hasNames) drawGrounds(context, this.sections, this.#colors, view.scale, this.#whatIsLeft());
    this.#drawSeats(view, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (hasNames) drawNames(context, this.sections, view, this.#colors, this.#whatIsLeft(), this.#filter.isOn);
    else this.#drawRowNumbers(view);
    if (!hasNames && this.sections.length > 1) drawTitles(context, this.sections, view, this.#colors);
    for (const seat of this.#choice.chosen) this.#drawChosen(seat, view);
    if (hovered >= 0) this.#drawRing(hovered, view);
  }

  /** How each seat is drawn: its state, that nobody can buy it, or that it is not looked for. */
  #looksNow() {
    if (this.#shown) return this.#shown;
    const { category, count } = this.#plan;
    const { states, forSale } = this.#choice;
    const mask = this.#filter.isOn && this.#filter.mask;
    this.#shown = new Uint8Array(count).fill(CLOSED);
    for (let seat = 0; states && seat < count; seat += 1) {
      const state = states[seat];
      if (state !== FREE) this.#shown[seat] = state;
      else if (forSale[category[seat]]) this.#shown[seat] = mask && !mask[seat] ? FAINT : FREE;
    }
    return this.#shown;
  }

  #fitCanvas(view, ratio) {
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
  }

  #drawSeats(view, ratio) {
    const [context, seats] = [this.#context, this.#grid.within(view.visible)];
    context.setTransform(1, 0, 0, 1, 0, 0);
    const looks = this.#looksNow();
    if (view.pitch < SHAPES_FROM) {
      context.drawImage(this.#dots.paint(seats, view, ratio, looks), 0, 0);
      return;
    }
    this.#sprites.prepare(view.pitch * ratio);
    const { x, y, category } = this.#plan;
    const k = view.scale * ratio;
    for (const seat of seats) this.#sprites.stamp(context, category[seat], looks[seat], x[seat] * k + view.x * ratio, y[seat] * k + view.y * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (view.pitch >= NUMBERS_FROM) this.#drawNumbers(seats, looks, view);
  }

  #drawNumbers(seats, looks, view) {
    const context = this.#context;
    this.#font(Math.min(13, view.pitch * 0.38), 600);
    for (const seat of seats) {
      if (looks[seat] !== FREE) continue;
      const { x, y } = view.toScreen(this.#plan.x[seat], this.#plan.y[seat]);
      context.fillStyle = inkOn(this.#looks[this.#plan.category[seat]]);
      context.fillText(this.#plan.number(seat), x, y);
    }
  }

  #drawRowNumbers(view) {
    if (view.pitch < 11) return;
    const gap = view.pitch * 0.95;
    this.#font(Math.min(13, view.pitch * 0.55), 500);
    for (const zone of this.#plan.zones) {
      for (const { number, first, n } of zone.rows) {
        const { x, y } = view.toScreen(this.#plan.x[first], this.#plan.y[first]);
        if (x < 0 || x > view.width || y < 0 || y > view.height || !number) continue;
        const next = n > 1 ? first + 1 : first;
        const [dx, dy] = n > 1 ? [this.#plan.x[next] - this.#plan.x[first], this.#plan.y[next] - this.#plan.y[first]] : [1, 0];
        const length = Math.hypot(dx, dy) || 1;
        this.#context.fillStyle = this.#colors.muted;
        this.#context.fillText(number, x - (dx / length) * gap, y - (dy / length) * gap);
      }
    }
  }

  /** What is left of each section, counted once per change. */
  #whatIsLeft() {
    this.#left ??= this.sections.map((section) => this.#leftOf(section));
    return this.#left;
  }

  #leftOf({ first, end, category }) {
    let [free, from, cheapest] = [0, undefined, category];
    const { mask } = this.#filter;
    for (let seat = first; seat < end; seat += 1) {
      if (!mask[seat]) continue;
      free += 1;
      const of = this.#plan.category[seat];
      if (of === cheapest && from) continue;
      const price = this.#choice.terms.priceOf(this.#plan.categories[of].name);
      if (!from || price.amount < from.amount) [from, cheapest] = [price, of];
    }
    return { free, from, part: free / (end - first), color: this.#looks[category] };
  }

  /** A chosen seat: larger than others, with a tick, never smaller than can be seen. */
  #drawChosen(seat, view) {
    const [context, radius] = [this.#context, Math.max(RADIUS * view.pitch * 1.05, 5)];
    const { x, y } = view.toScreen(this.#plan.x[seat], this.#plan.y[seat]);
    const isSquare = this.#square[this.#plan.category[seat]];
    const disc = (size, color) => { outline(context, x, y, size, isSquare); context.fillStyle = color; context.fill(); };
    disc(radius * 1.3, this.#colors.ground);
    disc(radius * 1.15, this.#colors.ink);
    disc(radius * 0.95, this.#colors.chosen);
    context.strokeStyle = this.#colors.chosenInk;
    context.lineWidth = radius * 0.24;
    context.beginPath();
    context.moveTo(x - radius * 0.42, y + radius * 0.02);
    context.lineTo(x - radius * 0.1, y + radius * 0.36);
    context.lineTo(x + radius * 0.45, y - radius * 0.32);
    context.stroke();
  }

  #drawRing(seat, view) {
    const { x, y } = view.toScreen(this.#plan.x[seat], this.#plan.y[seat]);
    this.#context.strokeStyle = this.#colors.ink;
    this.#context.lineWidth = 2;
    outline(this.#context, x, y, Math.max(RADIUS * view.pitch + 2, 4), this.#square[this.#plan.category[seat]]);
    this.#context.stroke();
  }

  #font(size, weight) {
    this.#context.font = `${weight} ${size}px system-ui, sans-serif`;
    this.#context.textAlign = 'center';
    this.#context.textBaseline = 'middle';
  }
}
