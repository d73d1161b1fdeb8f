import type { Instant } from './instant.ts';

/** The earliest of some instants, however many they are; infinity where there are none. */
export function leastOf(instants: Iterable<Instant>): Instant {
  let least = Number.POSITIVE_INFINITY;
  for (const instant of instants) least = Math.min(least, instant);
  return least;
}

/** The latest of some instants, however many they are; minus infinity where there are none. */
export function greatestOf(instants: Iterable<Instant>): Instant {
  let greatest = Number.NEGATIVE_INFINITY;
  for (const instant of instants) greatest = Math.max(greatest, instant);
  return greatest;
}
