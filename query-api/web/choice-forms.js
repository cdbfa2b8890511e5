// The ways to get tickets without the map: the best available seats, and places in areas.

import { field, h, select } from './dom.js';
import { money } from './format.js';

/** How many tickets a form offers if the event sets no limit. */
const MOST = 20;

/** The form for the best seats that are left; nothing for events without seats. */
export function bestForm(event, hold) {
  if (!event.plan) return null;
  const inAreas = new Set((event.areas ?? []).map(({ category }) => category));
  const seated = event.prices.filter(({ category }) => !inAreas.has(category));
  const categories = [['', 'Any category'], ...(seated.length ? seated : event.prices).map(({ category, price }) => [category, `${category}, ${money(price)}`])];
  const apart = h('input', { type: 'checkbox', name: 'apart' });
  const accessible = event.accessible_categories?.length > 0 && h('input', { type: 'checkbox', name: 'accessible' });
  const submit = (submitted) => {
    submitted.preventDefault();
    const data = new FormData(submitted.target);
    const wish = { quantity: Number(data.get('quantity')), together: apart.checked ? 'preferred' : 'required' };
    if (data.get('category')) wish.category = data.get('category');
    if (accessible && accessible.checked) wish.accessible = true;
    hold(wish, submitted.target);
  };
  return h('form', { class: 'card best', onsubmit: submit }, h('h2', null, 'Best available'),
    h('div', { class: 'pair' }, field('Tickets', select('quantity', numbers(event.limit_per_buyer), '2')), field('Category', select('category', categories, ''))),
    h('label', { class: 'check' }, apart, 'Need not be side by side'),
    accessible && h('label', { class: 'check' }, accessible, 'Accessible places'),
    h('button', { type: 'submit', class: 'wide quiet' }, 'Hold the best seats'));
}

/** The form for general-admission areas; nothing for events without. */
export function areaForm(event, hold) {
  const areas = event.areas ?? [];
  if (areas.length === 0) return null;
  const prices = new Map(event.prices.map(({ category, price }) => [category, price]));
  const text = ({ name, category, available }) => [name, available === 0 ? 'full' : prices.has(category) && money(prices.get(category))].filter(Boolean).join(', ');
  const submit = (submitted) => {
    submitted.preventDefault();
    const data = new FormData(submitted.target);
    hold({ area: data.get('area'), places: Number(data.get('places')) }, submitted.target);
  };
  return h('form', { class: 'card area', onsubmit: submit }, h('h2', null, 'Without a numbered seat'),
    h('div', { class: 'pair' }, field('Tickets', select('places', numbers(event.limit_per_buyer), '1')), field('Area', select('area', areas.map((area) => [area.name, text(area)])))),
    h('button', { type: 'submit', class: 'wide quiet' }, 'Hold these places'));
}

function numbers(limit) {
  return Array.from({ length: Math.min(limit ?? MOST, MOST) }, (_, at) => [String(at + 1), String(at + 1)]);
}
