// The colours of the map: those of the plan, kept apart from the ground in light and in dark.

const LEAST_CONTRAST = 3;
const probe = document.createElement('canvas').getContext('2d');

/** The colours of the page that the map uses, as they are now. */
export function pageColors(element) {
  const style = getComputedStyle(element);
  const names = { ground: '--map-ground', ink: '--map-ink', muted: '--map-muted', taken: '--map-taken', chosen: '--map-chosen', chosenInk: '--map-chosen-ink', card: '--map-card' };
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [key, style.getPropertyValue(name).trim()]));
}

/** A colour of the plan, moved away from the ground until it can be told from it. */
export function legible(color, ground) {
  const [from, under] = [rgb(color), rgb(ground)];
  const towards = isDark(ground) ? [255, 255, 255] : [0, 0, 0];
  for (let part = 0; part < 1; part += 0.1) {
    const mixed = from.map((value, at) => Math.round(value + (towards[at] - value) * part));
    if (contrast(mixed, under) >= LEAST_CONTRAST) return `rgb(${mixed.join(' ')})`;
  }
  return `rgb(${towards.join(' ')})`;
}

/** Whether a ground is dark. */
export function isDark(ground) {
  return luminance(rgb(ground)) < 0.4;
}

/** Black or white, whichever can be read on a colour. */
export function inkOn(color) {
  return luminance(rgb(color)) > 0.3 ? '#101316' : '#ffffff';
}

/** A colour as `[red, green, blue]`, each from 0 to 255; grey if it is none. */
export function rgb(color) {
  probe.fillStyle = '#888888';
  // What is no colour leaves the fill as it was.
  probe.fillStyle = color ?? '';
  const hex = /^#(..)(..)(..)$/.exec(probe.fillStyle);
  if (hex) return hex.slice(1).map((digits) => Number.parseInt(digits, 16));
  return (probe.fillStyle.match(/[\d.]+/g) ?? [136, 136, 136]).slice(0, 3).map(Number);
}

function luminance(color) {
  const [r, g, b] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
