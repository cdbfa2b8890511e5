// Signs in by a provider, in a real browser and without scripts of the site. Prints one line of
// JSON; exits with 1 if anything is wrong.
//
//   node provider.mjs <base URL> <folder for pictures> <event> <URL of the provider>
//
// The provider is an oidc-provider-mock that the site calls Example and that knows `ada`; the event
// must be on sale. The browser is that in AISLE_TEST_CHROMIUM.

import { mkdir } from 'node:fs/promises';

import { heading, holdBest } from './buying.mjs';
import { launch } from './driver.mjs';
import { Visitor } from './visitor.mjs';

const [base, folder, event, provider] = process.argv.slice(2);
if (!provider || !process.env.AISLE_TEST_CHROMIUM) {
  console.error('usage: AISLE_TEST_CHROMIUM=<browser> node provider.mjs <base URL> <folder for pictures> <event> <URL of the provider>');
  process.exit(2);
}

const toProvider = async (page) => {
  await page.getByRole('link', { name: 'Continue with Example' }).click();
  await heading(page, 'Authorize Client');
};

/** Changes their mind first; then is led to where they wanted to go, with what they held as a guest. */
async function guest(visitor, look) {
  const { page } = visitor;
  await visitor.open(`/events/${event}`);
  await holdBest(page);
  const held = new URL(page.url()).pathname;
  await visitor.open(`/sign-up?next=${held}`);
  await look('sign-up');
  await toProvider(page);
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.getByRole('alert').filter({ hasText: 'You did not sign in' }).waitFor();
  await look('cancelled');
  await toProvider(page);
  await page.getByPlaceholder('sub').fill('ada');
  await page.getByRole('button', { name: 'Authorize' }).click();
  await heading(page, 'Held for you');
  if (new URL(page.url()).pathname !== held) visitor.fault('place', page.url());
  await page.getByRole('navigation').getByRole('link', { name: 'Test ada' }).click();
  await heading(page, 'Your account');
  await page.getByText('Erase this account').click();
  await look('account');
  await page.getByRole('button', { name: 'Erase it for ever' }).click();
  await page.getByRole('status').filter({ hasText: 'Your account is erased' }).waitFor();
}

/** What the provider's own page asks for is no fault of the site: it gets nothing, and is noted. */
async function leaveProviderAlone(page, noted) {
  await page.context().route((url) => url.origin !== new URL(base).origin, async (route) => {
    const request = route.request();
    const isWayThere = request.isNavigationRequest() && request.url().startsWith(`${provider}/`);
    if (isWayThere || request.headers().referer?.startsWith(`${provider}/`)) noted.add(request.url());
    await (isWayThere ? route.continue() : route.fulfill({ contentType: 'text/css', body: '' }));
  });
}

await mkdir(folder, { recursive: true });
const [faults, noted] = [[], new Set()];
const browser = await launch();
for (const javaScriptEnabled of [true, false]) {
  const visitor = await Visitor.arrive(browser, { base, folder, faults }, `provider-${javaScriptEnabled ? 'scripts' : 'bare'}`, { javaScriptEnabled });
  await leaveProviderAlone(visitor.page, noted);
  try {
    await guest(visitor, javaScriptEnabled ? (step) => visitor.look(step) : () => {});
  } catch (error) {
    await visitor.fail(error);
  }
  await visitor.leave();
}
await browser.close();
// It has no icon either: that is how its server, and not ours, spells a 404.
const isOurs = (fault) => !fault.endsWith('404 (NOT FOUND)') && ![...noted].some((url) => fault.endsWith(`request to elsewhere: ${url}`));
const real = faults.filter(isOurs);
console.log(JSON.stringify({ faults: real }));
process.exit(real.length ? 1 : 0);
