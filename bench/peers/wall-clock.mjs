/** What `performance.now()` is to be added to, to give milliseconds since 1970 by this machine's clock, finer than `Date.now()`. Waits for the clock's next millisecond. */
export function wallClockOffset() {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now - performance.now();
}
