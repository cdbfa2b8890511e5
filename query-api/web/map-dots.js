// Draws seats that are too small for shapes, as dots, into a bitmap of the size of the canvas:
// 60,000 seats in a few milliseconds, which no path of a canvas does.

import { rgb } from './map-colors.js';
import { FAINT } from './map-sprites.js';
import { CLOSED, FREE, HELD, SOLD } from './plan.js';

/** The size of a dot as a part of the distance of neighbours, and how strong it is, by look. */
const SIZES = { [FREE]: 0.8, [HELD]: 0.56, [SOLD]: 0.42, [CLOSED]: 0.42, [FAINT]: 0.8 };
const STRENGTHS = { [FREE]: 255, [HELD]: 140, [SOLD]: 255, [CLOSED]: 128, [FAINT]: 56 };

export class MapDots {
  #plan; #grid; #canvas = document.createElement('canvas'); #context; #image; #pixels; #width = 0; #height = 0; #colors = [];

  constructor(plan, grid) {
    [this.#plan, this.#grid] = [plan, grid];
    this.#context = this.#canvas.getContext('2d');
  }

  /** Takes the colours of the categories and of taken seats. */
  recolor(categories, taken) {
    const packed = (color) => { const [r, g, b] = rgb(color); return (b << 16) | (g << 8) | r; };
    this.#colors = [...categories.map(packed), packed(taken)];
  }

  /**
   * The bitmap with these seats as they are in sight.
   * @param {number[] | Uint32Array} seats
   * @param {import('./map-view.js').MapView} view
   * @param {number} ratio pixels of the bitmap per pixel of the screen
   * @param {Uint8Array} looks of all seats
   */
  paint(seats, view, ratio, looks) {
    this.#fit(Math.round(view.width * ratio), Math.round(view.height * ratio));
    this.#pixels.fill(0);
    const scale = view.scale * ratio;
    const pitch = this.#grid.pitch * scale;
    const { x, y, category } = this.#plan;
    const sizes = Object.values(SIZES).map((size) => size * pitch);
    const [left, top] = [view.x * ratio, view.y * ratio];
    for (const seat of seats) {
      const look = looks[seat];
      const color = look === SOLD || look === CLOSED ? this.#colors.at(-1) : this.#colors[category[seat]];
      this.#dot(x[seat] * scale + left, y[seat] * scale + top, sizes[look], color, STRENGTHS[look]);
    }
    this.#context.putImageData(this.#image, 0, 0);
    return this.#canvas;
  }

  /** A square with soft edges: each pixel is as strong as the part of it that is covered. */
  #dot(x, y, size, color, strength) {
    const width = this.#width;
    const left = x - size / 2;
    const top = y - size / 2;
    const right = left + size;
    const bottom = top + size;
    if (left < 0 || top < 0 || right >= width || bottom >= this.#height) return;
    const pixels = this.#pixels;
    for (let row = top | 0; row < bottom; row += 1) {
      const tall = Math.min(row + 1, bottom) - Math.max(row, top);
      for (let column = left | 0; column < right; column += 1) {
        const covered = tall * (Math.min(column + 1, right) - Math.max(column, left)) * strength;
        const at = row * width + column;
        // Neighbours may share a pixel.
        const sum = Math.min(255, (pixels[at] >>> 24) + covered);
        pixels[at] = (sum << 24) | color;
      }
    }
  }

  #fit(width, height) {
    if (this.#width === width && this.#height === height) return;
    [this.#width, this.#height] = [width, height];
    [this.#canvas.width, this.#canvas.height] = [width, height];
    this.#image = this.#context.createImageData(width, height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }
}
