// Uses the site as visitors do, in a real browser. Prints one line of JSON; exits with 1 if anything
// is wrong, be it only a line on the console or a request that leaves the server.
//
//   node site.mjs <base URL> <folder for pictures> <folder of letters> <events as JSON> [flow…]
//
// The events, by what they are for: `usual`, `brief` and `hurried` are on sale with a seating plan;
// holds of the second last 8 seconds, of the third little more than a minute. `floor` has nothing but
// an area, `announced` is not on sale yet, `cancelled` was called off, `closed` is not on sale any
// more. The browser is that in AISLE_TEST_CHROMIUM.

import { mkdir } from 'node:fs/promises';

import { CARDS, heading, holdBest, holdTicked, linkIn, payWith, reference, tickSeats } from './buying.mjs';
import { launch } from './driver.mjs';
import { Visitor } from './visitor.mjs';

const [base, folder, letters, given, ...wanted] = process.argv.slice(2);
if (!given || !process.env.AISLE_TEST_CHROMIUM) {
  console.error('usage: AISLE_TEST_CHROMIUM=<browser> node site.mjs <base URL> <folder for pictures> <folder of letters> <events as JSON> [flow…]');
  process.exit(2);
}
const events = JSON.parse(given);
const { usual: event, brief } = events;

/** Every page that needs nobody in particular. */
async function everyPage(visitor) {
  const bytes = {};
  const pages = { home: '/', search: '/search', found: '/search?term=test&sort=date', nothing: '/search?term=xylophone+quartet', event: `/events/${event}`, floor: `/events/${events.floor}`, announced: `/events/${events.announced}`, closed: `/events/${events.closed}`, cancelled: `/events/${events.cancelled}`, bookings: '/bookings', 'sign-in': '/sign-in', 'sign-up': '/sign-up' };
  for (const [name, address] of Object.entries(pages)) {
    bytes[name] = await visitor.weigh(address);
    await visitor.look(name);
  }
  await visitor.open('/nothing/here', 404);
  await visitor.look('not-found');
  return bytes;
}

/** From the front page to a ticket and back, without a script; every step is reloaded. */
async function withoutScripts(visitor) {
  const { page } = visitor;
  await visitor.open('/');
  await page.getByLabel('Search for events').fill('Test match');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.locator('.hit').first().waitFor();
  await page.reload();
  await visitor.open(`/events/${event}`);
  await visitor.look('event');
  await tickSeats(page, 2);
  await holdTicked(page);
  await page.reload();
  await heading(page, 'Held for you');
  await visitor.look('held');
  await payWith(page, CARDS.good);
  await heading(page, 'Your tickets are booked');
  await page.reload();
  await heading(page, 'Your tickets are booked');
  const paid = await reference(page);
  // Back to the form, and sent again: the same payment, so nothing more is charged.
  await page.goBack();
  const pay = page.getByRole('button', { name: /^Pay / });
  if (await pay.isVisible()) await payWith(page, CARDS.good);
  await heading(page, 'Your tickets are booked');

  await page.getByRole('navigation').getByRole('link', { name: 'My bookings' }).click();
  const mine = page.locator('.mine').filter({ hasText: paid });
  await mine.getByText('Paid', { exact: true }).waitFor();
  await mine.getByRole('link', { name: 'Cancel the booking' }).click();
  await heading(page, 'Cancel this booking?');
  await page.reload();
  await visitor.look('cancel');
  await page.getByRole('button', { name: 'Yes, cancel it' }).click();
  await heading(page, 'This booking is cancelled');
  await visitor.look('cancelled');
  return bookingOf(page);
}

/** The id of the booking that is shown. */
const bookingOf = (page) => new URL(page.url()).pathname.split('/').pop();

/** The best seats, a card that is declined, more time, a slow card. A second tab shows the same. */
async function declinedThenPaid(visitor) {
  const { page } = visitor;
  await visitor.open(`/events/${event}`);
  await holdBest(page);
  await visitor.look('held');
  await payWith(page, '4242');
  await page.getByText('Card number').first().waitFor();
  await payWith(page, CARDS.declined);
  await heading(page, 'Your card was declined');
  await page.reload();
  await heading(page, 'Your card was declined');
  await visitor.look('declined');
  await page.getByRole('button', { name: 'Give me more time' }).click();
  await page.getByText('You have more time.').waitFor();
  const second = await visitor.tab();
  await second.goto(page.url());
  await payWith(page, CARDS.slow);
  // The page that was open elsewhere follows by itself.
  await heading(second, 'Your tickets are booked');
  await heading(page, 'Your tickets are booked');
  await visitor.look('confirmed');
  const booking = bookingOf(page);
  await page.getByRole('navigation').getByRole('link', { name: 'My bookings' }).click();
  await page.locator('.mine').first().waitFor();
  await visitor.look('bookings');
  return booking;
}

