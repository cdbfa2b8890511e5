// Measures how soon pages are seen in a real browser that draws by software and has nothing of them
// yet, and what they transfer before the data of a map; prints the figures, medians of five. It
// judges nothing: what a page may weigh is judged by `site.mjs`.
//
//   node page-speed.mjs <base URL> [event]
//
// Without an event it takes the first of the most popular ones. The browser is that in
// AISLE_TEST_CHROMIUM.

import { launch } from './driver.mjs';

const ROUNDS = 5;

const [base, named] = process.argv.slice(2);
if (!base || !process.env.AISLE_TEST_CHROMIUM) {
  console.error('usage: AISLE_TEST_CHROMIUM=<browser> node page-speed.mjs <base URL> [event]');
  process.exit(2);
}

async function popular() {
  const found = await fetch(`${base}/v1/search?sort=popularity&limit=1`);
  if (!found.ok) throw new Error(`/v1/search: ${found.status}`);
  return (await found.json()).hits[0].event_id;
}

/** One visit with an empty cache: milliseconds until something is seen, bytes, requests. */
async function visit(browser, address) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const addresses = new Map();
  let [bytes, requests] = [0, 0];
  session.on('Network.responseReceived', ({ requestId, response }) => addresses.set(requestId, response.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (/\/v1\/events\/.*\/(plan|seats)/.test(addresses.get(requestId) ?? '')) return;
    bytes += encodedDataLength;
    requests += 1;
  });
  await page.goto(base + address, { waitUntil: 'load' });
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length);
  const seen = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
  await page.waitForTimeout(500);
  await context.close();
  return { seen, bytes, requests };
}

const median = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];

const event = named ?? (await popular());
const browser = await launch();
const figures = {};
for (const [name, address] of [['front page', '/'], ['search', '/search'], ['event', `/events/${event}`]]) {
  const visits = [];
  for (let round = 0; round < ROUNDS; round += 1) visits.push(await visit(browser, address));
  const of = (key) => Math.round(median(visits.map((each) => each[key])));
  figures[name] = { 'first contentful paint, ms': of('seen'), 'least, ms': Math.round(Math.min(...visits.map(({ seen }) => seen))), bytes: of('bytes'), requests: of('requests') };
}
await browser.close();
console.table(figures);
