// Which part of the plan is shown: a scale and an offset, within limits. Units on the screen are
// CSS pixels. Draws nothing.

/** How far seats lie apart at the closest, in pixels. */
const CLOSEST_PITCH = 64;
/** What of the plan must stay in sight when it is pushed away, as a part of the canvas. */
const KEPT_IN_SIGHT = 0.35;
const MARGIN = 14;
/** What the buttons over the map take: at its right, or on a phone (as seat-map.css has it) below. */
const BUTTONS = 44;
const PHONE = '(max-width: 700px)';

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

export class MapView {
  width = 1;
  height = 1;
  scale = 1;
  x = 0;
  y = 0;
  #box; #pitch; #fitted = true;

  /** @param {Box} box of all that is drawn @param {number} pitch between seats, in the plan */
  constructor(box, pitch) {
    this.#box = box;
    this.#pitch = pitch;
  }

  /** Takes a new size of the canvas. What was in the middle stays there, or all stays in sight. */
  resize(width, height) {
    const middle = this.toPlan(this.width / 2, this.height / 2);
    [this.width, this.height] = [Math.max(1, width), Math.max(1, height)];
    if (this.#fitted) this.fit();
    else this.center(middle.x, middle.y, this.scale);
  }

  /** Shows everything. */
  fit() {
    this.show(this.#box);
    this.#fitted = true;
  }

  /** Shows a part of the plan as large as it fits, but with seats at most so far apart. */
  show(box, mostPitch = Infinity) {
    this.center((box.left + box.right) / 2, (box.top + box.bottom) / 2, Math.min(this.#scaleFor(box), mostPitch / this.#pitch));
    const { width, height } = this.#free;
    this.pan((width - this.width) / 2, (height - this.height) / 2);
  }

  /** How far apart seats would be if that part of the plan were shown. */
  pitchOf(box) {
    return this.#scaleFor(box) * this.#pitch;
  }

  /** The scale at which everything is in sight. */
  get fitScale() {
    return this.#scaleFor(this.#box);
  }

  /** Whether everything is in sight. */
  get isFitted() {
    return this.#fitted;
  }

  /** How far neighbouring seats lie apart now, in pixels. */
  get pitch() {
    return this.#pitch * this.scale;
  }

  /** Puts a point of the plan in the middle. */
  center(x, y, scale) {
    this.scale = this.#limited(scale);
    this.x = this.width / 2 - x * this.scale;
    this.y = this.height / 2 - y * this.scale;
    this.#settle();
  }

  /** Puts a point of the plan in the middle, with seats as far apart as said or further. */
  approach(x, y, pitch) {
    this.center(x, y, Math.max(this.scale, pitch / this.#pitch));
  }

  /** Zooms by a factor; what is at this point of the canvas stays there. */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = this.#limited(this.scale * factor);
    const ratio = scale / this.scale;
    this.x = x - (x - this.x) * ratio;
    this.y = y - (y - this.y) * ratio;
    this.scale = scale;
    this.#settle();
  }

  /** Moves the plan by pixels. */
  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#settle();
  }

  toPlan(x, y) {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  toScreen(x, y) {
    return { x: x * this.scale + this.x, y: y * this.scale + this.y };
  }

  /** The part of the plan that is in sight, and a rim of seats. */
  get visible() {
    const [from, to] = [this.toPlan(0, 0), this.toPlan(this.width, this.height)];
    const rim = this.#pitch;
    return { left: from.x - rim, top: from.y - rim, right: to.x + rim, bottom: to.y + rim };
  }

  /** Where it stands, to be taken up by `place`. */
  get stand() {
    return { scale: this.scale, x: this.x, y: this.y };
  }

  /** Goes to a part of the way between two stands; at 1 it is there. */
  place(from, to, part) {
    // By ratio, so that the way in looks as fast as the way out.
    this.scale = from.scale * (to.scale / from.scale) ** part;
    const share = to.scale === from.scale ? part : (this.scale - from.scale) / (to.scale - from.scale);
    this.x = from.x + (to.x - from.x) * share;
    this.y = from.y + (to.y - from.y) * share;
    if (part >= 1) this.#settle();
  }

  #scaleFor({ left, top, right, bottom }) {
    const { width, height } = this.#free;
    const across = (width - 2 * MARGIN) / Math.max(1, right - left);
    return Math.max(1e-4, Math.min(across, (height - 2 * MARGIN) / Math.max(1, bottom - top)));
  }

  /** What of the canvas no button covers. */
  get #free() {
    const [right, below] = matchMedia(PHONE).matches ? [0, BUTTONS] : [BUTTONS, 0];
    return { width: this.width - right, height: this.height - below };
  }

  #limited(scale) {
    const far = this.fitScale;
    return Math.min(Math.max(scale, far), Math.max(far, CLOSEST_PITCH / this.#pitch));
  }

  #settle() {
    const { left, top, right, bottom } = this.#box;
    const [w, h] = [this.width * KEPT_IN_SIGHT, this.height * KEPT_IN_SIGHT];
    this.x = Math.min(this.width - w - left * this.scale, Math.max(w - right * this.scale, this.x));
    this.y = Math.min(this.height - h - top * this.scale, Math.max(h - bottom * this.scale, this.y));
    this.#fitted = this.scale <= this.fitScale * 1.001;
    if (this.#fitted) {
      const { width, height } = this.#free;
      this.x = (width - (left + right) * this.scale) / 2;
      this.y = (height - (top + bottom) * this.scale) / 2;
    }
  }
}