/** What is chosen stays chosen: after a reload, after going away and back, beside a second tab. */
async function keepsTheChoice(visitor) {
  const { page } = visitor;
  const isChosen = (tab, labels) => tab.waitForFunction((text) => JSON.stringify([...(document.querySelector('seat-map')?.chosen ?? [])].sort()) === text, JSON.stringify([...labels].sort()));
  await visitor.open(`/events/${event}`);
  await page.locator('.seat-list.is-live').waitFor();
  const labels = await tickSeats(page, 2);
  await isChosen(page, labels);
  await page.reload();
  await isChosen(page, labels);
  await visitor.open('/search');
  await page.goBack();
  await isChosen(page, labels);
  // Another tab makes a choice of its own, and knows what is held.
  const second = await visitor.tab();
  await second.goto(page.url());
  await second.locator('.seat-list.is-live').waitFor();
  await isChosen(second, []);
  await isChosen(page, labels);
  await holdTicked(page);
  await second.goto(new URL('/bookings', page.url()).href);
  await second.locator('.mine').getByRole('link', { name: 'Pay now Test match' }).click();
  await heading(second, 'Held for you');
  await page.goBack();
  await isChosen(page, []);
}

/** A guest leaves an address; its letter leads another browser to the booking, and nobody else. */
async function asAGuest(visitor) {
  const { page } = visitor;
  await visitor.open(`/events/${event}`);
  await holdBest(page, 1);
  await payWith(page, CARDS.good);
  await heading(page, 'Your tickets are booked');
  const [paid, booking] = [await reference(page), bookingOf(page)];
  await page.getByLabel('E-mail').fill('nobody');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  if (!(await page.locator('input[name=email]:invalid').count())) visitor.fault('form', 'any text passes for an address');
  await page.getByLabel('E-mail').fill('guest@example.org');
  await page.getByLabel('Name (optional)').fill('Grace Hopper');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await page.getByText('A link to this booking is on its way to you.').waitFor();
  await visitor.look('contact');
  const link = await linkIn(letters, paid);

  const elsewhere = await visitor.another('guest-elsewhere');
  await elsewhere.open(new URL(link).pathname);
  await heading(elsewhere.page, 'Your tickets are booked');
  if ((await reference(elsewhere.page)) !== paid) visitor.fault('link', 'leads to another booking');
  await elsewhere.leave();

  const stranger = await visitor.another('stranger');
  await stranger.open('/');
  await stranger.page.evaluate(() => fetch('/v1/sessions/guest', { method: 'POST' }));
  await stranger.open(`/bookings/${booking}`, 404);
  await stranger.look('not-theirs');
  await stranger.open('/bookings');
  await stranger.look('no-bookings');
  await stranger.leave();
  return booking;
}

/** Less than a minute is left: more time is offered, once, while there is enough to take it. */
async function inAHurry(visitor) {
  const { page } = visitor;
  await visitor.open(`/events/${events.hurried}`);
  await holdBest(page, 1);
  await page.getByRole('alert').filter({ hasText: 'Less than a minute left. You can take more time once.' }).waitFor();
  const [minutes, seconds] = (await page.getByRole('timer').innerText()).split(':').map(Number);
  if (minutes * 60 + seconds < 20) visitor.fault('warning', `only ${minutes}:${seconds} before the end`);
  await visitor.look('warned');
  await page.getByRole('button', { name: 'Give me more time' }).click();
  await page.getByText('You have more time.').waitFor();
  await page.getByText('The time was extended once; it cannot be extended again.').waitFor();
}

/** Places without seats. */
async function onTheFloor(visitor) {
  const { page } = visitor;
  await visitor.open(`/events/${events.floor}`);
  const form = page.locator('form.seat-areas');
  await form.getByLabel('Tickets').selectOption('3');
  await form.getByRole('button', { name: 'Hold these places' }).click();
  await heading(page, 'Held for you');
  await payWith(page, CARDS.good);
  await heading(page, 'Your tickets are booked');
  return bookingOf(page);
}

/** On a phone: seats from the list, and given back. */
async function onAPhone(visitor) {
  const { page } = visitor;
  await visitor.open('/');
  await page.locator('.hit').first().waitFor();
  await visitor.open(`/events/${event}`);
  await page.locator('.seat-list.is-live').waitFor();
  const labels = await tickSeats(page, 2);
  await holdTicked(page);
  await page.getByRole('button', { name: 'Give the seats back' }).click();
  await heading(page, 'You gave the seats back');
  await visitor.look('released');
  return labels;
}

