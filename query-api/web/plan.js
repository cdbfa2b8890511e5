// Decodes a seating plan as the server sends it (see PlanView in domain/src/plan/view.rs) and the
// states of its seats. Seats are known by their place in the plan, from 0.

export const FREE = 0;
export const HELD = 1;
export const SOLD = 2;
/** Not on sale: of a category without a price. */
export const CLOSED = 3;

/** A plan with the seats spread out into arrays, which is what drawing 60,000 of them needs. */
export class Plan {
  #rows = [];
  #labels;

  /** @param {object} view the plan as the server sends it */
  constructor(view) {
    this.name = view.name;
    this.hash = view.hash;
    this.categories = view.categories;
    this.areas = view.areas;
    this.zones = view.zones;
    for (const zone of view.zones) for (const row of zone.rows) this.#rows.push({ zone, row });
    const last = this.#rows.at(-1)?.row;
    this.count = last ? last.first + last.n : 0;
    this.x = new Float32Array(this.count);
    this.y = new Float32Array(this.count);
    this.category = new Uint8Array(this.count);
    for (const { row } of this.#rows) this.#spread(row);
  }

  /** A seat in words: `{label, number, row, zone, category}`; the category is a name. */
  seat(index) {
    const { zone, row } = this.#rowOf(index);
    const number = numberOf(row, index - row.first);
    const category = this.categories[this.category[index]].name;
    return { label: labelOf(zone, row, index - row.first, number), number, row: row.number, zone: zone.name, category };
  }

  /** The number on a seat. */
  number(index) {
    const { row } = this.#rowOf(index);
    return numberOf(row, index - row.first);
  }

  /** The seat with a label, or -1. */
  indexOf(label) {
    this.#labels ??= this.#allLabels();
    return this.#labels.get(label) ?? -1;
  }

  /** The places in plan order at which rows begin. */
  *rowStarts() {
    for (const { row } of this.#rows) yield row.first;
  }

  #spread(row) {
    const { line, deltas } = row.geometry;
    let [x, y] = line ? [line.x, line.y] : [0, 0];
    for (let at = 0; at < row.n; at += 1) {
      if (deltas) { x += deltas.x[at]; y += deltas.y[at]; }
      this.x[row.first + at] = line ? line.x + at * line.dx : x;
      this.y[row.first + at] = line ? line.y + at * line.dy : y;
    }
    let from = row.first;
    for (const [category, length] of row.categories) {
      this.category.fill(category, from, from + length);
      from += length;
    }
  }

  #rowOf(index) {
    let [low, high] = [0, this.#rows.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#rows[middle].row.first <= index) low = middle;
      else high = middle - 1;
    }
    return this.#rows[low];
  }

  #allLabels() {
    const labels = new Map();
    for (const { zone, row } of this.#rows) {
      for (let at = 0; at < row.n; at += 1) labels.set(labelOf(zone, row, at, numberOf(row, at)), row.first + at);
    }
    return labels;
  }
}

/** The states of all seats from the bytes of the server, two bits each: one byte each. */
export function unpackStates(base64, count) {
  const packed = atob(base64);
  const states = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) states[i] = (packed.charCodeAt(i >> 2) >> (2 * (i & 3))) & 3;
  return states;
}

function numberOf(row, at) {
  return row.numbers === 'standard' ? String(at + 1) : row.numbers.list[at];
}

function labelOf(zone, row, at, number) {
  if (row.labels === 'standard') return `${zone.name}-${row.number}-${number}`;
  return row.labels.prefix === undefined ? row.labels.list[at] : row.labels.prefix + number;
}
