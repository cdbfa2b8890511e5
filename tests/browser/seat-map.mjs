// Chooses and holds seats as visitors do, in a real browser: by map, by list, by keyboard alone,
// without JavaScript, by touch; when somebody else is faster; when the network is cut. Prints one
// line of JSON with the bookings made; exits with 1 if anything is wrong.
//
//   node seat-map.mjs <base URL> <folder for screenshots> <event>...
//
// There is one event for each scenario below, in their order: on sale, of the sections `Stalls` and
// `Balcony`, with rows 1 to 4 of 10 seats; row 4 of the stalls is kept accessible; and with an area
// `Floor`. The browser is that in AISLE_TEST_CHROMIUM.

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { launch, PATIENCE } from './driver.mjs';
import { byEveryMove, byLook, byPinch } from './seat-map-moves.mjs';
import { DARK, DESK, PHONE, clickSeat, ensure, held, isChosen, openDoor, shot, visit } from './seat-map-page.mjs';

const [base, folder, ...events] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const faults = [];
const browser = await launch();
const door = await openDoor(base);

/** No serious fault for those who use other senses. */
async function isAccessible(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const { id, impact, nodes } of violations) {
    if (['serious', 'critical'].includes(impact)) faults.push(`${name}: axe: ${id}: ${nodes[0].html}`);
  }
}

const box = (page, label) => page.locator(`input[name=seats][value="${label}"]`);
const holdButton = (page) => page.getByRole('button', { name: 'Hold these seats' });

/** Two seats by mouse; they are ticked in the list as well, and a reload keeps them. */
async function byMap(event) {
  const page = await visit(browser, door, event, DESK, faults);
  await shot(page, folder, 'desk', faults);
  await isAccessible(page, 'desk');
  await page.mouse.move(400, 400);
  await page.mouse.wheel(0, -400);
  for (const label of ['Balcony-2-3', 'Balcony-2-4']) await clickSeat(page, label);
  await isChosen(page, ['Balcony-2-3', 'Balcony-2-4']);
  await box(page, 'Balcony-2-3').waitFor({ state: 'attached' });
  await page.waitForFunction(() => document.querySelectorAll('input[name=seats]:checked').length === 2);
  await shot(page, folder, 'desk-chosen', faults);
  await page.reload();
  await isChosen(page, ['Balcony-2-3', 'Balcony-2-4']);
  await holdButton(page).click();
  return held(page);
}

/** A section, a row, a seat from the list; the map takes part. */
async function byList(event) {
  const page = await visit(browser, door, event, { ...DESK, ...DARK }, faults);
  await page.getByRole('combobox', { name: 'Section' }).selectOption({ index: 1 });
  await box(page, 'Balcony-1-1').check({ force: true });
  await isChosen(page, ['Balcony-1-1']);
  await shot(page, folder, 'desk-dark', faults);
  await isAccessible(page, 'desk-dark');
  await page.getByRole('button', { name: 'Remove Balcony, row 1, seat 1' }).click();
  await isChosen(page, []);
  await page.getByRole('combobox', { name: 'Section' }).selectOption({ index: 0 });
  await box(page, 'Stalls-4-1').check({ force: true });
  await page.getByLabel('One of us needs an accessible place').check();
  await holdButton(page).click();
  return held(page);
}

/** No pointer at all: the list is the first stop, the map takes its keys. */
async function byKeyboard(event) {
  const page = await visit(browser, door, event, DESK, faults);
  const focused = () => page.evaluate(() => document.activeElement.name || document.activeElement.tagName.toLowerCase());
  await page.keyboard.press('Tab');
  ensure((await focused()) === 'section', `the first stop is ${await focused()}`);
  await tabTo(page, 'input[name=seats]');
  await page.keyboard.press('Space');
  await isChosen(page, ['Stalls-1-1']);
  for (const key of ['ArrowDown', 'ArrowRight', 'ArrowUp', 'Space']) await page.keyboard.press(key);
  await isChosen(page, ['Stalls-1-1', 'Stalls-1-2']);
  await tabTo(page, 'seat-map canvas');
  const before = await page.evaluate(() => document.querySelector('seat-map').seatPoint('Stalls-1-1'));
  for (const key of ['+', 'ArrowRight', 'ArrowDown', '-', '0']) await page.keyboard.press(key);
  const after = await page.evaluate(() => document.querySelector('seat-map').seatPoint('Stalls-1-1'));
  ensure(Math.hypot(after.x - before.x, after.y - before.y) < 1, '0 does not show everything again');
  await tabTo(page, '.seat-basket button.wide', 'Shift+Tab');
  await page.keyboard.press('Enter');
  return held(page);
}

