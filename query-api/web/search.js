// Search as you type: suggestions in the field, and results that follow what is typed and chosen.
// Everything works without it: it asks for the same pages and takes over their results.

import { say } from './texts.js';
import { showReaderTimes } from './site.js';

const input = document.getElementById('term');
const list = document.getElementById('suggestions');
const form = input.form;
const PAUSE = 180;

let options = [];
let active = -1;
let asked = 0;
let taken;

input.setAttribute('role', 'combobox');
input.setAttribute('aria-expanded', 'false');
input.setAttribute('aria-controls', list.id);
input.setAttribute('aria-autocomplete', 'list');

async function suggest() {
  const prefix = input.value.trim();
  const turn = ++asked;
  if (prefix.length < 2 || prefix === taken || document.activeElement !== input) return close();
  const answer = await fetch(`/v1/suggest?limit=8&prefix=${encodeURIComponent(prefix)}`, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (turn !== asked || !answer?.ok) return;
  show((await answer.json()).suggestions);
}

function show(suggestions) {
  const marked = options[active]?.dataset.text;
  options = suggestions.map(({ text, kind, count }, at) => {
    const option = document.createElement('li');
    option.id = `suggestion-${at}`;
    option.role = 'option';
    option.dataset.text = text;
    option.append(part('', text), part('small muted', `${say(`suggest-${kind}`)} · ${say('suggest-count', { count })}`));
    // The field keeps the focus.
    option.addEventListener('pointerdown', (event) => event.preventDefault());
    option.addEventListener('click', () => take(text));
    return option;
  });
  list.replaceChildren(...options);
  list.hidden = options.length === 0;
  input.setAttribute('aria-expanded', String(!list.hidden));
  // What was marked stays so, if it is still there: answers come in while one chooses.
  mark(options.findIndex((option) => option.dataset.text === marked));
}

function part(name, text) {
  const span = document.createElement('span');
  span.className = name;
  span.textContent = text;
  return span;
}

function close() {
  asked += 1;
  list.hidden = true;
  input.setAttribute('aria-expanded', 'false');
  mark(-1);
}

function mark(at) {
  active = at;
  options.forEach((option, index) => option.setAttribute('aria-selected', String(index === at)));
  if (at < 0) input.removeAttribute('aria-activedescendant');
  else input.setAttribute('aria-activedescendant', options[at].id);
}

function take(text) {
  input.value = taken = text;
  close();
  form.requestSubmit();
}

let pause;
input.addEventListener('input', () => { clearTimeout(pause); pause = setTimeout(suggest, PAUSE); });
input.addEventListener('blur', close);
input.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !list.hidden) { event.preventDefault(); return close(); }
  if (list.hidden || options.length === 0) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const count = options.length + 1;
    mark(((active + 1 + step + count) % count) - 1);
  } else if (event.key === 'Enter' && active >= 0) {
    event.preventDefault();
    take(options[active].dataset.text);
  }
});

/** The address of what the form asks for, without what was left empty. */
function addressOf() {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''));
  if (query.get('sort') === 'relevance') query.delete('sort');
  const text = query.toString();
  return text ? `/search?${text}` : '/search';
}

let loading;
/** What was typed and is not asked for yet. */
let typed;
/** Whether the way back has what is being typed already. */
let isTyping = false;
/** The address whose results are shown, or on their way. */
let current = 'live' in form.dataset ? addressOf() : '';

/** Where the page is, as the way back knows it. */
const here = () => location.pathname + location.search;
let shown = here();

/** Each search can be gone back to; letters that are typed one after the other make one of them. */
function remember(address, isGoingOn) {
  if (address !== here()) history[isGoingOn ? 'replaceState' : 'pushState'](null, '', address);
  shown = here();
}

/** Takes over the results of a page; `whole` with what the form says. */
async function load(address, { whole = false, keep = () => {} } = {}) {
  // What is asked for now takes the place of what was typed before.
  clearTimeout(typed);
  loading?.abort();
  loading = new AbortController();
  current = address;
  const results = document.getElementById('results');
  results.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(address, { headers: { Accept: 'text/html' }, signal: loading.signal });
    if (!answer.ok) return location.assign(address);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    results.replaceWith(page.getElementById('results'));
    showReaderTimes(document.getElementById('results'));
    document.title = page.title;
    if (whole) form.querySelector('.refine').replaceWith(page.querySelector('.refine'));
    for (const field of form.querySelectorAll('input[type=hidden]')) field.remove();
    form.append(...page.querySelectorAll('.finder > input[type=hidden]'));
    if (whole) {
      input.value = page.getElementById('term').value;
      current = addressOf();
    }
    keep();
  } catch (error) {
    if (error.name !== 'AbortError') location.assign(address);
  }
}

if ('live' in form.dataset) {
  const loadTyped = () => {
    const address = addressOf();
    if (address !== current) load(address, { keep: () => { remember(address, isTyping); isTyping = true; } });
  };
  /** Ends the typing, if it goes on with what was typed, and is a search of its own if not. */
  const loadNew = (address, { goesOn = false, whole = false } = {}) =>
    load(address, { whole, keep: () => { remember(address, goesOn && isTyping); isTyping = false; } });
  form.addEventListener('input', () => { clearTimeout(typed); typed = setTimeout(loadTyped, PAUSE); });
  form.addEventListener('change', ({ target }) => {
    // Leaving a field is a change, too: results that are there must not be replaced below a click.
    const goesOn = ['search', 'text'].includes(target.type);
    if (addressOf() !== current) loadNew(addressOf(), { goesOn });
    else if (goesOn) isTyping = false;
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    close();
    loadNew(addressOf(), { goesOn: true });
  });
  addEventListener('popstate', () => {
    // Going to a part of this page is none.
    if (here() === shown) return;
    isTyping = false;
    shown = here();
    load(here(), { whole: true });
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest('#results .facets a, #results .pills a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    loadNew(link.getAttribute('href'), { whole: true }).then(() => document.getElementById('how-many')?.scrollIntoView({ block: 'nearest' }));
  });
}
