// Flows of `site.mjs`: what becomes of a hold and of its payment, in time and late.

import { CARDS, bookingOf, heading, holdBest, holdTicked, payWith, tickSeats } from './buying.mjs';

/** The best seats, a card that is declined, more time, a slow card. A second tab shows the same. */
export async function declinedThenPaid(visitor, { events }) {
  const { page } = visitor;
  await visitor.open(`/events/${events.usual}`);
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

/** Paid, regretted, and given back. */
export async function regretted(visitor, { events }) {
  const { page } = visitor;
  await visitor.open(`/events/${events.usual}`);
  await holdBest(page);
  await payWith(page, CARDS.good);
  await heading(page, 'Your tickets are booked');
  const booking = bookingOf(page);
  await page.getByRole('link', { name: 'Cancel the booking' }).click();
  await heading(page, 'Cancel this booking?');
  await visitor.look('question');
  await page.getByRole('link', { name: 'Keep it' }).click();
  await heading(page, 'Your tickets are booked');
  await page.getByRole('link', { name: 'Cancel the booking' }).click();
  await page.getByRole('button', { name: 'Yes, cancel it' }).click();
  await heading(page, 'This booking is cancelled');
  // The page follows the money.
  await page.getByText('was sent back to your card').waitFor();
  await visitor.look('cancelled');
  return booking;
}

/** A payment that takes long while there is time: its page says so, and goes on by itself. */
export async function patiently(visitor, { events }) {
  const { page } = visitor;
  await visitor.open(`/events/${events.usual}`);
  await holdBest(page, 1);
  await payWith(page, CARDS.late);
  await heading(page, 'Payment on its way');
  await visitor.look('on-its-way');
  await heading(page, 'Still waiting for your payment');
  await visitor.look('slow');
  await heading(page, 'Your tickets are booked');
  return bookingOf(page);
}

/** The answer to a payment is lost; it is sent again from another tab. */
export async function answerLost(visitor, { events, lossy }) {
  const { page } = visitor;
  await visitor.open(`/events/${events.usual}`);
  await holdBest(page, 1);
  const booking = bookingOf(page);
  const second = await visitor.tab();
  await second.goto(page.url());
  await page.getByLabel('Card number').fill(CARDS.good);
  lossy.deafen();
  const lost = page.waitForEvent('requestfailed');
  await page.getByRole('button', { name: /^Pay / }).click();
  await lost;
  lossy.mend();
  await payWith(second, CARDS.good);
  await heading(second, 'Your tickets are booked');
  return booking;
}

/** Less than a minute is left: more time is offered, once, while there is enough to take it. */
export async function inAHurry(visitor, { events }) {
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

/** Time that is up: unpaid, and while a payment is on its way. */
export async function tooLate(visitor, { events }) {
  const { page } = visitor;
  await visitor.open(`/events/${events.brief}`);
  await holdBest(page, 1);
  await page.getByRole('heading', { level: 1, name: /The time (is|was) up/ }).waitFor();
  await heading(page, 'The time was up');
  await visitor.look('expired');

  await visitor.open(`/events/${events.brief}`);
  await holdBest(page, 1);
  await payWith(page, CARDS.late);
  await heading(page, 'Payment on its way');
  await page.reload();
  await heading(page, 'Your payment takes long');
  await heading(page, 'Your tickets are booked');
  await page.getByText('arrived after the time was up').waitFor();
  await visitor.look('confirmed-late');
}

/** The money comes when somebody else has the seats: it goes back. */
export async function cameTooLate(visitor, { events }) {
  const { page } = visitor;
  await visitor.open(`/events/${events.brief}`);
  const [label] = await tickSeats(page, 1);
  await holdTicked(page);
  const booking = bookingOf(page);
  await payWith(page, CARDS.late);
  await heading(page, 'Your payment takes long');
  await visitor.look('late');
  // Seats come back seconds later; a rival who waits for that has it before the money is there.
  const rival = await visitor.another('rival');
  await rival.open(`/events/${events.brief}`);
  await rival.page.locator(`input[name=seats][value="${label}"]:not(:disabled)`).check();
  await holdTicked(rival.page);
  // The page follows by itself, to the end.
  await heading(page, 'Your payment came too late');
  await page.getByText('was sent back to your card').waitFor();
  await visitor.look('too-late');
  await rival.leave();
  return booking;
}