async function tabTo(page, selector, key = 'Tab') {
  for (let step = 0; step < 200; step += 1) {
    if (await page.evaluate((each) => document.activeElement.matches(each), selector)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`no way to ${selector} by ${key}`);
}

/** Plain forms: another section, a seat that is gone meanwhile, and one that is not. */
async function withoutScripts(event) {
  const page = await visit(browser, door, event, { ...DESK, javaScriptEnabled: false }, faults);
  await page.getByRole('combobox', { name: 'Section' }).selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Show' }).click();
  await box(page, 'Balcony-3-5').check({ force: true });
  await shot(page, folder, 'plain', faults);

  const other = await visit(browser, door, event, DESK, faults);
  await clickSeat(other, 'Balcony-3-5');
  await holdButton(other).click();
  await held(other);

  await holdButton(page).click();
  await page.getByRole('alert').filter({ hasText: 'Somebody just took Balcony, row 3, seat 5' }).waitFor();
  await shot(page, folder, 'plain-taken', faults);
  await box(page, 'Balcony-3-7').check({ force: true });
  await holdButton(page).click();
  return held(page);
}

/** A phone: a tap moves closer until seats can be hit. */
async function byTouch(event) {
  const page = await visit(browser, door, event, PHONE, faults);
  await shot(page, folder, 'phone', faults);
  await isAccessible(page, 'phone');
  const tap = (x, y) => page.touchscreen.tap(x, y);
  await clickSeat(page, 'Stalls-2-2', tap);
  await clickSeat(page, 'Stalls-2-3', tap);
  await isChosen(page, ['Stalls-2-2', 'Stalls-2-3']);
  await shot(page, folder, 'phone-chosen', faults);
  const size = await box(page, 'Stalls-2-2').boundingBox();
  ensure(size.width >= 24 && size.height >= 24, `seats of the list are ${size.width} by ${size.height} pixels`);
  await holdButton(page).tap();
  return held(page);
}

/** The best that are left, of what is looked for on the map. */
async function best(event) {
  const page = await visit(browser, door, event, DESK, faults);
  await page.getByRole('combobox', { name: 'Together' }).selectOption('3');
  await page.getByRole('combobox', { name: 'Price' }).selectOption({ label: 'Up to €26.50' });
  await page.getByText('seats match', { exact: false }).first().waitFor();
  await shot(page, folder, 'filter', faults);
  await page.getByRole('button', { name: 'Take the best 3' }).click();
  return held(page);
}

/** Places without a seat. */
async function area(event) {
  const page = await visit(browser, door, event, DESK, faults);
  const form = page.locator('form.seat-areas');
  await form.getByLabel('Tickets').selectOption('2');
  await form.getByLabel('Area').selectOption('Floor');
  await form.getByRole('button', { name: 'Hold these places' }).click();
  return held(page);
}

/** Two want the same pair: one is told at once, is offered the nearest pair, and takes it. */
async function fight(event) {
  const [one, other] = [await visit(browser, door, event, DESK, faults), await visit(browser, door, event, DESK, faults)];
  const third = await visit(browser, door, event, PHONE, faults);
  await clickSeat(third, 'Stalls-1-5', (x, y) => third.touchscreen.tap(x, y));
  for (const page of [one, other]) for (const label of ['Stalls-1-5', 'Stalls-1-6']) await clickSeat(page, label);
  await holdButton(one).click();
  await held(one);
  await other.getByRole('alert').getByText('Somebody just took Stalls, row 1, seat 5; Stalls, row 1, seat 6').waitFor();
  await isChosen(other, []);
  await shot(other, folder, 'taken', faults);
  await third.getByRole('alert').getByText('Somebody just took Stalls, row 1, seat 5').waitFor();
  await third.getByText('The nearest like it: Stalls, row 1, seat 4.').waitFor();
  await shot(third, folder, 'phone-taken', faults);
  await other.getByRole('button', { name: 'Take these instead' }).click();
  await isChosen(other, ['Stalls-2-5', 'Stalls-2-6']);
  await holdButton(other).click();
  return held(other);
}

/** Two press at the very same moment for one seat: one has it, the other is told. */
async function atOnce(event) {
  const pages = [await visit(browser, door, event, DESK, faults), await visit(browser, door, event, DESK, faults)];
  // Neither request goes out before both are there.
  let waiting = [];
  const together = (route) => {
    waiting.push(route);
    if (waiting.length === pages.length) for (const each of waiting) each.continue();
  };
  for (const page of pages) {
    await clickSeat(page, 'Balcony-2-5');
    await page.route(`**/v1/events/${event}/bookings`, together);
  }
  const answered = pages.map((page) => page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.url().endsWith(`/${event}/bookings`)));
  await Promise.all(pages.map((page) => holdButton(page).click()));
  const statuses = (await Promise.all(answered)).map((answer) => answer.status());
  ensure([...statuses].sort().join() === '201,409', `both are answered ${statuses}`);
  const [winner, loser] = statuses[0] === 201 ? pages : [...pages].reverse();
  await loser.getByRole('alert').getByText('Somebody just took Balcony, row 2, seat 5').waitFor();
  await isChosen(loser, []);
  return held(winner);
}

