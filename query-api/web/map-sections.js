// Sections of the house as they are seen from afar: their outlines, their names, what is left.

import { money } from './seat-texts.js';
import { say } from './texts.js';

/** From how many pixels on a section's name is written on it. */
const LEAST_WIDTH = 30;

/**
 * @typedef {object} Section
 * @property {string} name
 * @property {number} first the place of its first seat
 * @property {number} end the place after its last
 * @property {import('./map-view.js').Box} box
 * @property {[number, number][]} hull its outline
 * @property {number} category the one that most of its seats are of
 */

/**
 * The sections of a plan.
 * @param {import('./plan.js').Plan} plan
 * @param {number} pitch
 * @returns {Section[]}
 */
export function sectionsOf(plan, pitch) {
  return plan.zones.map(({ name, rows }) => {
    const [first, last] = [rows[0].first, rows.at(-1)];
    const hull = widened(hullOf(cornersOf(plan, rows)), pitch * 0.8);
    return { name, first, end: last.first + last.n, box: boxOf(hull), hull, category: plan.category[first + (last.first - first >> 1)] };
  });
}

/** The section at a point of the plan, if there is one. */
export function sectionAt(sections, x, y) {
  return sections.find(({ box, hull }) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom && isInside(hull, x, y));
}

/** Draws the grounds of sections. The context is in units of the plan; `part` is how much is left. */
export function drawGrounds(context, sections, colors, scale, left) {
  sections.forEach((section, at) => {
    context.beginPath();
    for (const [x, y] of section.hull) context.lineTo(x, y);
    context.closePath();
    const { part, color } = left[at];
    context.globalAlpha = part > 0 ? 0.1 + 0.22 * part : 0.06;
    context.fillStyle = part > 0 ? color : colors.taken;
    context.fill();
    context.globalAlpha = part > 0 ? 0.75 : 0.5;
    context.lineWidth = 1 / scale;
    context.strokeStyle = part > 0 ? color : colors.taken;
    context.stroke();
    context.globalAlpha = 1;
  });
}

/** Writes the names of sections, with what is left, or matches, and from which price where there is room. */
export function drawNames(context, sections, view, colors, left, isFiltered) {
  const written = [];
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const [at, { name, box }] of sections.entries()) {
    const [width, height] = [(box.right - box.left) * view.scale, (box.bottom - box.top) * view.scale];
    const { x, y } = view.toScreen((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    const isSeen = x > 0 && y > 0 && x < view.width && y < view.height;
    if (!isSeen || width < LEAST_WIDTH) continue;
    const { free, from } = left[at];
    const lines = [name];
    if (width > 96 && height > 56) lines.push(isFiltered ? say('map-filter-matches', { count: free }) : free > 0 ? say('map-section-free', { count: free }) : say('map-section-full'));
    if (width > 96 && height > 72 && from) lines.push(say('map-section-from', { price: money(from) }));
    chip(context, lines.filter(Boolean), x, y, width, colors, written);
  }
}

/** Writes the names of sections above them, where their seats are near enough to be read. */
export function drawTitles(context, sections, view, colors) {
  context.font = '650 13px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  context.fillStyle = colors.ink;
  // A rim, as blocks that stand askew have neighbours over them.
  context.strokeStyle = colors.ground;
  context.lineWidth = 4;
  context.lineJoin = 'round';
  for (const { name, box } of sections) {
    const { x, y } = view.toScreen((box.left + box.right) / 2, box.top);
    if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
    context.strokeText(name, x, y);
    context.fillText(name, x, y);
  }
}

function chip(context, lines, x, y, room, colors, written) {
  if (lines.length === 0) return;
  const size = room < 60 ? 10.5 : 12.5;
  context.font = `650 ${size}px system-ui, sans-serif`;
  const width = Math.max(...lines.map((line) => widthOf(context, line))) + 8;
  const height = lines.length * size * 1.3 + 4;
  const box = { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
  const overlaps = (other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
  if (width > room * 1.1 || written.some(overlaps)) return;
  written.push(box);
  context.globalAlpha = 0.86;
  context.fillStyle = colors.card;
  context.beginPath();
  context.roundRect(box.left, box.top, width, height, 5);
  context.fill();
  context.globalAlpha = 1;
  lines.forEach((line, at) => {
    if (at === 1) context.font = `500 ${size - 1}px system-ui, sans-serif`;
    context.fillStyle = at === 0 ? colors.ink : colors.muted;
    context.fillText(line, x, box.top + 2 + size * 1.3 * (at + 0.5));
  });
}

const widths = new Map();
/** Counts change all the time, and with them what is written. */
const MOST_WIDTHS = 4000;

/** How wide a line is in the type that is set. Measured once: there are hundreds in every frame. */
function widthOf(context, line) {
  const key = `${context.font} ${line}`;
  if (widths.size > MOST_WIDTHS) widths.clear();
  if (!widths.has(key)) widths.set(key, context.measureText(line).width);
  return widths.get(key);
}

/** The ends and the middle of each row: what the outline of a section hangs on. */
function cornersOf(plan, rows) {
  return rows.flatMap(({ first, n }) => [first, first + (n >> 1), first + n - 1].map((seat) => [plan.x[seat], plan.y[seat]]));
}

/** The convex hull, by Andrew's monotone chain. */
function hullOf(points) {
  const sorted = points.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const turn = ([ax, ay], [bx, by], [cx, cy]) => (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  const half = (each) => each.reduce((chain, point) => {
    while (chain.length > 1 && turn(chain.at(-2), chain.at(-1), point) <= 0) chain.pop();
    chain.push(point);
    return chain;
  }, []);
  const [lower, upper] = [half(sorted), half([...sorted].reverse())];
  return [...lower.slice(0, -1), ...upper.slice(0, -1)];
}

/** An outline moved outwards, so that seats lie within it: from its middle, and at least a box. */
function widened(hull, by) {
  const points = hull.flatMap(([x, y]) => [[x - by, y - by], [x + by, y - by], [x + by, y + by], [x - by, y + by]]);
  return hullOf(points);
}

function boxOf(hull) {
  const [xs, ys] = [hull.map(([x]) => x), hull.map(([, y]) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

function isInside(hull, x, y) {
  return hull.every(([ax, ay], at) => {
    const [bx, by] = hull[(at + 1) % hull.length];
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0;
  });
}
