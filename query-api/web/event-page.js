// The screen of an event: what it is, what tickets cost, and the ways to choose them.

import { read, serverNow } from './api.js';
import { areaForm, bestForm } from './choice-forms.js';
import { basket } from './spa-basket.js';
import { fill, h, notice, swatch } from './dom.js';
import { holder } from './hold.js';
import { count, moment, money, place, startsAt, venueLine } from './format.js';
import { saleState } from './phase.js';
import { Plan } from './spa-plan.js';
import { watchSeats } from './spa-seat-feed.js';
import { seatList } from './spa-seat-list.js';
import './spa-seat-map.js';

export async function eventPage(main, { id, signal }) {
  fill(main, h('p', { class: 'muted' }, 'Fetching the event …'));
  const path = `/v1/events/${encodeURIComponent(id)}`;
  const { body: event } = await read(path, { signal });
  document.title = `${event.title} · Aisle`;
  const sale = saleState(event, serverNow());
  const choose = h('div', { class: 'stack' });
  const aside = h('aside', { class: 'stack', 'aria-label': 'Tickets' });
  fill(main, head(event, sale), h('div', { class: 'event' }, choose, aside));
  const prices = priceList(event);

  const { hold, said } = holder(event, signal);
  const parts = sale.isOpen ? [said, bestForm(event, hold), areaForm(event, hold)] : [closed(event, sale)];
  if (!event.plan) return areasOnly(choose, aside, parts, prices, event, signal);
  fill(aside, parts, prices.node);
  await showPlan({ choose, aside, event, sale, hold, path, prices, signal });
}

async function showPlan({ choose, aside, event, sale, hold, path, prices, signal }) {
  const map = document.createElement('seat-map');
  const legend = h('ul', { class: 'plain legend', 'aria-label': 'Legend of the map' });
  fill(choose, h('h2', null, sale.isOpen ? 'Choose your seats' : 'Seating plan'), map, legend);
  const { body } = await read(`${path}/plan`, { signal });
  const plan = new Plan(body);
  const priceOf = new Map(event.prices.map(({ category, price }) => [category, price]));
  const texts = plan.categories.map(({ name }) => (sale.isOpen && priceOf.has(name) ? money(priceOf.get(name)) : null));
  map.show(plan, texts);
  const color = () => {
    const colors = plan.categories.map(({ name }, at) => [name, map.colorOf(at)]);
    prices.paint(new Map(colors));
    fill(legend, marks(plan, texts, map));
  };
  color();
  map.addEventListener('recolored', color);
  if (sale.isOpen) {
    aside.prepend(basket({ map, plan, event, priceOf, hold }));
    choose.append(seatList(map, plan));
  }
  // The first answer is waited for, so that what was chosen before a reload can be chosen again.
  await watchSeats(event.event_id, (seats) => {
    map.update(seats.states);
    prices.left(seats);
  }, signal);
  map.dispatchEvent(new CustomEvent('ready'));
}

function areasOnly(choose, aside, parts, prices, event, signal) {
  fill(choose, parts);
  fill(aside, prices.node);
  watchSeats(event.event_id, (seats) => prices.left(seats), signal);
}

function head(event, sale) {
  const facts = [startsAt(event), `${place(event.time_zone)} time`].join(' · ');
  return h('header', { class: 'head' },
    h('p', { class: 'small muted' }, [event.category, event.series].filter(Boolean).join(' · ')),
    h('h1', { tabindex: '-1' }, event.title),
    h('p', null, h('span', { class: 'strong' }, facts), h('br'), venueLine(event.venue)),
    h('p', null, h('span', { class: `badge ${sale.kind}` }, sale.text)));
}

function closed(event, sale) {
  const { opens_at: opens } = event.sale_window ?? {};
  const when = sale.opens ? `The sale opens on ${moment(opens, event.time_zone)}.` : '';
  const why = event.phase === 'cancelled' ? event.cancelled ?? 'This event has been called off. What was paid is refunded.' : '';
  return notice(event.phase === 'cancelled' ? 'error' : 'info', h('p', { class: 'strong' }, sale.text), h('p', null, when || why || 'Tickets cannot be bought at the moment.'));
}

/** The price list, as `{node, paint, left}`: `paint` colours it, `left` says what is left. */
function priceList(event) {
  const spots = new Map();
  const rows = event.prices.map(({ category, price }) => {
    const spot = h('span', { class: 'spot' });
    spots.set(category, spot);
    return h('li', null, h('span', { class: 'row' }, spot, category), h('span', { class: 'strong' }, money(price)));
  });
  const fee = event.fee?.amount > 0 && `Plus a fee of ${money(event.fee)} for each ticket`;
  const rest = h('p', { class: 'muted small' });
  const limit = event.limit_per_buyer && `At most ${event.limit_per_buyer} for each buyer.`;
  const node = h('section', { class: 'card' }, h('h2', null, 'Prices'), h('ul', { class: 'plain prices' }, rows), h('p', { class: 'muted small' }, [fee, limit].filter(Boolean).join('. ')), rest);
  const paint = (colors) => spots.forEach((spot, category) => fill(spot, colors.has(category) && swatch(colors.get(category))));
  const left = (seats) => { rest.textContent = leftText(seats); };
  return { node, paint, left };
}

function leftText({ count: all, free, areas }) {
  const parts = all > 0 ? [`${count(free)} of ${count(all)} seats free`] : [];
  for (const area of areas ?? []) parts.push(`${area.name}: ${count(area.available)} of ${count(area.capacity)} places free`);
  return parts.join(' · ');
}

function marks(plan, texts, map) {
  const mark = (kind, text) => h('li', null, h('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' }), text);
  const category = ({ name }, at) => texts[at] && h('li', null, swatch(map.colorOf(at)), `${name} ${texts[at]}`);
  return [plan.categories.map(category), mark('held', 'held by somebody'), mark('sold', 'sold'), texts.some(Boolean) ? mark('chosen', 'your choice') : mark('closed', 'not on sale')];
}
