// Draws the map. Few seats in sight are drawn one by one, batched by look; many come from a
// picture of all seats that is kept and touched up where a state changes. So the cost of a frame
// does not grow with the house.

import { drawAreas } from './spa-map-areas.js';
import { inkOn, legible, pageColors } from './spa-map-colors.js';
import { FREE, HELD, NOT_FOR_SALE, SOLD } from './spa-plan.js';

/** How many seats are drawn one by one at the most. */
const MOST_BY_HAND = 5000;
/** The longer side of the kept picture, in its pixels: sharp enough until seats are drawn by hand. */
const PICTURE = 3072;
/** The size of a seat: the radius as a part of the distance of neighbours. */
const RADIUS = 0.41;
/** Up to this distance of seats, in pixels, zones have their names over them. */
const OVERLAY_PITCH = 3.2;

export class MapPainter {
  #canvas; #context; #plan; #grid; #box; #colors; #looks; #states; #picture; #forSale;

  constructor(canvas, plan, grid, box, forSale) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    [this.#plan, this.#grid, this.#box, this.#forSale] = [plan, grid, box, forSale];
    // Until states are known nothing looks as if it could be bought.
    this.#states = new Uint8Array(plan.count).fill(NOT_FOR_SALE);
    this.recolor();
  }

  /** Takes the colours of the page anew, as when it turns dark. */
  recolor() {
    this.#colors = pageColors(this.#canvas);
    const color = ({ color }) => legible(color ?? '#4a6fa5', this.#colors.ground);
    this.#looks = this.#plan.categories.map(color);
    this.#picture = undefined;
  }

  /** The colour in which a category is drawn. */
  colorOf(category) {
    return this.#looks[category];
  }

  /** Takes new states. Answers the seats whose state changed. */
  update(states) {
    const changed = [];
    for (let seat = 0; seat < states.length; seat += 1) if (states[seat] !== this.#states[seat]) changed.push(seat);
    this.#states = states;
    if (this.#picture) for (const seat of changed) this.#dot(seat);
    return changed;
  }

  /** How a seat is drawn: its state, or that nobody can buy it. */
  lookOf(seat) {
    const state = this.#states[seat];
    return state === FREE && !this.#forSale[this.#plan.category[seat]] ? NOT_FOR_SALE : state;
  }

  /** Draws a frame. */
  draw(view, { chosen, hovered }) {
    const [context, ratio] = [this.#context, window.devicePixelRatio || 1];
    this.#fitCanvas(view, ratio);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.#colors.ground;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    const k = view.scale * ratio;
    context.setTransform(k, 0, 0, k, view.x * ratio, view.y * ratio);
    drawAreas(context, this.#plan.areas, this.#colors, view.scale);
    const seats = this.#grid.within(view.visible);
    if (seats.length > MOST_BY_HAND) this.#drawPicture();
    else this.#drawSeats(seats, view);
    this.#drawNames(view);
    for (const seat of chosen) this.#drawChosen(seat, view);
    if (hovered >= 0) this.#drawRing(hovered, view);
  }

  #fitCanvas(view, ratio) {
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
  }

  #drawPicture() {
    this.#picture ??= this.#makePicture();
    const { left, top } = this.#box;
    const { canvas, scale } = this.#picture;
    this.#context.imageSmoothingQuality = 'high';
    this.#context.drawImage(canvas, left, top, canvas.width / scale, canvas.height / scale);
  }

  #makePicture() {
    const { left, top, right, bottom } = this.#box;
    const scale = PICTURE / Math.max(right - left, bottom - top);
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil((right - left) * scale);
    canvas.height = Math.ceil((bottom - top) * scale);
    this.#picture = { canvas, scale, context: canvas.getContext('2d') };
    for (let seat = 0; seat < this.#plan.count; seat += 1) this.#dot(seat);
    return this.#picture;
  }

  /** A seat in the picture, over what was there. Whole pixels: nothing of the old one is left. */
  #dot(seat) {
    const { context, scale } = this.#picture;
    const full = Math.max(1, Math.round(2 * RADIUS * this.#grid.pitch * scale));
    const x = Math.round((this.#plan.x[seat] - this.#box.left) * scale - full / 2);
    const y = Math.round((this.#plan.y[seat] - this.#box.top) * scale - full / 2);
    const look = this.lookOf(seat);
    const inset = look === FREE ? 0 : Math.floor(full * 0.2);
    context.clearRect(x, y, full, full);
    context.fillStyle = look === FREE || look === HELD ? this.#looks[this.#plan.category[seat]] : this.#colors.sold;
    context.globalAlpha = look === HELD ? 0.45 : 1;
    context.fillRect(x + inset, y + inset, full - 2 * inset, full - 2 * inset);
    context.globalAlpha = 1;
  }

  #drawSeats(seats, view) {
    const batches = new Map();
    for (const seat of seats) {
      const key = this.#plan.category[seat] * 4 + this.lookOf(seat);
      if (!batches.has(key)) batches.set(key, []);
      batches.get(key).push(seat);
    }
    for (const [key, batch] of batches) this.#drawBatch(batch, key & 3, this.#looks[key >> 2], view);
    if (view.pitch >= 22) this.#drawNumbers(seats, view);
  }

  #drawBatch(seats, look, color, view) {
    const [context, radius, pixel] = [this.#context, RADIUS * this.#grid.pitch, 1 / view.scale];
    const line = Math.max(pixel, radius * 0.2);
    context.fillStyle = context.strokeStyle = look === FREE || look === HELD ? color : this.#colors.sold;
    context.lineWidth = line;
    context.beginPath();
    const size = { [FREE]: radius, [HELD]: radius - line / 2, [SOLD]: radius * 0.62, [NOT_FOR_SALE]: radius * 0.62 }[look];
    for (const seat of seats) this.#trace(seat, Math.max(size, pixel / 2), look === HELD);
    if (look === FREE || look === SOLD) context.fill();
    else context.stroke();
  }

  /** The outline of a seat; a held one is struck through. */
  #trace(seat, size, isStruck) {
    const [x, y] = [this.#plan.x[seat], this.#plan.y[seat]];
    const edge = size * Math.SQRT1_2;
    this.#context.moveTo(x + size, y);
    this.#context.arc(x, y, size, 0, 2 * Math.PI);
    if (!isStruck) return;
    this.#context.moveTo(x - edge, y + edge);
    this.#context.lineTo(x + edge, y - edge);
  }

  #drawNumbers(seats, view) {
    const context = this.#context;
    this.#font(Math.min(13, view.pitch * 0.38), view, 600);
    for (const seat of seats) {
      if (this.lookOf(seat) !== FREE) continue;
      context.fillStyle = inkOn(this.#looks[this.#plan.category[seat]]);
      context.fillText(this.#plan.seat(seat).number, this.#plan.x[seat], this.#plan.y[seat]);
    }
  }

  /** Rows by number once seats are large, else zones by name. */
  #drawNames(view) {
    if (view.pitch >= 11) return this.#drawRowNumbers(view);
    if (this.#plan.zones.length < 2) return;
    this.#font(12, view, 650);
    const written = [];
    for (const { name, box } of this.#zoneBoxes()) {
      const room = (box.right - box.left) * view.scale;
      // Seats that can be told apart are not written over.
      const y = view.pitch < OVERLAY_PITCH ? (box.top + box.bottom) / 2 : box.top - this.#grid.pitch / 2 - 8 / view.scale;
      const place = { name, x: (box.left + box.right) / 2, y };
      if (!name || room < name.length * 7.5 || written.some((other) => areClose(place, other, view.scale))) continue;
      this.#write(name, place.x, y, view);
      written.push(place);
    }
  }

  #drawRowNumbers(view) {
    const [{ left, top, right, bottom }, gap] = [view.visible, this.#grid.pitch * 0.95];
    this.#font(Math.min(13, view.pitch * 0.55), view, 500);
    for (const zone of this.#plan.zones) {
      for (const { number, first, n } of zone.rows) {
        const [x, y] = [this.#plan.x[first], this.#plan.y[first]];
        if (x < left || x > right || y < top || y > bottom || !number) continue;
        const next = n > 1 ? first + 1 : first;
        const [dx, dy] = n > 1 ? [this.#plan.x[next] - x, this.#plan.y[next] - y] : [1, 0];
        const length = Math.hypot(dx, dy) || 1;
        this.#write(number, x - (dx / length) * gap, y - (dy / length) * gap, view, this.#colors.muted);
      }
    }
  }

  #boxes;

  #zoneBoxes() {
    this.#boxes ??= this.#plan.zones.map(({ name, rows }) => {
      const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
      for (const { first, n } of rows) {
        for (let seat = first; seat < first + n; seat += 1) {
          box.left = Math.min(box.left, this.#plan.x[seat]);
          box.right = Math.max(box.right, this.#plan.x[seat]);
          box.top = Math.min(box.top, this.#plan.y[seat]);
          box.bottom = Math.max(box.bottom, this.#plan.y[seat]);
        }
      }
      return { name, box };
    });
    return this.#boxes;
  }

  /** A chosen seat: a disc of its own with a tick, never smaller than can be seen. */
  #drawChosen(seat, view) {
    const [context, radius] = [this.#context, Math.max(RADIUS * this.#grid.pitch * 1.05, 5 / view.scale)];
    const [x, y] = [this.#plan.x[seat], this.#plan.y[seat]];
    this.#disc(x, y, radius * 1.3, this.#colors.ground);
    this.#disc(x, y, radius * 1.15, this.#colors.ink);
    this.#disc(x, y, radius * 0.9, this.#colors.accent);
    context.strokeStyle = this.#colors.accentInk;
    context.lineWidth = radius * 0.24;
    context.beginPath();
    context.moveTo(x - radius * 0.42, y + radius * 0.02);
    context.lineTo(x - radius * 0.1, y + radius * 0.36);
    context.lineTo(x + radius * 0.45, y - radius * 0.32);
    context.stroke();
  }

  #drawRing(seat, view) {
    this.#context.strokeStyle = this.#colors.ink;
    this.#context.lineWidth = 2 / view.scale;
    this.#context.beginPath();
    this.#context.arc(this.#plan.x[seat], this.#plan.y[seat], Math.max(RADIUS * this.#grid.pitch, 3 / view.scale), 0, 2 * Math.PI);
    this.#context.stroke();
  }

  #disc(x, y, radius, color) {
    this.#context.fillStyle = color;
    this.#context.beginPath();
    this.#context.arc(x, y, radius, 0, 2 * Math.PI);
    this.#context.fill();
  }

  /** Sets the type, in pixels of the screen. */
  #font(size, view, weight) {
    this.#context.font = `${weight} ${size / view.scale}px system-ui, sans-serif`;
    this.#context.textAlign = 'center';
    this.#context.textBaseline = 'middle';
  }

  /** Text with a rim, so that it can be read over seats. */
  #write(text, x, y, view, color = this.#colors.ink) {
    const context = this.#context;
    context.lineJoin = 'round';
    context.lineWidth = 3.5 / view.scale;
    context.strokeStyle = this.#colors.ground;
    context.strokeText(text, x, y);
    context.fillStyle = color;
    context.fillText(text, x, y);
  }
}

/** Whether two names would run into each other. */
function areClose(one, other, scale) {
  const width = ((one.name.length + other.name.length) / 2) * 8.5;
  return Math.abs(one.x - other.x) * scale < width && Math.abs(one.y - other.y) * scale < 15;
}
