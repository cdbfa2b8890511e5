// The routes of the page. Each shows one screen in `main` and is told by a signal to stop.

import { fill, h, notice } from './dom.js';
import { bookingPage } from './booking-page.js';
import { bookingsPage } from './bookings-page.js';
import { eventPage } from './event-page.js';
import { searchPage } from './search-page.js';

const main = document.getElementById('main');
let current = new AbortController();
let shown;

const ROUTES = [
  [/^\/(?:search)?$/, searchPage],
  [/^\/events\/([^/]+)$/, eventPage],
  [/^\/bookings\/([^/]+)$/, bookingPage],
  [/^\/bookings$/, bookingsPage],
];

async function show() {
  const [path, query = ''] = location.hash.replace(/^#/, '').split('?');
  // Not a route but the anchor of the skip link.
  if (path === 'main') return main.focus();
  current.abort();
  current = new AbortController();
  const { signal } = current;
  const focused = document.activeElement?.name;
  markNavigation(path || '/');
  const [page, id] = find(path || '/');
  const before = shown;
  shown = page;
  if (before && before !== page) window.scrollTo(0, 0);
  try {
    await page(main, { id, query: new URLSearchParams(query), signal });
    if (!signal.aborted && before) settle(before === page && focused);
  } catch (error) {
    if (!signal.aborted) fail(error);
  }
}

/** Puts the focus on the new screen, or back on the control that changed this one. */
function settle(focused) {
  // Whoever has gone on while things came in is left where they are.
  if (document.activeElement !== document.body) return;
  const control = focused && main.querySelector(`[name="${CSS.escape(focused)}"]`);
  (control || main.querySelector('h1'))?.focus({ preventScroll: true });
}

function find(path) {
  for (const [pattern, page] of ROUTES) {
    const match = pattern.exec(path);
    if (match) return [page, match[1] && decodeURIComponent(match[1])];
  }
  return [notFound];
}

function notFound() {
  document.title = 'Not found · Aisle';
  fill(main, h('h1', null, 'There is no such page'), h('p', null, h('a', { href: '#/' }, 'To the events')));
}

function fail(error) {
  // Faults of ours belong on the console too; refusals are for the visitor alone.
  if (error.code === undefined) console.error(error);
  const text = error.code === undefined ? 'Something went wrong on this page.' : error.message;
  fill(main, notice('error', h('p', null, text),
    h('div', { class: 'row' }, h('button', { onclick: show }, 'Try again'), h('a', { class: 'button quiet', href: '#/' }, 'To the events'))));
}

function markNavigation(path) {
  for (const link of document.querySelectorAll('nav a')) {
    const to = link.getAttribute('href').slice(1);
    const here = to === '/' ? path === '/' || path === '/search' : path.startsWith(to);
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

window.addEventListener('hashchange', show);
show();
