// Makes the list that the server sent share its choice with the map: what is ticked here is chosen
// there. It shows another section without loading the page anew, and holds without leaving it if
// that is refused.

import { CLOSED, FREE, HELD, SOLD } from './plan.js';
import { basket } from './basket.js';
import { forgetWish, hold, openWish } from './seat-hold.js';
import { arrowKeys } from './seat-keys.js';
import { problemText } from './seat-texts.js';
import { say } from './texts.js';

const LOOKS = { [FREE]: 'free', [HELD]: 'held', [SOLD]: 'sold', [CLOSED]: 'closed' };
/** Why a seat of a look cannot be chosen. */
const STATES = { held: 'map-state-held', sold: 'map-state-sold', closed: 'map-state-closed' };

export class SeatList {
  #root; #choice; #news; #boxes = new Map(); #loading; #isGuest; #settleKeys; #early = new Set();

  /**
   * @param {HTMLElement} root what the server sent, `.seat-list`
   * @param {import('./seat-choice.js').SeatChoice} choice
   * @param {import('./seat-news.js').News} news
   */
  constructor(root, choice, news) {
    [this.#root, this.#choice, this.#news] = [root, choice, news];
    this.#isGuest = root.hasAttribute('data-guest');
    const place = root.querySelector('[data-basket]');
    if (place) basket(place, choice);
    this.#sections?.addEventListener('change', () => this.#load(this.#sections.value));
    this.#rows?.addEventListener('change', ({ target }) => this.#ticked(target));
    this.#settleKeys = this.#rows && arrowKeys(this.#rows);
    this.#rows?.setAttribute('aria-description', say('map-rows-hint'));
    this.#listen('.seat-choice', (form) => this.#seatsWish(form));
    this.#listen('.seat-best', bestWish);
    this.#listen('.seat-areas', areaWish);
    choice.addEventListener('states', () => this.#show());
    choice.addEventListener('change', () => this.#show());
    this.#find();
    root.classList.add('is-live');
    this.#takeUp();
  }

  /** Shows the section of a seat. */
  reveal(seat) {
    const option = [...(this.#sections?.options ?? [])].find(({ dataset }) => seat >= Number(dataset.first) && seat < Number(dataset.first) + Number(dataset.count));
    if (!option || option.selected) return;
    option.selected = true;
    this.#load(option.value);
  }

  /** Holds what a wish says, and goes on to the booking; else says why not and keeps the choice. */
  async hold(wish) {
    const buttons = [...this.#root.querySelectorAll('form button:not(:disabled)')];
    for (const button of buttons) button.disabled = true;
    this.#news.progress(say('map-holding'));
    this.#choice.startHolding();
    try {
      const booking = await hold(this.#root.dataset.event, wish, this.#isGuest);
      this.#choice.finish();
      location.assign(`/bookings/${booking.booking_id}?min-position=${booking.position}`);
    } catch (refused) {
      this.#refused(refused, wish);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  get #sections() {
    return this.#root.querySelector('.seat-sections select');
  }

  get #rows() {
    return this.#root.querySelector('.seat-rows');
  }

  #listen(selector, wishOf) {
    const form = this.#root.querySelector(selector);
    form?.addEventListener('submit', (event) => {
      event.preventDefault();
      const wish = wishOf(form);
      if (wish) this.hold(wish);
      else this.#news.warn(say('map-nothing-chosen'));
    });
  }

  #seatsWish(form) {
    this.#noteTicks();
    const chosen = this.#early ?? this.#choice.chosen;
    const seats = [...chosen].map((seat) => this.#choice.plan.seat(seat).label).sort();
    if (seats.length === 0) return null;
    const need = form.elements.accessible;
    return need?.checked && !need.parentElement.hidden ? { seats, accessible: true } : { seats };
  }

  #refused(refused, wish) {
    this.#news.clear();
    // It may have been granted: then it is we who have the seats.
    if (refused.isOpen) return this.#news.warn(problemText(refused.code), ...this.#ways(wish));
    // Seats that are kept for somebody are not gone: who is that says so, and asks for them again.
    const isTold = this.#choice.settle(refused.code === 'seats_kept_accessible' ? [] : refused.seats);
    if (!isTold || refused.code !== 'seats_taken') this.#news.warn(problemText(refused.code));
  }

  /** A wish that was not answered before the page was loaded anew. */
  #takeUp() {
    const wish = openWish(this.#root.dataset.event);
    if (!wish || !this.#choice.terms.isOpen) return;
    this.#choice.startHolding();
    this.#news.warn(say('map-unanswered'), ...this.#ways(wish));
  }

  #ways(wish) {
    const leave = () => {
      forgetWish(this.#root.dataset.event);
      this.#news.clear();
      this.#choice.settle();
    };
    return [[say('map-ask-again'), () => this.hold(wish)], [say('map-leave-it'), leave]];
  }

  #ticked(box) {
    const seat = this.#choice.plan.indexOf(box.value);
    if (seat >= 0 && !this.#choice.toggle(seat)) this.#show();
  }

  /** Takes the check boxes that are there now. */
  #find() {
    this.#boxes.clear();
    for (const box of this.#rows?.querySelectorAll('input[name=seats]') ?? []) {
      const seat = this.#choice.plan.indexOf(box.value);
      this.#boxes.set(seat, box);
      if (this.#early?.has(seat)) box.checked = true;
    }
    this.#settleKeys?.();
    this.#show();
  }

  #show() {
    if (!this.#choice.states) return;
    this.#takeTicks();
    this.#showNeed();
    let isSettled = true;
    for (const [seat, box] of this.#boxes) isSettled = !this.#showSeat(seat, box) && isSettled;
    if (!isSettled) this.#settleKeys();
  }

  /** Notes what is ticked before it is known what is free: people do not wait for scripts. */
  #noteTicks() {
    for (const [seat, box] of this.#boxes) {
      if (box.checked) this.#early?.add(seat);
      else this.#early?.delete(seat);
    }
  }

  /** Chooses that, once it is known. */
  #takeTicks() {
    const early = this.#early;
    if (!early) return;
    this.#noteTicks();
    this.#early = undefined;
    this.#choice.adopt(early);
  }

  /** Who chooses no accessible place need not say that they need one. */
  #showNeed() {
    const need = this.#root.querySelector('.seat-choice [name=accessible]')?.parentElement;
    const { plan, terms, chosen } = this.#choice;
    if (need) need.hidden = !chosen.some((seat) => terms.accessible.has(plan.seat(seat).category));
  }

  /** Answers whether it can be chosen now and could not before, or the other way round. */
  #showSeat(seat, box) {
    box.checked = this.#choice.has(seat);
    const free = this.#choice.isFree(seat);
    const look = free ? 'free' : this.#choice.states[seat] === FREE ? 'closed' : LOOKS[this.#choice.states[seat]];
    const label = box.parentElement;
    if (label.classList.contains(look)) return false;
    label.className = `seat ${look}`;
    // Who stands on a seat that goes would stand nowhere.
    if (!free && document.activeElement === box) this.#rows.focus();
    box.disabled = !free || !this.#choice.terms.isOpen;
    label.querySelector('.unseen')?.remove();
    if (free) return true;
    const why = document.createElement('span');
    why.className = 'unseen';
    why.textContent = ` ${say(STATES[look])}`;
    label.append(why);
    return true;
  }

  async #load(section) {
    this.#loading?.abort();
    this.#loading = new AbortController();
    this.#rows.setAttribute('aria-busy', 'true');
    try {
      const path = `/events/${encodeURIComponent(this.#root.dataset.event)}/seats?section=${encodeURIComponent(section)}`;
      const response = await fetch(path, { headers: { Accept: 'text/html' }, signal: this.#loading.signal });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const rows = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('.seat-rows');
      this.#noteTicks();
      this.#rows.replaceChildren(...rows.childNodes);
      this.#rows.scrollTop = 0;
      this.#find();
      const address = new URL(location.href);
      address.searchParams.set('section', section);
      history.replaceState(history.state, '', address);
    } catch (error) {
      if (error.name !== 'AbortError') this.#news.warn(say('map-section-failed'));
    } finally {
      this.#rows.removeAttribute('aria-busy');
    }
  }
}

function bestWish(form) {
  const { quantity, category, together, accessible } = form.elements;
  const wish = { quantity: Number(quantity.value), together: together.checked ? 'preferred' : 'required' };
  if (category.value) wish.category = category.value;
  if (accessible?.checked) wish.accessible = true;
  return wish;
}

function areaWish(form) {
  return { area: form.elements.area.value, places: Number(form.elements.places.value) };
}
