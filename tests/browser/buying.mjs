// What visitors do, step by step: each of these leads from one page to the next.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { PATIENCE } from './driver.mjs';

export const CARDS = { good: '4242 4242 4242 4242', declined: '4000 0000 0000 0002', slow: '4000 0000 0000 0077', late: '4000 0000 0000 3220' };

export const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

/** Ticks free seats of the section that is shown, as many as asked for, the last ones first. */
export async function tickSeats(page, count) {
  const free = page.locator('.seat-rows input[name=seats]:not(:disabled)');
  await free.first().waitFor({ state: 'attached' });
  const last = (await free.count()) - 1;
  const labels = [];
  for (let at = 0; at < count; at += 1) {
    const box = free.nth(last - at);
    labels.push(await box.getAttribute('value'));
    await box.check();
  }
  // The last row may be kept for those who need it.
  const accessible = page.locator('.seat-choice input[name=accessible]');
  if (await accessible.count()) await accessible.check();
  return labels;
}

/** How far apart seats must be to be chosen on the map, in pixels. */
const HITTABLE = 24;

/**
 * Chooses a seat on the map as people do: clicks move closer, to its section and to its seats, until
 * it can be hit. `neighbour` is the seat beside it. Answers with how far apart seats were at each
 * click; `look` is called before each.
 */
export async function chooseOnMap(page, label, neighbour, press = (x, y) => page.mouse.click(x, y), look = async () => {}) {
  const pitches = [];
  for (;;) {
    await look(pitches.length);
    await page.locator('.map-stage').scrollIntoViewIfNeeded();
    const { x, y, pitch } = await standing(page, label, neighbour);
    await press(x, y);
    pitches.push(pitch);
    if (pitch >= HITTABLE) break;
    await page.waitForFunction(([labels, before]) => {
      const [one, other] = labels.map((each) => document.querySelector('seat-map').seatPoint(each));
      return Math.hypot(other.x - one.x, other.y - one.y) > before;
    }, [[label, neighbour], pitch]);
    if (await page.evaluate(() => document.querySelector('seat-map').chosen.length)) throw new Error(`a seat is chosen where they are ${pitch} pixels apart`);
  }
  await page.waitForFunction((each) => document.querySelector('seat-map').chosen.includes(each), label);
  return pitches;
}

/** Where a seat is on the screen, and how far its neighbour, once the map stands still. */
async function standing(page, label, neighbour) {
  const at = () => page.evaluate((labels) => labels.map((each) => document.querySelector('seat-map').seatPoint(each)), [label, neighbour]);
  for (let before; ;) {
    const [now, beside] = await at();
    if (before?.x === now.x && before.y === now.y) return { ...now, pitch: Math.hypot(beside.x - now.x, beside.y - now.y) };
    before = now;
    await page.waitForTimeout(100);
  }
}

export async function holdTicked(page) {
  await page.locator('.seat-choice').getByRole('button', { name: 'Hold these seats' }).click();
  await heading(page, 'Held for you');
}

/** Holds the best seats that are left. */
export async function holdBest(page, count = 2) {
  const form = page.locator('.seat-best');
  await form.getByLabel('Tickets').selectOption(String(count));
  await form.getByRole('button', { name: 'Hold the best seats' }).click();
  await heading(page, 'Held for you');
}

export async function payWith(page, card) {
  await page.getByLabel('Card number').fill(card);
  await page.getByRole('button', { name: /^Pay / }).click();
}

/** `A, row 3, seat 12` for the seat `A-3-12`. */
export function nameOf(label) {
  const [zone, row, seat] = label.split('-');
  return `${zone}, row ${row}, seat ${seat}`;
}

/** The id of the booking that is shown. */
export const bookingOf = (page) => new URL(page.url()).pathname.split('/').pop();

export const reference = (page) => page.locator('.reference').innerText();

/** The link to a booking in the letter about it, once that is written. */
export async function linkIn(folder, paid) {
  for (let waited = 0; waited < PATIENCE; waited += 100) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((each) => each.endsWith('.eml'))) {
      // Quoted-printable: long lines are folded, and `=` is told by its number.
      const letter = (await readFile(path.join(folder, name), 'utf8')).replace(/=\r?\n/g, '').replaceAll('=3D', '=');
      const link = /https?:\/\/\S+\/bookings\/link\/\S+/.exec(letter);
      if (letter.includes(paid) && link) return link[0];
    }
    await pause(100);
  }
  throw new Error(`no letter about ${paid} in ${folder}`);
}
