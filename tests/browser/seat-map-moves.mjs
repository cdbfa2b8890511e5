// What moves the map and what is told of it: keys, buttons, wheel, pointers and fingers, the tip, the
// legend, the filter, what is spoken. Scenarios of `seat-map.mjs`, each with an event of its own.

import { DESK, PHONE, clickSeat, ensure, held, isChosen, visit } from './seat-map-page.mjs';

const FREE = 'free', HELD = 'held by somebody, may come back', SOLD = 'sold';

/** Where the map stands: where a seat is on the canvas, and how far its neighbour. */
const stand = (page) => page.evaluate(() => {
  const map = document.querySelector('seat-map');
  const [one, other] = ['Stalls-1-1', 'Stalls-1-2'].map((label) => map.seatPoint(label));
  const box = map.querySelector('canvas').getBoundingClientRect();
  return { x: one.x - box.left, y: one.y - box.top, pitch: other.x - one.x, width: box.width, height: box.height };
});

const pointOf = (page, label) => page.evaluate((each) => document.querySelector('seat-map').seatPoint(each), label);
const spoken = (page, what) => page.locator('.seat-news [role=status]').filter({ hasText: what }).waitFor({ state: 'attached' });
const isNear = (one, other) => Math.abs(one - other) < 1;

/** Every key, button and move of the mouse does what it says; Enter chooses the seat in the middle. */
export async function byEveryMove(browser, door, event, faults) {
  const page = await visit(browser, door, event, DESK, faults);
  const canvas = page.locator('seat-map canvas');
  await canvas.focus();
  const whole = await stand(page);
  /** Does something, and says where the map stands before and after. */
  const around = async (act) => [await stand(page), await act(), await stand(page)];
  const key = (name) => around(() => page.keyboard.press(name));
  const zooms = ([before, , after], factor, what) => ensure(isNear(after.pitch, before.pitch * factor), `${what} zooms from ${before.pitch} to ${after.pitch}`);
  const pans = ([before, , after], dx, dy, what) => ensure(isNear(after.x - before.x, dx) && isNear(after.y - before.y, dy) && isNear(after.pitch, before.pitch), `${what} moves by ${after.x - before.x}, ${after.y - before.y}`);

  zooms(await key('+'), 1.4, 'plus');
  for (const [name, dx, dy] of [['ArrowLeft', 60, 0], ['ArrowRight', -60, 0], ['ArrowUp', 0, 60], ['ArrowDown', 0, -60]]) pans(await key(name), dx, dy, name);
  zooms(await key('-'), 1 / 1.4, 'minus');
  await page.keyboard.press('+');
  await page.keyboard.press('0');
  const again = await stand(page);
  ensure(isNear(again.x, whole.x) && isNear(again.pitch, whole.pitch), '0 does not show everything');

  const button = (name) => around(() => page.getByRole('button', { name, exact: true }).click());
  zooms(await button('Zoom in'), Math.min(1.6, 64 / whole.pitch), 'the button to zoom in');
  await button('Show everything');
  ensure(isNear((await stand(page)).pitch, whole.pitch), 'the button does not show everything');

  // What is below the pointer stays there.
  const { x, y } = await pointOf(page, 'Stalls-2-3');
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -100);
  await page.waitForFunction((before) => { const [one, other] = ['Stalls-1-1', 'Stalls-1-2'].map((each) => document.querySelector('seat-map').seatPoint(each)); return other.x - one.x > before * 1.1; }, whole.pitch);
  const below = await pointOf(page, 'Stalls-2-3');
  ensure(isNear(below.x, x) && isNear(below.y, y), 'the wheel moves what is below the pointer');

  pans(await around(() => drag(page, { x, y }, 40, -30)), 40, -30, 'dragging');
  await isChosen(page, []);

  await tells(page);
  return chooseInTheMiddle(page, canvas);
}

/** Presses, moves and lets go. */
async function drag(page, { x, y }, dx, dy) {
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx / 2, y + dy / 2);
  await page.mouse.move(x + dx, y + dy);
  await page.mouse.up();
}

/** The tip, the legend and the filter say what there is. */
async function tells(page) {
  const { x, y } = await pointOf(page, 'Balcony-2-3');
  await page.mouse.move(x, y);
  const tip = page.locator('.map-tip');
  await tip.waitFor();
  const [name, facts, state] = await tip.locator('> *').allInnerTexts();
  ensure(name === 'Balcony, row 2, seat 3' && facts === 'Balcony · €26.50' && state === FREE, `the tip says ${name}; ${facts}; ${state}`);
  const legend = await page.getByRole('list', { name: 'Legend of the map' }).getByRole('listitem').allInnerTexts();
  const wanted = ['Stalls €46.50', 'Balcony €26.50', 'Wheelchair €21.50', 'your choice', 'held, may come back', 'sold'];
  ensure(JSON.stringify(legend.map((each) => each.trim())) === JSON.stringify(wanted), `the legend is ${legend}`);

  await page.mouse.move(0, 0);
  const before = [await inkOf(page, 'Stalls-4-5'), await inkOf(page, 'Stalls-3-5')];
  const accessible = page.getByRole('group', { name: 'Show on the map' }).getByLabel('Accessible places');
  await accessible.check();
  await page.getByText('10 seats match').waitFor();
  await page.evaluate(() => new Promise(requestAnimationFrame));
  const after = [await inkOf(page, 'Stalls-4-5'), await inkOf(page, 'Stalls-3-5')];
  ensure(differ(before[0].tones, after[0].tones) < 0.05, 'accessible places do not stay as they are');
  ensure(differ(before[1].tones, after[1].tones) > 0.3, 'other places do not fade');
  await accessible.uncheck();
}

