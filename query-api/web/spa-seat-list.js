// Choosing seats from lists, for those who cannot use the map or would rather not: zone, row, seat.

import { field, fill, h, speak } from './dom.js';
import { numberOf, seatName } from './spa-plan.js';

/** The form beside a map. What is chosen here is chosen on the map. */
export function seatList(map, plan) {
  const zone = h('select', { name: 'zone' });
  const row = h('select', { name: 'row' });
  const seat = h('select', { name: 'seat' });
  const add = h('button', { type: 'submit', class: 'quiet' }, 'Choose or remove');
  const options = (node, pairs) => fill(node, pairs.map(([value, text, off]) => h('option', { value, disabled: off }, text)));

  const showSeats = () => {
    const before = seat.value;
    const { first, n, ...rest } = plan.zones[zone.value].rows[row.value];
    const chosen = new Set(map.chosen);
    const indices = Array.from({ length: n }, (_, at) => first + at);
    options(seat, indices.map((index) => {
      const free = map.isFree(index);
      const number = numberOf(rest, index - first);
      return [index, number + (chosen.has(index) ? ' – chosen' : free ? '' : ' – taken'), !free && !chosen.has(index)];
    }));
    // While states come in, the seat that was picked stays picked.
    if (indices.includes(Number(before))) seat.value = before;
    else seat.value = indices.find((index) => map.isFree(index)) ?? '';
    add.disabled = seat.value === '';
  };
  const showRows = () => {
    options(row, plan.zones[zone.value].rows.map(({ number }, at) => [at, number || 'only row']));
    showSeats();
  };
  options(zone, plan.zones.map(({ name }, at) => [at, name || 'only zone']));
  if (plan.zones.length > 0) showRows();

  zone.addEventListener('change', showRows);
  row.addEventListener('change', showSeats);
  map.addEventListener('choice', showSeats);
  const submit = (event) => {
    event.preventDefault();
    const index = Number(seat.value);
    if (!map.toggle(index)) return;
    map.showSeat(plan.seat(index).label);
    speak(`${seatName(plan.seat(index))} ${map.chosen.includes(index) ? 'chosen' : 'no longer chosen'}`);
  };
  const details = h('details', { class: 'card list', ontoggle: () => details.open && showSeats() }, h('summary', null, 'Choose from a list instead'),
    h('form', { class: 'triple', onsubmit: submit }, field('Zone', zone), field('Row', row), field('Seat', seat), add));
  return details;
}
