import type { Instant } from './instant.ts';

/** How many of some ascending instants are not after another one: the position of the first that is. Looks only at the positions `from` to `to` (exclusive). */
export function countUpTo(instants: ArrayLike<Instant>, latest: Instant, from = 0, to = instants.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instants[middle] ?? 0) <= latest) low = middle + 1;
    else high = middle;
  }
  return low;
}
