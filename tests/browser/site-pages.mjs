// Flows of `site.mjs`: every page that needs nobody in particular, search, and times.

/** Every page that needs nobody in particular. */
export async function everyPage(visitor, { events }) {
  const bytes = {};
  const on = (name) => `/events/${events[name]}`;
  const pages = {
    home: '/', search: '/search', found: '/search?term=test&sort=date', nothing: '/search?term=xylophone+quartet',
    event: on('usual'), arena: on('arena'), floor: on('floor'), undated: on('undated'), announced: on('announced'),
    paused: on('paused'), taken: on('taken'), closed: on('closed'), cancelled: on('cancelled'),
    bookings: '/bookings', 'sign-in': '/sign-in', 'sign-up': '/sign-up',
  };
  for (const [name, address] of Object.entries(pages)) {
    bytes[name] = await visitor.weigh(address);
    await visitor.look(name);
  }
  // Of another make: it tries to compile code, which its policy lets it not, and does without.
  visitor.forgiven = 'script-src eval';
  await visitor.open('/docs');
  await visitor.page.getByRole('heading', { level: 1 }).first().waitFor();
  await visitor.look('docs', { fullPage: false });
  visitor.forgiven = '';
  await visitor.open('/nothing/here', 404);
  await visitor.look('not-found');
  return bytes;
}

/** A reader elsewhere is told when it is there, too; one at the place is not told twice. */
export async function timeOfTheReader(visitor, { events }) {
  const { page } = visitor;
  await visitor.open(`/events/${events.usual}`);
  const own = await page.locator('.own-time').innerText();
  // 17:00 in Vienna.
  if (!own.includes('1 May') || !own.includes('11:00')) visitor.fault('time', `in New York it is ${own}`);
  await visitor.open(`/events/${events.undated}`);
  if (await page.locator('.own-time').count()) visitor.fault('time', 'what has no time is given one');
  const local = await visitor.another('local', { timezoneId: 'Europe/Vienna' });
  await local.open(`/events/${events.usual}`);
  await local.page.locator('.seat-list.is-live').waitFor();
  if (await local.page.locator('.own-time').count()) visitor.fault('time', 'who is there is told twice');
  await local.leave();
}

/** Suggestions, and results that follow what is typed. */
export async function search(visitor, { events }) {
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
  const isOf = (term) => page.waitForFunction((text) => (new URL(location.href).searchParams.get('term') ?? '') === text, term);
  await isOf(taken);
  await page.locator('#how-many').filter({ hasText: taken }).waitFor();
  const facet = page.locator('.facets a').first();
  await facet.click();
  await page.locator('.pill.on').first().waitFor();
  // The way back leads to the search without the facet, then to that before what was typed.
  await page.goBack();
  await page.locator('.pill.on').waitFor({ state: 'detached' });
  await isOf(taken);
  await page.goBack();
  await isOf('');
  await page.locator('#how-many').filter({ hasNotText: taken }).waitFor();
  if ((await field.inputValue()) !== '') visitor.fault('search', 'going back leaves the words in the field');
  await page.goForward();
  await page.locator('#how-many').filter({ hasText: taken }).waitFor();
  if ((await field.inputValue()) !== taken) visitor.fault('search', 'going forward does not bring the words back');
  await page.goForward();
  await page.locator('.pill.on').first().waitFor();
  const asked = () => [...new URL(page.url()).searchParams].sort().join('&');
  const before = asked();
  await page.reload();
  await page.locator('.pill.on').first().waitFor();
  if (asked() !== before) visitor.fault('address', `${before} became ${asked()}`);
  return taken;
}
