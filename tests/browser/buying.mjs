// What visitors do, step by step: each of these leads from one page to the next.

export const CARDS = { good: '4242 4242 4242 4242', declined: '4000 0000 0000 0002', slow: '4000 0000 0000 0077', late: '4000 0000 0000 3220' };

export const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

/** Ticks free seats of the section that is shown, as many as asked for, the last ones first. */
export async function tickSeats(page, count) {
  const free = page.locator('.seat-rows input[name=seats]:not(:disabled)');
  await free.first().waitFor({ state: 'attached' });
  const last = (await free.count()) - 1;
  const labels = [];
  for (let at = 0; at < count; at += 1) {
    const box = free.nth(last - at);
    labels.push(await box.getAttribute('value'));
    await box.check();
  }
  // The last row may be kept for those who need it.
  const accessible = page.locator('.seat-choice input[name=accessible]');
  if (await accessible.count()) await accessible.check();
  return labels;
}

export async function holdTicked(page) {
  await page.locator('.seat-choice').getByRole('button', { name: 'Hold these seats' }).click();
  await heading(page, 'Held for you');
}

/** Holds the best seats that are left. */
export async function holdBest(page, count = 2) {
  const form = page.locator('.seat-best');
  await form.getByLabel('Tickets').selectOption(String(count));
  await form.getByRole('button', { name: 'Hold the best seats' }).click();
  await heading(page, 'Held for you');
}

export async function payWith(page, card) {
  await page.getByLabel('Card number').fill(card);
  await page.getByRole('button', { name: /^Pay / }).click();
}

export const reference = (page) => page.locator('.reference').innerText();
