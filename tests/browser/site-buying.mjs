// Flows of `site.mjs`: every way from an event to a ticket.

import { CARDS, bookingOf, chooseOnMap, heading, holdTicked, nameOf, payWith, reference, tickSeats } from './buying.mjs';

/** From the front page to a ticket and back, without a script; every step is reloaded. */
export async function withoutScripts(visitor, { events }) {
  const { page } = visitor;
  await visitor.open('/');
  await page.getByLabel('Search for events').fill('Test match');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.locator('.hit').first().waitFor();
  await page.reload();
  await visitor.open(`/events/${events.usual}`);
  await visitor.look('event');
  const labels = await tickSeats(page, 2);
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
  for (const label of labels) await mine.getByText(nameOf(label)).waitFor();
  await mine.getByRole('link', { name: 'Cancel the booking' }).click();
  await heading(page, 'Cancel this booking?');
  await page.reload();
  await visitor.look('cancel');
  await page.getByRole('button', { name: 'Yes, cancel it' }).click();
  await heading(page, 'This booking is cancelled');
  await visitor.look('cancelled');
  return bookingOf(page);
}

/** Seats chosen on the map alone, from all in sight to a ticket. */
export async function byMap(visitor, { events }) {
  const { page } = visitor;
  await visitor.open(`/events/${events.arena}`);
  await page.waitForFunction(() => document.querySelector('seat-map')?.states);
  const isPhone = visitor.size.width < 500;
  const [one, other] = isPhone ? ['D-6-10', 'D-6-11'] : ['C-6-10', 'C-6-11'];
  const press = isPhone ? (x, y) => page.touchscreen.tap(x, y) : (x, y) => page.mouse.click(x, y);
  const pitches = await chooseOnMap(page, one, other, press, (step) => visitor.look(`map-${step}`));
  if (pitches.length < 2 || pitches[0] >= 24) visitor.fault('map', `seats could be hit from the start: ${pitches}`);
  await chooseOnMap(page, other, one, press);
  await page.waitForFunction(() => document.querySelector('.seat-basket .lines')?.children.length === 2);
  await visitor.look('map-chosen');
  await holdTicked(page);
  for (const label of [one, other]) await page.locator('.summary').getByText(nameOf(label), { exact: true }).waitFor();
  await payWith(page, CARDS.good);
  await heading(page, 'Your tickets are booked');
  return bookingOf(page);
}

/** From the front page to a ticket by keys alone. */
export async function byKeyboard(visitor, { events }) {
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
  const focused = (name) => page.evaluate(() => document.activeElement.textContent.trim()).then((text) => text === name || visitor.fault('focus', `it is on “${text}”, not on “${name}”`));
  await visitor.open('/');
  await press('Tab');
  await focused('Skip to the content');
  await press('Enter');
  await tabTo('the search', '#term');
  await page.keyboard.type('Test mat', { delay: 20 });
  await press('Enter');
  await page.locator('#results .hit').first().waitFor();
  await tabTo('a hit', `.hit[href*="${events.usual}"]`);
  await press('Enter');
  await page.locator('.seat-list.is-live').waitFor();
  await page.waitForFunction(() => document.querySelector('seat-map')?.states);
  // The list is one press away, and before the map.
  await page.evaluate(() => document.activeElement.blur());
  await press('Tab');
  await focused('Skip to the seats');
  await press('Enter');
  await press('Tab');
  if (!(await page.evaluate(() => document.activeElement.matches('#seats select[name=section]')))) visitor.fault('focus', 'the list is not the first stop of the seats');
  const isBefore = await page.evaluate(() => document.querySelector('#seats').compareDocumentPosition(document.querySelector('seat-map canvas')) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (!isBefore) visitor.fault('focus', 'the map comes before the list');
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

/** On a phone: seats from the list, and given back. */
export async function onAPhone(visitor, { events }) {
  const { page } = visitor;
  await visitor.open('/');
  await page.locator('.hit').first().waitFor();
  await visitor.open(`/events/${events.usual}`);
  await page.locator('.seat-list.is-live').waitFor();
  const labels = await tickSeats(page, 2);
  await holdTicked(page);
  await page.getByRole('button', { name: 'Give the seats back' }).click();
  await heading(page, 'You gave the seats back');
  await visitor.look('released');
  return labels;
}

/** Places without seats. */
export async function onTheFloor(visitor, { events }) {
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

/** Ticks before the scripts know what is free: once before they have the plan, once before the states. */
export async function ticksEarly(visitor, { events }) {
  const { page } = visitor;
  for (const late of ['plan', 'seats/live*']) {
    const waiting = [];
    await page.route(`**/v1/events/*/${late}`, (route) => waiting.push(route));
    await visitor.open(`/events/${events.usual}`);
    await page.locator(late === 'plan' ? '.seat-list' : '.seat-list.is-live').waitFor();
    const box = page.locator('.seat-rows input[name=seats]:not(:disabled)').first();
    const label = await box.getAttribute('value');
    await box.check();
    for (const route of waiting.splice(0)) await route.continue();
    await page.unroute(`**/v1/events/*/${late}`);
    await page.waitForFunction(() => document.querySelector('seat-map')?.states);
    await page.waitForFunction((text) => document.querySelector('seat-map').chosen.join() === text, label);
    if (!(await page.locator(`input[name=seats][value="${label}"]`).isChecked())) throw new Error(`${label} is chosen and not ticked`);
    await page.evaluate(() => sessionStorage.clear());
  }
  // Who holds before the states are there holds what is ticked; and finds nothing chosen on coming back.
  await page.route('**/v1/events/*/seats/live*', () => {});
  await visitor.open(`/events/${events.usual}`);
  await page.locator('.seat-list.is-live').waitFor();
  await tickSeats(page, 1);
  await holdTicked(page);
  const booking = bookingOf(page);
  await page.unroute('**/v1/events/*/seats/live*');
  await page.getByRole('button', { name: /^Give the seats? back$/ }).click();
  await page.getByRole('heading', { name: /^You gave the seats? back$/ }).waitFor();
  await visitor.open(`/events/${events.usual}`);
  await page.waitForFunction(() => document.querySelector('seat-map')?.states);
  await page.waitForFunction(() => document.querySelector('seat-map').chosen.length === 0);
  return booking;
}

/** What is chosen stays chosen: after a reload, after going away and back, beside a second tab. */
export async function keepsTheChoice(visitor, { events }) {
  const { page } = visitor;
  const isChosen = (tab, labels) => tab.waitForFunction((text) => JSON.stringify([...(document.querySelector('seat-map')?.chosen ?? [])].sort()) === text, JSON.stringify([...labels].sort()));
  await visitor.open(`/events/${events.usual}`);
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
