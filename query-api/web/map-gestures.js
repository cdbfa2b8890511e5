// Turns pointers, wheel and keys into moves of the view. Knows nothing of seats.

/** How far a pointer may move and still be a click, in pixels. */
const STILL = { mouse: 5, pen: 8, touch: 12 };
const KEY_STEP = 60;

/**
 * Listens on a canvas. `handlers` are `moved()` after the view has changed, `clicked(x, y)`,
 * `hovered(x, y)`, which gets no place when the pointer leaves, `steered()` after a key has moved
 * the view, and `pressed()` when Enter or the space bar is.
 */
export function watchGestures(canvas, view, handlers) {
  const pointers = new Map();
  let travelled = 0;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const isStill = (event) => travelled <= (STILL[event.pointerType] ?? STILL.mouse);

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button > 0) return;
    if (pointers.size === 0) travelled = 0;
    pointers.set(event.pointerId, at(event));
    canvas.setPointerCapture(event.pointerId);
  });

  canvas.addEventListener('pointermove', (event) => {
    const [before, now] = [pointers.get(event.pointerId), at(event)];
    if (!before) return handlers.hovered(now.x, now.y);
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (pointers.size === 1 && !isStill(event)) view.pan(now.x - before.x, now.y - before.y);
    if (pointers.size === 2) pinch(event.pointerId, before, now);
    pointers.set(event.pointerId, now);
    if (!isStill(event)) { handlers.hovered(); handlers.moved(); }
  });

  const pinch = (id, before, now) => {
    const other = [...pointers].find(([each]) => each !== id)[1];
    const [was, is] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(now.x - other.x, now.y - other.y)];
    view.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    if (was > 0) view.zoom(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
    // Two fingers never click, however still they are.
    travelled += 100;
  };

  canvas.addEventListener('pointerup', (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size > 0) return;
    if (isStill(event)) handlers.clicked(at(event).x, at(event).y);
  });
  canvas.addEventListener('pointercancel', (event) => pointers.delete(event.pointerId));
  canvas.addEventListener('pointerleave', () => handlers.hovered());

  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const step = Math.max(-120, Math.min(120, event.deltaY * lines));
    // A pinch on a touch pad arrives as a wheel with Ctrl, in smaller steps.
    view.zoom(Math.exp(-step * (event.ctrlKey ? 0.01 : 0.0022)), at(event).x, at(event).y);
    handlers.moved();
  }, { passive: false });

  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isPress = event.key === 'Enter' || event.key === ' ';
    const act = KEYS[event.key];
    if (!act && !isPress) return;
    event.preventDefault();
    if (isPress) return handlers.pressed();
    act(view);
    handlers.moved();
    handlers.steered();
  });
  canvas.addEventListener('blur', () => handlers.hovered());
}

const KEYS = {
  '+': (view) => view.zoom(1.4),
  '=': (view) => view.zoom(1.4),
  '-': (view) => view.zoom(1 / 1.4),
  '−': (view) => view.zoom(1 / 1.4),
  0: (view) => view.fit(),
  ArrowLeft: (view) => view.pan(KEY_STEP, 0),
  ArrowRight: (view) => view.pan(-KEY_STEP, 0),
  ArrowUp: (view) => view.pan(0, KEY_STEP),
  ArrowDown: (view) => view.pan(0, -KEY_STEP),
};
