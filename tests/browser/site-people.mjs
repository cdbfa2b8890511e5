// Flows of `site.mjs`: guests and accounts.

import { CARDS, bookingOf, heading, holdBest, linkIn, payWith, reference } from './buying.mjs';

/** A guest leaves an address; its letter leads another browser to the booking, and nobody else. */
export async function asAGuest(visitor, { events, letters }) {
  const { page } = visitor;
  await visitor.open(`/events/${events.usual}`);
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

/** An account: made, signed out of, a wrong password, signed in to, and erased. */
export async function account(visitor) {
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
