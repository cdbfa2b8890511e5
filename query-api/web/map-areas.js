// What is drawn behind the seats (stage, pitch, bars) and the box that it all takes.

import { isDark } from './map-colors.js';
import { extend } from './seat-grid.js';

/** The box around the seats, padded by a seat, and the drawn areas. */
export function boxOf(plan, grid) {
  const { bounds, pitch } = grid;
  const box = { left: bounds.left - pitch, top: bounds.top - pitch, right: bounds.right + pitch, bottom: bounds.bottom + pitch };
  for (const area of plan.areas) {
    for (const [x, y] of cornersOf(area.shape)) {
      const turned = turn(x, y, area.rotation);
      extend(box, area.x + turned.x, area.y + turned.y);
    }
  }
  return box;
}

/** Draws the areas. The context is in units of the plan; `scale` is pixels per unit. */
export function drawAreas(context, areas, colors, scale) {
  for (const area of areas) {
    context.save();
    context.translate(area.x, area.y);
    context.rotate((area.rotation * Math.PI) / 180);
    outline(context, area.shape);
    drawFill(context, area, colors, scale);
    if (area.text) drawText(context, area, colors, scale);
    context.restore();
  }
}

function drawFill(context, area, colors, scale) {
  if (area.shape === 'text') return;
  // Faint, so that it stays ground whatever its colour; plans are drawn for a light one.
  const strength = isDark(colors.ground) ? 0.16 : 0.5;
  context.globalAlpha = strength;
  if (area.color) { context.fillStyle = area.color; context.fill(); }
  context.globalAlpha = strength * 1.6;
  if (area.border_color) { context.strokeStyle = area.border_color; context.lineWidth = 1 / scale; context.stroke(); }
  context.globalAlpha = 1;
}

function drawText(context, area, colors, scale) {
  const lines = area.text.split('\n');
  const { left, top, right, bottom } = extent(area.shape);
  const longest = Math.max(...lines.map((line) => line.length), 1);
  const roomy = Math.min((right - left) / (longest * 0.62), (bottom - top) / (lines.length * 1.4));
  const size = area.shape === 'text' ? 13 / scale : Math.min(roomy, 22 / scale);
  if (size * scale < 5) return;
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = colors.muted;
  const first = (top + bottom) / 2 - ((lines.length - 1) * size * 1.2) / 2;
  lines.forEach((line, at) => context.fillText(line, (left + right) / 2, first + at * size * 1.2));
}

function outline(context, shape) {
  context.beginPath();
  if (shape.rectangle) context.rect(0, 0, shape.rectangle.width, shape.rectangle.height);
  else if (shape.ellipse) context.ellipse(0, 0, shape.ellipse.rx, shape.ellipse.ry, 0, 0, 2 * Math.PI);
  else if (shape.polygon) {
    shape.polygon.forEach(([x, y]) => context.lineTo(x, y));
    context.closePath();
  }
}

function cornersOf(shape) {
  if (shape.rectangle) {
    const { width, height } = shape.rectangle;
    return [[0, 0], [width, 0], [width, height], [0, height]];
  }
  if (shape.ellipse) {
    const { rx, ry } = shape.ellipse;
    return [[-rx, -ry], [rx, -ry], [rx, ry], [-rx, ry]];
  }
  return shape.polygon ?? [[0, 0]];
}

function extent(shape) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const [x, y] of cornersOf(shape)) extend(box, x, y);
  return box;
}

function turn(x, y, degrees) {
  const angle = (degrees * Math.PI) / 180;
  return { x: x * Math.cos(angle) - y * Math.sin(angle), y: x * Math.sin(angle) + y * Math.cos(angle) };
}
