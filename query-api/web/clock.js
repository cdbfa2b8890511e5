// What is left of a time, as clocks show it.

/** `9:05`, or `2:00:00`, of milliseconds. */
export function clock(left) {
  const seconds = Math.max(0, Math.ceil(left / 1000));
  const two = (value) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