/** Brings a seat to the middle and chooses it by Enter; all of it is spoken. */
async function chooseInTheMiddle(page, canvas) {
  const { width, height } = await stand(page);
  const box = await canvas.boundingBox();
  const seat = await pointOf(page, 'Stalls-2-5');
  await drag(page, seat, box.x + width / 2 - seat.x, box.y + height / 2 - seat.y);
  await canvas.focus();
  await page.keyboard.press('Enter');
  await isChosen(page, ['Stalls-2-5']);
  await spoken(page, 'Stalls, row 2, seat 5 chosen. 1 ticket, €46.50.');
  await page.keyboard.press('Enter');
  await spoken(page, 'Stalls, row 2, seat 5 no longer chosen. 0 tickets, €0.00.');
  await page.keyboard.press('Enter');
  const { pitch } = await stand(page);
  for (let moved = 0; moved < pitch; moved += 60) await page.keyboard.press('ArrowRight');
  await spoken(page, ': free, Stalls, €46.50');
  await page.getByRole('button', { name: 'Hold these seats' }).click();
  return held(page);
}

/** Two fingers zoom, one pushes what is zoomed in; neither chooses. */
export async function byPinch(browser, door, event, faults) {
  const page = await visit(browser, door, event, PHONE, faults);
  await page.locator('.map-stage').scrollIntoViewIfNeeded();
  const session = await page.context().newCDPSession(page);
  const touch = (type, ...points) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const box = await page.locator('seat-map canvas').boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const before = await stand(page);
  await touch('touchStart', [x - 40, y], [x + 40, y]);
  for (const apart of [50, 60, 70, 80]) await touch('touchMove', [x - apart, y], [x + apart, y]);
  await touch('touchEnd');
  const closer = await stand(page);
  ensure(Math.abs(closer.pitch / before.pitch - 2) < 0.2, `two fingers zoom from ${before.pitch} to ${closer.pitch}`);
  await touch('touchStart', [x, y]);
  for (const far of [10, 20, 30, 40]) await touch('touchMove', [x + far, y + far / 2]);
  await touch('touchEnd');
  const pushed = await stand(page);
  ensure(pushed.x - closer.x > 20 && pushed.y - closer.y > 5 && isNear(pushed.pitch, closer.pitch), `one finger pushes by ${pushed.x - closer.x}, ${pushed.y - closer.y}`);
  await isChosen(page, []);
  for (const label of ['Balcony-3-5', 'Balcony-3-6']) await clickSeat(page, label, (...at) => page.touchscreen.tap(...at));
  await page.getByRole('button', { name: 'Hold these seats' }).tap();
  return held(page);
}

/** Free, held and sold differ by shape, and in words; who watches is shown each change. */
export async function byLook(browser, door, event, faults) {
  const page = await visit(browser, door, event, DESK, faults);
  const booking = await page.evaluate(takeSome, event);
  const states = { 'Stalls-1-9': FREE, 'Stalls-1-1': HELD, 'Stalls-2-1': SOLD };
  await page.waitForFunction(() => document.querySelector('seat-map').states.includes(2));
  await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
  const inks = [];
  for (const [label, state] of Object.entries(states)) {
    inks.push([state, await inkOf(page, label)]);
    const { x, y } = await pointOf(page, label);
    await page.mouse.move(x, y);
    await page.locator('.map-tip').getByText(state, { exact: true }).waitFor();
    await page.mouse.move(0, 0);
  }
  for (const [at, [state, ink]] of inks.entries()) {
    for (const [other, beside] of inks.slice(at + 1)) ensure(differ(ink.shape, beside.shape) > 0.15, `“${state}” has the shape of “${other}”`);
  }
  await clickSeat(page, 'Stalls-1-1');
  await spoken(page, `Stalls, row 1, seat 1: ${HELD}, Stalls, €46.50`);
  await isChosen(page, []);
  return booking;
}

/** In the page of somebody: holds two seats, which stay held, and buys two more. */
async function takeSome(event) {
  await fetch('/v1/sessions/guest', { method: 'POST' });
  const post = async (path, key, body) => {
    const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key }, body: JSON.stringify(body) });
    return (await answer.json()).booking_id;
  };
  const path = `/v1/events/${event}/bookings`;
  const held = await post(path, 'held', { seats: ['Stalls-1-1', 'Stalls-1-2'] });
  const sold = await post(path, 'sold', { seats: ['Stalls-2-1', 'Stalls-2-2'] });
  await post(`/v1/bookings/${sold}/payment`, 'paid', { card: { number: '4242 4242 4242 4242' } });
  return held;
}

/** How a seat is drawn: the tone of each pixel around it, and which of them are not the ground. */
function inkOf(page, label) {
  return page.evaluate((each) => {
    const map = document.querySelector('seat-map');
    const canvas = map.querySelector('canvas');
    const [box, at, beside] = [canvas.getBoundingClientRect(), map.seatPoint(each), map.seatPoint(each.replace(/\d+$/, (seat) => Number(seat) + 1))];
    const [scale, reach] = [canvas.width / box.width, (beside.x - at.x) * 0.45];
    const side = Math.round(2 * reach * scale);
    const { data } = canvas.getContext('2d').getImageData(Math.round((at.x - box.left - reach) * scale), Math.round((at.y - box.top - reach) * scale), side, side);
    const tones = Array.from({ length: side * side }, (_, pixel) => data[4 * pixel] + data[4 * pixel + 1] + data[4 * pixel + 2]);
    // The corner is ground.
    return { tones, shape: tones.map((tone) => (Math.abs(tone - tones[0]) > 90 ? 1 : 0)) };
  }, label);
}

/** Which part of two pictures of seats is different. */
function differ(one, other) {
  return one.filter((value, at) => Math.abs(value - other[at]) > (value > 1 || other[at] > 1 ? 60 : 0)).length / one.length;
}
