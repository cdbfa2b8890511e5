// A visitor with a browser of their own: notes every fault, takes pictures of every page in light
// and dark, wide and narrow, and has each page judged by axe-core.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { PATIENCE } from './driver.mjs';

/** The most that a page may transfer before the data of a map, in bytes. */
const MOST_BYTES = 300_000;
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const LOOKS = [['wide-light', WIDE, 'light'], ['wide-dark', WIDE, 'dark'], ['narrow-light', NARROW, 'light'], ['narrow-dark', NARROW, 'dark']];

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export class Visitor {
  #context; #base; #folder; #faults; #name; #expected = 0; #scripts;
  /** What the page may try although the content policy does not let it. */
  forgiven = '';

  /** @param {object} site where it is, where pictures go, and the list that faults go into */
  static async arrive(browser, { base, folder, faults }, name, options = {}) {
    const visitor = new Visitor();
    visitor.#base = base;
    visitor.#folder = folder;
    visitor.#faults = faults;
    visitor.#name = name;
    visitor.#scripts = options.javaScriptEnabled !== false;
    visitor.size = options.viewport ?? WIDE;
    visitor.#context = await browser.newContext({ locale: 'en-GB', timezoneId: 'America/New_York', viewport: WIDE, ...options });
    visitor.page = await visitor.#context.newPage();
    await visitor.#watch(visitor.page);
    return visitor;
  }

  /** Another browser, of somebody else or of the same person; `options` are those of its context. */
  another(name, options) {
    return Visitor.arrive(this.#context.browser(), { base: this.#base, folder: this.#folder, faults: this.#faults }, name, options);
  }

  /** Another tab of the same browser. */
  async tab() {
    const page = await this.#context.newPage();
    await this.#watch(page);
    return page;
  }

  fault(kind, text) {
    this.#faults.push(`${this.#name}: ${kind}: ${text}`);
  }

  /** Opens a page; one that is to be refused is no fault. */
  async open(address, status = 200) {
    this.#expected = status;
    const answer = await this.page.goto(new URL(address, this.#base).href, { waitUntil: 'load' });
    if (answer.status() !== status) this.fault('status', `${address} is ${answer.status()}`);
    this.#expected = 0;
  }

  /** Opens a page as a browser that has nothing of it yet, and weighs what it takes. */
  async weigh(address) {
    const session = await this.#context.newCDPSession(this.page);
    await session.send('Network.enable');
    // What other pages have in common with it counts as well.
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    const addresses = new Map();
    let [bytes, styles] = [0, 0];
    session.on('Network.responseReceived', ({ requestId, response }) => addresses.set(requestId, response.url));
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const from = addresses.get(requestId) ?? '';
      if (!/\/v1\/events\/.*\/(plan|seats)/.test(from)) bytes += encodedDataLength;
      if (from.endsWith('/base.css')) styles += encodedDataLength;
    });
    await this.open(address);
    await this.page.waitForTimeout(500);
    await session.detach();
    if (styles < 1_000) this.fault('weight', `${address} has its styles already, which no newcomer has`);
    if (bytes > MOST_BYTES) this.fault('weight', `${address} takes ${bytes} bytes`);
    return bytes;
  }

  /** Takes pictures of the page, or of what is in sight of it, and has it judged. */
  async look(step, { fullPage = true } = {}) {
    for (const [look, size, colorScheme] of LOOKS) {
      await this.page.setViewportSize(size);
      await this.page.emulateMedia({ colorScheme });
      await this.#isWhole(`${step}-${look}`);
      if (look === 'wide-light' || look === 'narrow-dark') await this.#judge(`${step}-${look}`);
      await this.page.screenshot({ path: path.join(this.#folder, `${this.#name}-${step}-${look}.png`), fullPage });
    }
    await this.page.setViewportSize(this.size);
    await this.page.emulateMedia({ colorScheme: null });
  }

  /** A picture of what went wrong. */
  async fail(error) {
    this.fault('failed', error.message);
    await this.page.screenshot({ path: path.join(this.#folder, `${this.#name}-failed.png`) }).catch(() => {});
  }

  async leave() {
    await this.#context.close();
  }

  async #watch(page) {
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => {
      const isExpected = this.#expected >= 400 && message.text().includes(`status of ${this.#expected}`);
      if (message.type() === 'error' && !isExpected) this.fault('console', message.text());
    });
    page.on('pageerror', (error) => this.fault('page error', error.message));
    page.on('request', (request) => {
      const url = new URL(request.url());
      const isOurs = url.origin === new URL(this.#base).origin || ['data:', 'blob:'].includes(url.protocol);
      if (!isOurs) this.fault('request to elsewhere', request.url());
    });
    await page.exposeFunction('reportViolation', (text) => text.trim() !== this.forgiven && this.fault('content policy', text));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`));
    });
  }

  /** Nothing may stick out of the screen. */
  async #isWhole(step) {
    const [wide, room] = await this.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (wide > room) this.fault('overflow', `${step} is ${wide} pixels wide on a screen of ${room}`);
  }

  async #judge(step) {
    if (!this.#scripts) return;
    await this.page.evaluate(axe);
    const found = await this.page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
    for (const { id, impact, help, nodes } of found.violations) {
      if (['serious', 'critical'].includes(impact)) this.fault('axe', `${step}: ${id}: ${help}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`);
    }
  }
}