/** From the front page to a ticket by keys alone. */
async function byKeyboard(visitor) {
  const { page } = visitor;
  const press = (key) => page.keyboard.press(key);
  /** Goes on by Tab until the focus is where it should be. */
  const tabTo = async (what, selector) => {
    for (let n = 0; n < 400; n += 1) {
      await press('Tab');
      if (await page.evaluate((each) => document.activeElement?.matches(each), selector)) return;
    }
    throw new Error(`the focus never comes to ${what}`);
  };
  await visitor.open('/');
  await press('Tab');
  await press('Enter');
  await tabTo('the search', '#term');
  await page.keyboard.type('Test mat', { delay: 20 });
  await press('Enter');
  await page.locator('#results .hit').first().waitFor();
  await tabTo('a hit', `.hit[href*="${event}"]`);
  await press('Enter');
  await page.locator('.seat-list.is-live').waitFor();
  await page.waitForFunction(() => document.querySelector('seat-map')?.states);
  await tabTo('a seat', 'input[name=seats]');
  await press('Space');
  await tabTo('the button', '.seat-choice button.wide');
  await press('Enter');
  await heading(page, 'Held for you');
  await tabTo('the card', 'input[name=number]');
  await page.keyboard.type(CARDS.good);
  await press('Enter');
  await heading(page, 'Your tickets are booked');
}

/** Time that is up: unpaid, and while a payment is on its way. */
async function tooLate(visitor) {
  const { page } = visitor;
  await visitor.open(`/events/${brief}`);
  await holdBest(page, 1);
  await page.getByRole('heading', { level: 1, name: /The time (is|was) up/ }).waitFor();
  await heading(page, 'The time was up');
  await visitor.look('expired');

  await visitor.open(`/events/${brief}`);
  await holdBest(page, 1);
  await payWith(page, CARDS.late);
  await heading(page, 'Payment on its way');
  await page.reload();
  await page.getByRole('heading', { level: 1, name: /Still waiting for your payment|Your payment takes long/ }).waitFor().catch(() => {});
  await visitor.look('paying');
  await heading(page, 'Your tickets are booked');
  await page.getByText('arrived after the time was up').waitFor();
  await visitor.look('confirmed-late');
}

/** An account: made, signed out of, a wrong password, signed in to, and erased. */
async function account(visitor) {
  const { page } = visitor;
  const email = 'ada@example.org';
  const signIn = async (password) => {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await visitor.open('/sign-up?next=/account');
  await page.getByLabel('Name').fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill('a short password');
  await page.getByRole('button', { name: 'Make the account' }).click();
  await heading(page, 'Your account');
  await page.getByText(email).waitFor();
  await visitor.look('account');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Sign in' }).click();
  await signIn('another password');
  await page.getByText('E-mail or password is not right.').waitFor();
  await visitor.look('sign-in-refused');
  await signIn('a short password');
  await page.getByRole('navigation').getByRole('link', { name: 'Ada Lovelace' }).click();
  await heading(page, 'Your account');
  await page.getByText('Erase this account').click();
  await page.getByLabel('Password').fill('a short password');
  await page.getByRole('button', { name: 'Erase it for ever' }).click();
  await page.getByText('Your account is erased.').waitFor();
}

/** Suggestions, and results that follow what is typed. */
async function search(visitor) {
  const { page } = visitor;
  await visitor.open('/search');
  const field = page.getByRole('combobox', { name: 'Search for events' });
  await field.click();
  await page.keyboard.type('Barc', { delay: 30 });
  const options = page.getByRole('option');
  await options.first().waitFor();
  await visitor.look('suggestions');
  await field.click();
  await page.keyboard.press('End');
  await page.keyboard.type('e', { delay: 30 });
  await options.first().waitFor();
  await page.keyboard.press('ArrowDown');
  const taken = await page.locator('[role=option][aria-selected=true]').evaluate((option) => option.dataset.text);
  await page.keyboard.press('Enter');
  await page.waitForFunction((text) => new URL(location.href).searchParams.get('term') === text, taken);
  await page.locator('#how-many').filter({ hasText: taken }).waitFor();
  const facet = page.locator('.facets a').first();
  await facet.click();
  await page.locator('.pill.on').first().waitFor();
  const asked = () => [...new URL(page.url()).searchParams].sort().join('&');
  const before = asked();
  await page.reload();
  await page.locator('.pill.on').first().waitFor();
  if (asked() !== before) visitor.fault('address', `${before} became ${asked()}`);
  return taken;
}

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
  guest: [asAGuest, {}],
  hurry: [inAHurry, {}],
  floor: [onTheFloor, PHONE],
};

const faults = [];
const results = {};
await mkdir(folder, { recursive: true });
const browser = await launch();
for (const [name, [flow, options]] of Object.entries(FLOWS)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const visitor = await Visitor.arrive(browser, { base, folder, faults }, name, options);
  try {
    results[name] = await flow(visitor);
  } catch (error) {
    await visitor.fail(error);
  } finally {
    await visitor.leave();
  }
}
await browser.close();
console.log(JSON.stringify({ ok: faults.length === 0, results, faults }, null, 1));
process.exitCode = faults.length === 0 ? 0 : 1;