/** Who has not heard of it yet is refused in place, and keeps the rest of the choice. */
async function refusedInPlace(event) {
  const states = await (await fetch(`${base}/v1/events/${event}/seats`)).json();
  const page = await visit(browser, door, event, DESK, faults);
  await page.route('**/seats/live*', (route) => route.fulfill({ contentType: 'text/event-stream', body: `event: snapshot\ndata: ${JSON.stringify(states)}\n\n` }));
  await page.reload();
  await page.waitForFunction(() => document.querySelector('seat-map')?.states);
  for (const label of ['Stalls-3-1', 'Stalls-3-8']) await clickSeat(page, label);

  const other = await visit(browser, door, event, DESK, faults);
  await clickSeat(other, 'Stalls-3-8');
  await holdButton(other).click();
  await held(other);

  await holdButton(page).click();
  await page.getByRole('alert').getByText('Somebody just took Stalls, row 3, seat 8').waitFor();
  await isChosen(page, ['Stalls-3-1']);
  await holdButton(page).click();
  return held(page);
}

/** The answer to a hold is lost, and then the page: asking again holds nothing twice. */
async function unanswered(event) {
  const weak = await openDoor(base);
  const page = await visit(browser, weak, event, DESK, faults);
  await clickSeat(page, 'Balcony-1-9');
  weak.deafen();
  await holdButton(page).click();
  await page.getByRole('alert').getByText('No answer from the server.').waitFor();
  await shot(page, folder, 'unanswered', faults);
  weak.mend();
  await page.reload();
  await isChosen(page, ['Balcony-1-9']);
  await page.getByRole('alert').getByText('Your last request was not answered.').waitFor();
  await page.getByRole('button', { name: 'Ask again' }).click();
  const booking = await held(page);
  weak.close();
  return booking;
}

/** The network goes and comes back while others buy: then the map is the server's again. */
async function cutOff(event) {
  const weak = await openDoor(base);
  const page = await visit(browser, weak, event, DESK, faults);
  const buyer = await visit(browser, door, event, DESK, faults);
  await clickSeat(page, 'Balcony-4-4');
  weak.cut();
  await clickSeat(buyer, 'Balcony-4-4');
  await clickSeat(buyer, 'Balcony-4-5');
  await holdButton(buyer).click();
  const booking = await held(buyer);
  weak.mend();
  await page.getByRole('alert').getByText('Somebody just took Balcony, row 4, seat 4').waitFor();
  const { states, count } = await (await fetch(`${base}/v1/events/${event}/seats`)).json();
  const bytes = Buffer.from(states, 'base64');
  const wanted = Array.from({ length: count }, (_, at) => (bytes[at >> 2] >> (2 * (at & 3))) & 3).join('');
  await page.waitForFunction((text) => document.querySelector('seat-map').states.join('') === text, wanted);
  weak.close();
  return booking;
}

const bookings = {};
await mkdir(folder, { recursive: true });
const scenarios = [byMap, byList, byKeyboard, withoutScripts, byTouch, best, area, fight, refusedInPlace, unanswered, cutOff, atOnce, byEveryMove, byPinch, byLook];
for (const [at, scenario] of scenarios.entries()) {
  const late = new Promise((_, fail) => { setTimeout(() => fail(new Error('took too long')), 3 * PATIENCE).unref(); });
  try {
    bookings[scenario.name] = await Promise.race([scenario.length > 1 ? scenario(browser, door, events[at], faults) : scenario(events[at]), late]);
  } catch (error) {
    faults.push(`${scenario.name}: ${error.message}`);
    const pages = browser.contexts().flatMap((context) => context.pages());
    for (const [number, page] of pages.entries()) await page.screenshot({ path: `${folder}/failed-${scenario.name}-${number}.png` }).catch(() => {});
  } finally {
    for (const context of browser.contexts()) await context.close();
  }
}
await browser.close();
door.close();
console.log(JSON.stringify({ bookings, faults }));
process.exitCode = faults.length === 0 ? 0 : 1;
