// The screen of events: search, filters and the list of what was found. Its whole state is in the
// address, so that it can be kept, sent and gone back to.

import { read } from './api.js';
import { field, fill, h, notice, select, speak } from './dom.js';
import { count, countryName, leaf, money, monthName, plural, startsAt, venueLine } from './format.js';
import { leftOver } from './phase.js';
import { searchBox } from './search-box.js';

const PAGE = 20;
const KEPT = ['term', 'category', 'series', 'country', 'month', 'sort', 'available'];
const SORTS = [['relevance', 'Best match'], ['date', 'Date'], ['price', 'Cheapest first'], ['-price', 'Dearest first']];

export async function searchPage(main, { query, signal }) {
  const term = query.get('term') ?? '';
  document.title = term ? `${term} · Aisle` : 'Events · Aisle';
  const change = (name, value) => {
    const next = new URLSearchParams(KEPT.map((key) => [key, key === name ? value : query.get(key) ?? '']).filter(([, kept]) => kept));
    location.hash = next.size ? `#/search?${next}` : '#/';
  };
  const box = searchBox(term, (text) => change('term', text), signal);
  const filters = h('div', { class: 'filters' });
  const results = h('section', { 'aria-label': 'Events' }, h('p', { class: 'muted' }, 'Looking …'));
  fill(main, h('h1', { tabindex: '-1' }, term ? `Events for “${term}”` : 'What would you like to see?'), box, filters, results);

  const { body } = await read(`/v1/search?${parameters(query)}`, { signal });
  fill(filters, controls(query, body.facets ?? {}, change));
  showResults(results, body, query, signal);
}

/** The parameters of the request, of those in the address. */
function parameters(query, after) {
  const wanted = new URLSearchParams({ limit: PAGE });
  for (const name of ['term', 'category', 'series', 'country', 'sort', 'available']) {
    if (query.get(name)) wanted.set(name, query.get(name));
  }
  const month = query.get('month') ?? '';
  if (/^\d{4}-\d\d$/.test(month)) {
    const [year, number] = month.split('-').map(Number);
    wanted.set('start', `${month}-01T00:00:00Z`);
    wanted.set('end', new Date(Date.UTC(year, number, 1)).toISOString().replace('.000', ''));
  } else if (month !== 'any') {
    // By the hour, so that many visitors ask the same.
    wanted.set('start', `${new Date().toISOString().slice(0, 13)}:00:00Z`);
  }
  if (after) wanted.set('after', after);
  return wanted;
}

function controls(query, facets, change) {
  const menu = (name, label, all, text) => {
    const chosen = query.get(name) ?? '';
    const values = (facets[name] ?? []).map(({ value, count: n }) => [value, `${text(value)} (${count(n)})`]);
    // What is chosen stays on offer even if nothing is found.
    if (chosen && chosen !== 'any' && !values.some(([value]) => value === chosen)) values.unshift([chosen, text(chosen)]);
    return field(label, select(name, [...all, ...values], chosen, { onchange: (event) => change(name, event.target.value) }));
  };
  const same = (value) => value;
  const free = h('input', { type: 'checkbox', checked: query.get('available') === 'true', onchange: (event) => change('available', event.target.checked ? 'true' : '') });
  return [
    menu('month', 'When', [['', 'Upcoming'], ['any', 'Any time']], monthName),
    menu('category', 'Kind', [['', 'All kinds']], same),
    menu('series', 'Series', [['', 'All series']], same),
    menu('country', 'Country', [['', 'All countries']], countryName),
    field('Order', select('sort', SORTS, query.get('sort') ?? 'relevance', { onchange: (event) => change('sort', event.target.value === 'relevance' ? '' : event.target.value) })),
    h('label', { class: 'check' }, free, 'With tickets left'),
  ];
}

function showResults(results, page, query, signal) {
  const found = page.total === 0 ? 'No events found' : plural(page.total, 'event');
  speak(found);
  if (page.total === 0) {
    const hint = 'Try another spelling, fewer filters, or “Any time”.';
    return fill(results, h('div', { class: 'card empty' }, h('h2', null, found), h('p', { class: 'muted' }, hint), h('a', { class: 'button quiet', href: '#/' }, 'Show all events')));
  }
  const list = h('ul', { class: 'plain hits' }, page.hits.map(hit));
  const more = h('div', { class: 'more' });
  fill(results, h('p', { class: 'muted' }, found), list, more);
  offerMore(more, list, page.next, query, signal);
}

function offerMore(more, list, next, query, signal) {
  if (!next) return fill(more);
  const load = async (event) => {
    event.target.disabled = true;
    try {
      const { body } = await read(`/v1/search?${parameters(query, next)}`, { signal });
      const added = body.hits.map(hit);
      list.append(...added);
      offerMore(more, list, body.next, query, signal);
      added[0]?.querySelector('a').focus({ preventScroll: true });
      speak(`${plural(body.hits.length, 'event')} more`);
    } catch (error) {
      if (!signal.aborted) fill(more, notice('error', error.message), h('button', { class: 'quiet', onclick: load }, 'Try again'));
    }
  };
  fill(more, h('button', { class: 'quiet', onclick: load }, 'Load more'));
}

function hit(event) {
  const state = leftOver(event);
  const day = leaf(event);
  return h('li', null, h('a', { class: 'hit', href: `#/events/${encodeURIComponent(event.event_id)}` },
    h('span', { class: 'leaf', 'aria-hidden': 'true' }, h('span', null, day.month), h('strong', null, day.day), h('span', null, day.year)),
    h('span', { class: 'what' }, h('span', { class: 'title' }, highlighted(event)), h('span', null, startsAt(event)), h('span', { class: 'muted' }, venueLine(event.venue)), event.series && h('span', { class: 'muted small' }, event.series)),
    h('span', { class: 'how' }, event.price && h('span', null, 'from ', h('strong', null, money(event.price.min))), h('span', { class: `badge ${state.kind}` }, state.text))));
}

/** The title with its marks. Only `<mark>` is taken over from the server's HTML, the rest as text. */
function highlighted({ highlight, title }) {
  if (!highlight) return title;
  const nodes = new DOMParser().parseFromString(highlight, 'text/html').body.childNodes;
  return [...nodes].map((node) => (node.nodeName === 'MARK' ? h('mark', null, node.textContent) : node.textContent));
}
