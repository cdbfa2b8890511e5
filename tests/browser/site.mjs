// Uses the site as visitors do, in a real browser. Prints one line of JSON; exits with 1 if anything
// is wrong, be it only a line on the console or a request that leaves the server.
//
//   node site.mjs <base URL> <folder for pictures> <folder of letters> <events as JSON> [flow…]
//
// The events, by what they are for: `usual`, `brief` and `hurried` are on sale with a seating plan;
// holds of the second last 8 seconds, of the third little more than a minute. `arena` has six sections
// of which no seat can be hit before one has moved closer. `floor` has nothing but an area, `announced`
// is not on sale yet, `paused` not for the moment, `closed` not any more, `cancelled` was called off,
// `taken` is sold out, `undated` has a day and no time. The browser is that in AISLE_TEST_CHROMIUM.

import { mkdir } from 'node:fs/promises';

import { launch } from './driver.mjs';
import { openDoor } from './seat-map-page.mjs';
import { byKeyboard, byMap, keepsTheChoice, onAPhone, onTheFloor, ticksEarly, withoutScripts } from './site-buying.mjs';
import { everyPage, search, timeOfTheReader } from './site-pages.mjs';
import { answerLost, cameTooLate, declinedThenPaid, inAHurry, patiently, regretted, tooLate } from './site-paying.mjs';
import { account, asAGuest } from './site-people.mjs';
import { Visitor } from './visitor.mjs';

const [base, folder, letters, given, ...wanted] = process.argv.slice(2);
if (!given || !process.env.AISLE_TEST_CHROMIUM) {
  console.error('usage: AISLE_TEST_CHROMIUM=<browser> node site.mjs <base URL> <folder for pictures> <folder of letters> <events as JSON> [flow…]');
  process.exit(2);
}
const events = JSON.parse(given);

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const FLOWS = {
  pages: [everyPage, {}],
  'no-script': [withoutScripts, { javaScriptEnabled: false }],
  desk: [declinedThenPaid, {}],
  phone: [onAPhone, PHONE],
  keyboard: [byKeyboard, {}],
  late: [tooLate, {}],
  search: [search, {}],
  account: [account, {}],
  choice: [keepsTheChoice, {}],
  early: [ticksEarly, {}],
  guest: [asAGuest, {}],
  hurry: [inAHurry, {}],
  floor: [onTheFloor, PHONE],
  map: [byMap, {}],
  'map-phone': [byMap, PHONE],
  regret: [regretted, {}],
  patience: [patiently, {}],
  gone: [cameTooLate, {}],
  lost: [answerLost, { javaScriptEnabled: false }],
  reader: [timeOfTheReader, {}],
};
/** Flows that go by a door which loses answers. */
const LOSSY = ['lost'];

const faults = [];
const results = {};
await mkdir(folder, { recursive: true });
const browser = await launch();
const lossy = await openDoor(base, { real: true });
for (const [name, [flow, options]] of Object.entries(FLOWS)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const visitor = await Visitor.arrive(browser, { base: LOSSY.includes(name) ? lossy.url : base, folder, faults }, name, options);
  try {
    results[name] = await flow(visitor, { events, letters, lossy });
  } catch (error) {
    await visitor.fail(error);
  } finally {
    await visitor.leave();
  }
}
await browser.close();
lossy.close();
console.log(JSON.stringify({ ok: faults.length === 0, results, faults }, null, 1));
process.exitCode = faults.length === 0 ? 0 : 1;
