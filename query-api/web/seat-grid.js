// Finds seats by place: a grid of cells over the plan, built once by counting sort.

const SEATS_PER_CELL = 12;

export class SeatGrid {
  #plan; #side; #columns; #rows; #starts; #order;

  constructor(plan) {
    this.#plan = plan;
    this.bounds = boundsOf(plan);
    const { left, top, right, bottom } = this.bounds;
    const [width, height] = [Math.max(1, right - left), Math.max(1, bottom - top)];
    this.#side = Math.max(1, Math.sqrt((width * height * SEATS_PER_CELL) / Math.max(1, plan.count)));
    this.#columns = Math.ceil(width / this.#side) + 1;
    this.#rows = Math.ceil(height / this.#side) + 1;
    this.#fill();
    this.pitch = this.#measurePitch();
  }

  /**
   * The seats within a rectangle of the plan, and some around it.
   * @returns {number[] | Uint32Array}
   */
  within({ left, top, right, bottom }) {
    const [c0, c1] = [this.#column(left), this.#column(right)];
    const [r0, r1] = [this.#row(top), this.#row(bottom)];
    if (c0 === 0 && r0 === 0 && c1 === this.#columns - 1 && r1 === this.#rows - 1) return this.#order;
    const found = [];
    for (let row = r0; row <= r1; row += 1) {
      const [from, to] = [this.#starts[row * this.#columns + c0], this.#starts[row * this.#columns + c1 + 1]];
      for (let at = from; at < to; at += 1) found.push(this.#order[at]);
    }
    return found;
  }

  /** The nearest seat but `except` within a distance, or -1. */
  nearest(x, y, reach, except = -1) {
    let [best, closest] = [-1, reach * reach];
    for (const seat of this.within({ left: x - reach, top: y - reach, right: x + reach, bottom: y + reach })) {
      const [dx, dy] = [this.#plan.x[seat] - x, this.#plan.y[seat] - y];
      const distance = dx * dx + dy * dy;
      if (distance <= closest && seat !== except) [best, closest] = [seat, distance];
    }
    return best;
  }

  #fill() {
    const { x, y, count } = this.#plan;
    const cell = (seat) => this.#row(y[seat]) * this.#columns + this.#column(x[seat]);
    this.#starts = new Uint32Array(this.#columns * this.#rows + 1);
    for (let seat = 0; seat < count; seat += 1) this.#starts[cell(seat) + 1] += 1;
    for (let at = 1; at < this.#starts.length; at += 1) this.#starts[at] += this.#starts[at - 1];
    this.#order = new Uint32Array(count);
    const next = this.#starts.slice();
    for (let seat = 0; seat < count; seat += 1) this.#order[next[cell(seat)]++] = seat;
  }

  /** How far apart neighbours are: a low quantile of a sample, so that aisles do not count. */
  #measurePitch() {
    const { x, y, count } = this.#plan;
    const step = Math.max(1, Math.floor(count / 300));
    const distances = [];
    for (let seat = 0; seat < count; seat += step) {
      const other = this.nearest(x[seat], y[seat], this.#side * 2, seat);
      if (other >= 0) distances.push(Math.hypot(x[other] - x[seat], y[other] - y[seat]));
    }
    distances.sort((a, b) => a - b);
    return distances[Math.floor(distances.length / 5)] || this.#side;
  }

  #column(x) {
    return clamp(Math.floor((x - this.bounds.left) / this.#side), this.#columns - 1);
  }

  #row(y) {
    return clamp(Math.floor((y - this.bounds.top) / this.#side), this.#rows - 1);
  }
}

/** The box around all seats. */
function boundsOf({ x, y, count }) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let seat = 0; seat < count; seat += 1) extend(box, x[seat], y[seat]);
  return count ? box : { left: 0, top: 0, right: 1, bottom: 1 };
}

/** Makes a box hold a point. */
export function extend(box, x, y) {
  box.left = Math.min(box.left, x);
  box.top = Math.min(box.top, y);
  box.right = Math.max(box.right, x);
  box.bottom = Math.max(box.bottom, y);
}

function clamp(value, high) {
  return Math.min(high, Math.max(0, value));
}
