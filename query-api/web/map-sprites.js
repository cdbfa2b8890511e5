// Seats that are large enough for shapes: each look is drawn once per zoom and then stamped. Every
// state has a shape of its own, so that nobody has to tell colours apart.

import { CLOSED, FREE, HELD, SOLD } from './plan.js';

/** The radius of a seat as a part of the distance of neighbours. */
export const RADIUS = 0.42;
/** Free, but not what is looked for. */
export const FAINT = 4;

const LOOKS = [FREE, HELD, SOLD, CLOSED, FAINT];

export class MapSprites {
  #sheet = document.createElement('canvas'); #context; #size = 0; #categories = []; #square = []; #taken;

  constructor() {
    this.#context = this.#sheet.getContext('2d');
  }

  /** Takes the colours of the categories, which of them are drawn square, and that of taken seats. */
  recolor(categories, square, taken) {
    [this.#categories, this.#square, this.#taken, this.#size] = [categories, square, taken, 0];
  }

  /** Gets ready for seats so far apart, in pixels of the canvas. */
  prepare(pitch) {
    const size = Math.ceil(pitch * RADIUS * 2) + 2;
    if (size === this.#size) return;
    this.#size = size;
    this.#sheet.width = size * LOOKS.length;
    this.#sheet.height = size * this.#categories.length;
    this.#categories.forEach((color, row) => LOOKS.forEach((look, column) => {
      this.#draw((column + 0.5) * size, (row + 0.5) * size, pitch * RADIUS, look, color, this.#square[row]);
    }));
  }

  /** Stamps a seat with its middle at a pixel of the canvas. */
  stamp(context, category, look, x, y) {
    const size = this.#size;
    context.drawImage(this.#sheet, look * size, category * size, size, size, Math.round(x - size / 2), Math.round(y - size / 2), size, size);
  }

  #draw(x, y, radius, look, color, isSquare) {
    const context = this.#context;
    context.save();
    context.fillStyle = context.strokeStyle = look === SOLD || look === CLOSED ? this.#taken : color;
    context.lineCap = 'round';
    if (look === FREE || look === FAINT) {
      context.globalAlpha = look === FAINT ? 0.25 : 1;
      outline(context, x, y, radius, isSquare);
      context.fill();
    } else if (look === HELD) held(context, x, y, radius);
    else if (look === SOLD) cross(context, x, y, radius * 0.5);
    else closed(context, x, y, radius * 0.4);
    context.restore();
  }
}

/** The outline of a seat; accessible places are square. */
export function outline(context, x, y, radius, isSquare) {
  context.beginPath();
  if (isSquare) context.roundRect(x - radius * 0.92, y - radius * 0.92, radius * 1.84, radius * 1.84, radius * 0.35);
  else context.arc(x, y, radius, 0, 2 * Math.PI);
}

/** A ring, half of it filled like a glass that runs out: it may come back. */
function held(context, x, y, radius) {
  const line = Math.max(1, radius * 0.2);
  context.lineWidth = line;
  context.beginPath();
  context.arc(x, y, radius - line / 2, 0, 2 * Math.PI);
  context.stroke();
  context.beginPath();
  context.arc(x, y, radius * 0.5, 0, Math.PI);
  context.fill();
}

function cross(context, x, y, reach) {
  context.lineWidth = Math.max(1, reach * 0.5);
  context.beginPath();
  context.moveTo(x - reach, y - reach);
  context.lineTo(x + reach, y + reach);
  context.moveTo(x + reach, y - reach);
  context.lineTo(x - reach, y + reach);
  context.stroke();
}

function closed(context, x, y, radius) {
  context.lineWidth = Math.max(1, radius * 0.35);
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}
