// Makes the seats of a section one stop for the Tab key: the arrows go from seat to seat and from
// row to row, so that nobody has to press Tab four hundred times to get past them.

/** @param {HTMLElement} rows the check boxes, a `<fieldset>` for each row */
export function arrowKeys(rows) {
  const boxes = (within) => [...within.querySelectorAll('input[name=seats]:not(:disabled)')];

  /** Only one can be reached by Tab: the one that was focused last, else the first. */
  const settle = (stop = boxes(rows)[0]) => {
    for (const box of boxes(rows)) box.tabIndex = box === stop ? 0 : -1;
  };

  rows.addEventListener('focusin', ({ target }) => target.name === 'seats' && settle(target));
  rows.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (target.name !== 'seats' || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = NEXT[key]?.(target, boxes, rows);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  return settle;
}

const NEXT = {
  ArrowRight: (box, boxes, rows) => beside(boxes(rows), box, 1),
  ArrowLeft: (box, boxes, rows) => beside(boxes(rows), box, -1),
  ArrowDown: (box, boxes) => inRow(box, boxes, 'nextElementSibling'),
  ArrowUp: (box, boxes) => inRow(box, boxes, 'previousElementSibling'),
  Home: (box, boxes) => boxes(box.closest('fieldset'))[0],
  End: (box, boxes) => boxes(box.closest('fieldset')).at(-1),
};

function beside(all, box, step) {
  return all[all.indexOf(box) + step];
}

/** The same place, or the last, of the next row that has a free seat. */
function inRow(box, boxes, next) {
  const row = box.closest('fieldset');
  const place = boxes(row).indexOf(box);
  for (let other = row[next]; other; other = other[next]) {
    const there = boxes(other);
    if (there.length > 0) return there[Math.min(place, there.length - 1)];
  }
  return undefined;
}
