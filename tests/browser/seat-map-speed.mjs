// Measures the seat map in a real browser that draws by software, and prints the figures: the first
// picture after its data, pushing it about, 200 changes of seats. All times are milliseconds until
// the pixels are there. It judges nothing; on a machine with other work look at the shortest.
//
//   node seat-map-speed.mjs <base URL> [event]
//
// Without an event it takes the largest on the first page of the most popular ones. The browser is
// that in AISLE_TEST_CHROMIUM.

import { readFile } from 'node:fs/promises';

import { launch } from './driver.mjs';

const ROUNDS = 100;
/** How far apart seats are, in pixels: all in sight, as dots, as shapes, as far as they are chosen. */
const PITCHES = [0, 5, 9, 14, 28];

const [base, named] = process.argv.slice(2);
if (!base || !process.env.AISLE_TEST_CHROMIUM) {
  console.error('usage: AISLE_TEST_CHROMIUM=<browser> node seat-map-speed.mjs <base URL> [event]');
  process.exit(2);
}

async function text(path) {
  const response = await fetch(base + path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.text();
}

async function largest() {
  const { hits } = JSON.parse(await text('/v1/search?sort=popularity&limit=100'));
  return hits.sort((one, other) => other.capacity - one.capacity)[0].event_id;
}

const event = named ?? (await largest());
const path = `/v1/events/${event}`;
const data = { event: await text(path), plan: await text(`${path}/plan`), seats: await text(`${path}/seats`) };
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
page.on('pageerror', (error) => { throw error; });
const [texts] = /<script type="application\/json" id="texts">.*?<\/script>/s.exec(await text(`/events/${event}/seats`));
// With the words as the page has them: names of sections are as wide as they are for visitors.
const body = (await readFile(new URL('seat-map-speed.html', import.meta.url), 'utf8')).replace('<!-- texts -->', () => texts);
await page.route('**/speed', (route) => route.fulfill({ contentType: 'text/html', body }));
await page.goto(`${base}/speed`);
await page.waitForFunction(() => window.measure);
const results = await page.evaluate(([given, rounds, pitches]) => window.measure(given, rounds, pitches), [data, ROUNDS, PITCHES]);
await browser.close();

const { seats, canvas, first, ...views } = results;
console.log(`${seats} seats on ${canvas.join(' × ')} pixels; milliseconds: shortest, median, 95 %, longest`);
const line = (name, { best, median, p95, max }) => console.log(`${name.padEnd(34)} ${[best, median, p95, max].map((time) => String(time).padStart(7)).join('')}`);
line('first picture after its data', first);
for (const [name, { pan, frames, changes200 }] of Object.entries(views)) {
  line(`pan, ${name}`, pan);
  line(`from frame to frame, ${name}`, frames);
  line(`200 changes, ${name}`, changes200);
}
