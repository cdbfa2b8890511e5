// Which seats are side by side, and what can be found with that: stretches of free seats, and the
// nearest that are like others.

/** Neighbours of one row that are further apart than so many usual distances have an aisle between. */
const AISLE = 1.75;

/**
 * Marks the seats at which a run of adjacent seats begins: the first of a row, or one after an aisle.
 * @param {import('./plan.js').Plan} plan
 * @param {number} pitch how far apart neighbours usually are
 */
export function runStarts(plan, pitch) {
  const starts = new Uint8Array(plan.count);
  for (const first of plan.rowStarts()) starts[first] = 1;
  for (let seat = 1; seat < plan.count; seat += 1) {
    if (Math.hypot(plan.x[seat] - plan.x[seat - 1], plan.y[seat] - plan.y[seat - 1]) > AISLE * pitch) starts[seat] = 1;
  }
  return starts;
}

/**
 * Calls back for each maximal stretch of adjacent seats that all are as asked for.
 * @param {Uint8Array} starts of runs
 * @param {(seat: number) => boolean} isWanted
 * @param {(first: number, end: number) => void} found
 */
export function stretches(starts, isWanted, found) {
  let first = -1;
  for (let seat = 0; seat < starts.length; seat += 1) {
    if (first >= 0 && starts[seat]) { found(first, seat); first = -1; }
    if (!isWanted(seat)) {
      if (first >= 0) found(first, seat);
      first = -1;
    } else if (first < 0) first = seat;
  }
  if (first >= 0) found(first, starts.length);
}

/**
 * The seats side by side that are nearest to others: as many, of the same category.
 * @param {import('./plan.js').Plan} plan
 * @param {Uint8Array} starts of runs
 * @param {(seat: number) => boolean} isFree
 * @param {number[]} like
 * @returns {number[]} none if nothing like it is left
 */
export function nearestLike(plan, starts, isFree, like) {
  const [category, wanted] = [plan.category[like[0]], like.length];
  const middle = (values) => like.reduce((sum, seat) => sum + values[seat], 0) / wanted;
  const [x, y] = [middle(plan.x), middle(plan.y)];
  let [best, closest] = [-1, Infinity];
  stretches(starts, (seat) => plan.category[seat] === category && isFree(seat), (first, end) => {
    for (let from = first; from + wanted <= end; from += 1) {
      const last = from + wanted - 1;
      const [dx, dy] = [(plan.x[from] + plan.x[last]) / 2 - x, (plan.y[from] + plan.y[last]) / 2 - y];
      const distance = dx * dx + dy * dy;
      if (distance < closest) [best, closest] = [from, distance];
    }
  });
  return best < 0 ? [] : Array.from({ length: wanted }, (_, at) => best + at);
}

/**
 * Those of some seats that are side by side with one of them, and it.
 * @param {Uint8Array} starts of runs
 * @param {Set<number>} seats
 * @param {number} seat
 */
export function groupOf(starts, seats, seat) {
  const group = [seat];
  for (let at = seat; !starts[at] && seats.has(at - 1); at -= 1) group.unshift(at - 1);
  for (let at = seat + 1; at < starts.length && !starts[at] && seats.has(at); at += 1) group.push(at);
  return group;
}
