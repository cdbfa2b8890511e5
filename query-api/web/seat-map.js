// The element <seat-map event="…">: a map of the seats of an event that shares its choice with the
// list in the section `#seats`. It only brings the parts together.

import { h } from './seat-dom.js';
import { filterBar, legend } from './map-controls.js';
import { MapStage } from './map-stage.js';
import { Plan } from './plan.js';
import { SeatChoice } from './seat-choice.js';
import { watchSeats } from './seat-feed.js';
import { SeatFilter } from './seat-filter.js';
import { SeatGrid } from './seat-grid.js';
import { SeatList } from './seat-list.js';
import { News } from './seat-news.js';
import { runStarts } from './seat-runs.js';
import { Terms } from './seat-terms.js';
import { say } from './texts.js';

class SeatMap extends HTMLElement {
  #stop; #choice; #stage;

  connectedCallback() {
    if (this.#stop) return;
    this.#stop = new AbortController();
    this.#arrange();
    // A page that comes back as it was left knows nothing of what was held meanwhile.
    window.addEventListener('pageshow', (event) => event.persisted && location.reload(), { signal: this.#stop.signal });
    this.#start().catch((error) => {
      if (error.name === 'AbortError') return;
      console.warn('seat map:', error.message);
      this.replaceChildren(h('p', { class: 'notice' }, say('map-failed')));
    });
  }

  disconnectedCallback() {
    // It is moved beside its list at the start, which is no end.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#stop?.abort();
      this.#stop = undefined;
    });
  }

  /** The labels of the seats that are chosen. */
  get chosen() {
    return (this.#choice?.chosen ?? []).map((seat) => this.#choice.plan.seat(seat).label);
  }

  /** The states of all seats as they are shown, one byte each; nothing before they are known. */
  get states() {
    return this.#choice?.states;
  }

  /** The labels of free seats in plan order, at most so many, of a category if one is named. */
  freeLabels(most, category) {
    const labels = [];
    const count = this.#choice?.states ? this.#choice.plan.count : 0;
    for (let seat = 0; seat < count && labels.length < most; seat += 1) {
      const about = this.#choice.isFree(seat) && this.#choice.plan.seat(seat);
      if (about && (!category || about.category === category)) labels.push(about.label);
    }
    return labels;
  }

  /** Moves close to a seat. */
  showSeat(label) {
    this.#stage.showSeat(this.#choice.plan.indexOf(label));
  }

  /** Where a seat is on the screen, as `{x, y}` in client coordinates. */
  seatPoint(label) {
    return this.#stage.pointOf(this.#choice.plan.indexOf(label));
  }

  /** Puts map and list side by side: the list first for keys, the map first for the eye. */
  #arrange() {
    const section = document.getElementById('seats');
    if (!section || section.parentElement.classList.contains('seating')) return;
    const place = h('div', { class: 'seating' });
    section.before(place);
    place.append(section, this);
  }

  async #start() {
    const { signal } = this.#stop;
    const list = document.querySelector('#seats .seat-list');
    // Areas have no seats to show.
    if (list && !list.querySelector('.seat-sections')) return this.remove();
    const event = this.getAttribute('event');
    const path = `/v1/events/${encodeURIComponent(event)}`;
    const [terms, summary, plan] = [read(path, signal), read(`${path}/seats/summary`, signal), read(`${path}/plan`, signal)];
    // What is not awaited yet must not fail unheard.
    for (const each of [summary, plan]) each.catch(() => {});
    const stage = h('div', { class: 'map-stage' });
    this.replaceChildren(stage);
    sketch(stage, await summary.catch(() => null));
    this.#show(new Plan(await plan), new Terms(await terms, !list?.hasAttribute('data-closed')), stage, list);
  }

  #show(plan, terms, stage, root) {
    const { signal } = this.#stop;
    const grid = new SeatGrid(plan);
    const choice = new SeatChoice({ plan, starts: runStarts(plan, grid.pitch), terms });
    const filter = new SeatFilter(choice);
    const place = root?.querySelector('[data-news]');
    const news = place ? new News(place, choice) : undefined;
    const list = root ? new SeatList(root, choice, news) : undefined;
    this.#choice = choice;
    this.#stage = new MapStage(stage, choice, filter, grid, { news, signal, onReveal: (seat) => list?.reveal(seat) });
    if (news) news.onTaken = (seats) => { this.#stage.showSeat(seats[0]); list?.reveal(seats[0]); };
    root?.addEventListener('focusin', ({ target }) => this.#stage.point(target.name === 'seats' ? plan.indexOf(target.value) : -1), { signal });
    const marks = legend(choice, (category) => this.#stage.colorOf(category));
    stage.addEventListener('recolored', marks.show);
    if (terms.isOpen && list) this.prepend(filterBar(choice, filter, (wish) => list.hold(wish)));
    this.append(marks.node);
    watchSeats(terms.event, ({ states }) => choice.update(states), signal);
  }
}

/** Until the plan is there: how large the house is, by its sections. */
function sketch(stage, summary) {
  if (!summary?.sections.length) return;
  const boxes = summary.sections.map(({ box }) => box);
  const [left, top] = [0, 1].map((at) => Math.min(...boxes.map((box) => box[at])));
  const [right, bottom] = [2, 3].map((at) => Math.max(...boxes.map((box) => box[at])));
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', `${left} ${top} ${Math.max(1, right - left)} ${Math.max(1, bottom - top)}`);
  svg.setAttribute('class', 'map-sketch');
  svg.setAttribute('aria-hidden', 'true');
  for (const [x, y, farX, farY] of boxes) {
    const rect = document.createElementNS(svg.namespaceURI, 'rect');
    for (const [name, value] of Object.entries({ x, y, width: farX - x, height: farY - y })) rect.setAttribute(name, String(value));
    svg.append(rect);
  }
  stage.replaceChildren(svg);
}

async function read(path, signal) {
  const response = await fetch(path, { headers: { Accept: 'application/json' }, signal });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

customElements.define('seat-map', SeatMap);
