// The search field with suggestions: a combobox after the ARIA pattern. It suggests names while one
// types and hands over the term that was chosen.

import { read } from './api.js';
import { fill, h, speak } from './dom.js';
import { plural } from './format.js';

const PAUSE = 180;
const KINDS = { performer: 'Performer', venue: 'Venue', city: 'City', series: 'Series' };

/** A form that calls `onTerm` with what is to be searched for. */
export function searchBox(term, onTerm, signal) {
  const list = h('ul', { class: 'suggestions plain', role: 'listbox', id: 'suggestions', 'aria-label': 'Suggestions', hidden: true });
  const input = h('input', {
    type: 'search', name: 'term', value: term, placeholder: 'Team, artist, venue, city …', autocomplete: 'off', enterkeyhint: 'search',
    role: 'combobox', 'aria-label': 'Search for events', 'aria-controls': 'suggestions', 'aria-expanded': 'false', 'aria-autocomplete': 'list',
  });
  let [timer, asked, marked] = [undefined, 0, -1];

  const close = () => {
    clearTimeout(timer);
    asked += 1;
    marked = -1;
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const choose = (text) => { input.value = text; close(); onTerm(text.trim()); };

  const mark = (to) => {
    const options = [...list.children];
    marked = (to + options.length + 1) % (options.length + 1);
    options.forEach((option, at) => option.setAttribute('aria-selected', String(at === marked)));
    if (options[marked]) input.setAttribute('aria-activedescendant', options[marked].id);
    else input.removeAttribute('aria-activedescendant');
  };

  const suggest = async () => {
    const prefix = input.value.trim();
    if (prefix.length < 2) return close();
    const turn = (asked += 1);
    const answer = await read(`/v1/suggest?${new URLSearchParams({ prefix, limit: 7 })}`, { signal }).catch(() => null);
    // An answer to what has since been typed over, or none: searching works without.
    if (turn !== asked || !answer || signal.aborted) return;
    marked = -1;
    fill(list, answer.body.suggestions.map((each, at) => option(each, at, choose)));
    list.hidden = list.children.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    if (!list.hidden) speak(plural(list.children.length, 'suggestion'));
  };

  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(suggest, PAUSE); });
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !list.hidden) { event.preventDefault(); close(); }
    if (list.hidden || !['ArrowDown', 'ArrowUp'].includes(event.key)) return;
    event.preventDefault();
    // One place beyond the last option stands for the field itself.
    mark((marked < 0 ? list.children.length : marked) + (event.key === 'ArrowDown' ? 1 : -1));
  });

  const submit = (event) => {
    event.preventDefault();
    const option = list.children[marked];
    choose(option ? option.dataset.text : input.value);
  };
  return h('form', { class: 'search', role: 'search', onsubmit: submit }, h('div', { class: 'combo' }, input, list), h('button', { type: 'submit' }, 'Search'));
}

function option({ text, kind, count }, at, choose) {
  // Pressing must not take the focus, or the field would close the list before the click.
  return h('li', { role: 'option', id: `suggestion-${at}`, 'data-text': text, 'aria-selected': 'false', onmousedown: (event) => event.preventDefault(), onclick: () => choose(text) },
    h('span', null, text), h('span', { class: 'muted small' }, [KINDS[kind] ?? kind, plural(count, 'event')].join(' · ')));
}
