// Buys tickets as a visitor does, in a real browser: once with the map on a desk, once with the
// best available seats on a phone. Prints one line of JSON; exits with 1 if anything is wrong, be
// it only a line on the console or a request that leaves the server.
//
//   node buy.mjs <base URL> <folder for screenshots> [term]
//
// The first event that is found (by the term, or of all) must be on sale with a seating plan. The
// browser is that in AISLE_TEST_CHROMIUM.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];
const GOOD_CARD = '4242 4242 4242 4242';
const BAD_CARD = '4000 0000 0000 0002';
/** How long a step may take, in milliseconds: servers under test are unoptimised builds. */
const PATIENCE = 20_000;

const [base, folder, term] = process.argv.slice(2);
const executablePath = process.env.AISLE_TEST_CHROMIUM;
if (!base || !folder || !executablePath) {
  console.error('usage: AISLE_TEST_CHROMIUM=<browser> node buy.mjs <base URL> <folder for screenshots> [term]');
  process.exit(2);
}

/** What happened that should not have. */
const faults = [];

/** A visitor with a browser of their own, whose every fault is noted under a name. */
async function visitor(browser, name, options) {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const fault = (kind, text) => faults.push(`${name}: ${kind}: ${text}`);
  page.on('console', (message) => message.type() === 'error' && fault('console', message.text()));
  page.on('pageerror', (error) => fault('page error', error.message));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isOurs = url.origin === new URL(base).origin || ['data:', 'blob:'].includes(url.protocol);
    if (!isOurs) fault('request to elsewhere', request.url());
  });
  await page.exposeFunction('reportViolation', (text) => fault('content policy', text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`));
  });
  const shot = async (step) => {
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (wide > room) fault('overflow', `${step} is ${wide} pixels wide on a screen of ${room}`);
    await page.screenshot({ path: path.join(folder, `${name}-${step}.png`), fullPage: true });
  };
  return { page, shot, close: () => context.close() };
}

/** Searches and opens the first event that is found, until its seats are known. */
async function openEvent({ page, shot }) {
  await page.goto(base, { waitUntil: 'load' });
  await page.locator('.hit').first().waitFor();
  const text = term ?? (await page.locator('.hit .title').first().innerText());
  await page.getByRole('combobox', { name: 'Search for events' }).fill(text);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('heading', { name: `Events for “${text}”` }).waitFor();
  await page.locator('.hit').first().waitFor();
  await shot('search');
  await page.locator('.hit').first().click();
  await page.waitForFunction(() => document.querySelector('seat-map')?.freeLabels?.(1).length > 0);
  return text;
}

/**
 * Clicks free seats on the map, as many as asked for, after passing over some: a row of the sample
 * begins with accessible places, which not everybody may have.
 */
async function chooseOnMap(page, count, passOver) {
  const free = (n) => document.querySelector('seat-map').freeLabels(n);
  const labels = (await page.evaluate(free, passOver + count)).slice(-count);
  for (const [at, label] of labels.entries()) {
    await page.locator('seat-map').scrollIntoViewIfNeeded();
    const point = await page.evaluate((each) => {
      const map = document.querySelector('seat-map');
      map.showSeat(each);
      return map.seatPoint(each);
    }, label);
    await page.mouse.click(point.x, point.y);
    await page.waitForFunction((n) => document.querySelector('seat-map').chosen.length === n, at + 1);
  }
  return labels;
}

async function isHeld(page) {
  await page.getByRole('heading', { name: 'Held for you' }).waitFor();
  await page.getByRole('timer').filter({ hasText: /^\d+:\d\d$/ }).waitFor();
}

async function payWith(page, card) {
  await page.getByLabel('Card number').fill(card);
  await page.getByRole('button', { name: /^Pay / }).click();
}

/** Two seats from the map, paid; then looked up among the bookings and given back. */
async function buyOnMap(guest, passOver) {
  const { page, shot } = guest;
  const title = await openEvent(guest);
  const seats = await chooseOnMap(page, 2, passOver);
  const accessible = page.getByLabel('One of us needs an accessible place');
  if (await accessible.isVisible()) await accessible.check();
  await shot('chosen');
  await page.getByRole('button', { name: 'Hold these seats' }).click();
  await isHeld(page);
  for (const seat of seats) await page.getByText(`Seat ${seat}`, { exact: true }).waitFor();
  await shot('held');
  await payWith(page, GOOD_CARD);
  await page.getByRole('heading', { name: 'Your tickets are booked' }).waitFor();
  await shot('confirmed');
  const reference = await page.locator('.reference').innerText();
  await page.reload();
  await page.getByRole('heading', { name: 'Your tickets are booked' }).waitFor();

  await page.getByRole('navigation').getByRole('link', { name: 'My bookings' }).click();
  const mine = page.locator('.mine').filter({ hasText: reference });
  await mine.getByText('Paid', { exact: true }).waitFor();
  await shot('bookings');
  await mine.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the booking' }).click();
  await mine.getByText('Cancelled', { exact: true }).waitFor();
  return { title, seats, reference };
}

/** The best two seats, a declined card, and the seats given back. */
async function declineAndRelease(guest) {
  const { page, shot } = guest;
  await openEvent(guest);
  await shot('event');
  const form = page.locator('form.best');
  await form.getByLabel('Tickets').selectOption('2');
  await form.getByRole('button', { name: 'Hold the best seats' }).click();
  await isHeld(page);
  await payWith(page, BAD_CARD);
  await page.getByText('The card was declined.').waitFor();
  await shot('declined');
  await page.getByRole('button', { name: 'Renew the time' }).click();
  await page.getByRole('button', { name: 'Renew the time' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Give the seats back' }).click();
  await page.getByRole('heading', { name: 'You gave the seats back' }).waitFor();
  await shot('released');
  return { declined: true, released: true };
}

const RUNS = [
  ['desk', { viewport: { width: 1280, height: 900 } }, (guest) => buyOnMap(guest, 10)],
  ['desk-dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }, declineAndRelease],
  ['phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }, declineAndRelease],
  ['phone-dark', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2, colorScheme: 'dark' }, (guest) => buyOnMap(guest, 0)],
  ['narrow', { viewport: { width: 360, height: 740 } }, (guest) => buyOnMap(guest, 20)],
];

const results = {};
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath, args: FLAGS });
for (const [name, options, flow] of RUNS) {
  const guest = await visitor(browser, name, options);
  try {
    results[name] = await flow(guest);
  } catch (error) {
    faults.push(`${name}: ${error.message}`);
    await guest.shot('failed').catch(() => {});
  } finally {
    await guest.close();
  }
}
await browser.close();
console.log(JSON.stringify({ ok: faults.length === 0, results, faults }));
process.exitCode = faults.length === 0 ? 0 : 1;
