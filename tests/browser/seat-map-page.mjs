// A page with nothing but the seat map and its list, for tests of these two: what surrounds them on
// the page of an event, and where a hold leads, are stood in for. The map's files, the list and all
// that they ask are the server's.

import http from 'node:http';
import path from 'node:path';

import { PATIENCE } from './driver.mjs';

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export const DESK = { viewport: { width: 1280, height: 900 } };
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
export const DARK = { colorScheme: 'dark' };

/**
 * A door in front of the server: the page of an event and of a booking are stood in for unless they are
 * to be the `real` ones, all else goes through. It can be cut: connections break, and no new ones are
 * made. It can be deaf: bookings are made and paid, but the answers are lost.
 */
export async function openDoor(base, { real = false } = {}) {
  const state = { isCut: false, isDeaf: false };
  const door = http.createServer((request, response) => {
    const { pathname, search } = new URL(request.url, base);
    const event = !real && /^\/events\/([^/]+)$/.exec(pathname)?.[1];
    if (event) return standIn(request, response, base, event, search);
    if (!real && pathname.startsWith('/bookings/')) return html(response, '<h1>Held for you</h1>');
    const isLost = state.isDeaf && /\/(bookings|payment)$/.test(pathname) && request.method === 'POST';
    return passOn(request, response, base, isLost);
  });
  door.on('connection', (socket) => state.isCut && socket.destroy());
  await new Promise((resolve) => { door.listen(0, '127.0.0.1', resolve); });
  const cut = () => { state.isCut = true; door.closeAllConnections(); };
  return { url: `http://127.0.0.1:${door.address().port}`, cut, deafen: () => { state.isDeaf = true; }, mend: () => { Object.assign(state, { isCut: false, isDeaf: false }); }, close: () => { cut(); door.close(); } };
}

/** A visitor on the page of an event; every fault is noted. `options` are those of a browser context. */
export async function visit(browser, door, event, options, faults) {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on('console', (message) => message.type() === 'error' && !isExpected(message.text()) && faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  await page.goto(`${door.url}/events/${event}`);
  if (options.javaScriptEnabled !== false) await page.waitForFunction(() => document.querySelector('seat-map')?.states);
  return page;
}

export function ensure(isRight, what) {
  if (!isRight) throw new Error(what);
}

/** The id of the booking that a hold has led to. */
export async function held(page) {
  await page.waitForURL(/\/bookings\/[0-9a-f-]{36}/);
  await page.getByRole('heading', { name: 'Held for you' }).waitFor();
  return new URL(page.url()).pathname.split('/').pop();
}

/** Takes a picture of the whole page; it must not be wider than the screen. */
export async function shot(page, folder, name, faults) {
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (wide > room) faults.push(`${name} is ${wide} pixels wide on a screen of ${room}`);
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}

/** Clicks a seat on the map, close enough to be hit. */
export async function clickSeat(page, label, press = (x, y) => page.mouse.click(x, y)) {
  await page.locator('.map-stage').scrollIntoViewIfNeeded();
  const point = await page.evaluate((each) => {
    const map = document.querySelector('seat-map');
    map.showSeat(each);
    return map.seatPoint(each);
  }, label);
  await press(point.x, point.y);
}

/** Waits until exactly these seats are chosen. */
export async function isChosen(page, labels) {
  const wanted = JSON.stringify([...labels].sort());
  await page.waitForFunction((text) => JSON.stringify([...document.querySelector('seat-map').chosen].sort()) === text, wanted);
}

async function standIn(request, response, base, event, search) {
  const headers = { Accept: 'text/html', cookie: request.headers.cookie ?? '' };
  const list = await fetch(`${base}/events/${event}/seats${search}`, { headers });
  html(response, `<h1>An event</h1><seat-map event="${event}"></seat-map><section id="seats" aria-label="Seats">${await list.text()}</section>`);
}

function passOn(request, response, base, isLost) {
  const { hostname, port } = new URL(base);
  const { method, headers } = request;
  const onward = http.request({ hostname, port, path: request.url, method, headers }, (answer) => {
    if (isLost) return response.destroy();
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

function html(response, body) {
  const head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Seats</title><link rel="icon" href="/assets/now/icon.svg">';
  const files = '<link rel="stylesheet" href="/assets/now/base.css"><link rel="stylesheet" href="/assets/now/seat-map.css"><script type="module" src="/assets/now/seat-map.js"></script>';
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-store' });
  response.end(`<!doctype html><html lang="en"><head>${head}${files}</head><body><main class="wrap">${body}</main></body></html>`);
}

/** A refused hold, and connections that are cut, are told on the console by the browser itself. */
function isExpected(text) {
  return /status of 409|net::ERR_/.test(text);
}
