// Counts moments down. The server says how much is left, so the clock of this machine may be wrong.

import { clock } from './clock.js';

for (const time of document.querySelectorAll('time[data-countdown]')) {
  const end = performance.now() + Number(time.dataset.countdown) * 1000;
  const timer = setInterval(tick, 500);
  tick();
  function tick() {
    const left = end - performance.now();
    time.textContent = clock(left);
    if (left > 0) return;
    clearInterval(timer);
    // A second for the server to be past it, too.
    if ('reload' in time.dataset) setTimeout(() => location.reload(), 1000);
  }
}
