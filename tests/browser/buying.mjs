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
