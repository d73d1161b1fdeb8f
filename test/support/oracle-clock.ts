import { Temporal } from 'temporal-polyfill';
import { type Instant, MICROS_PER_DAY } from '../../db/time/instant.ts';
import { clockChanges, micros, shownAt } from './zoned-time.ts';

/** What the clocks of a zone show: from `starts[i]` on they are `offsets[i]` microseconds ahead of UTC. */
export interface OracleClock {
  readonly starts: readonly Instant[];
  readonly offsets: readonly number[];
}

/** Nothing that is asked lies outside, with room for what is compared with ten years before. */
const KNOWN = { from: micros(Temporal.Instant.from('1969-01-01T00:00:00Z')), to: micros(Temporal.Instant.from('2031-01-01T00:00:00Z')) };

const clocks = new Map<string, OracleClock>();

/** The changes of a zone's clocks as Temporal tells them, looked up once a zone: a date by Temporal takes a thousand times as long. */
export function clockOf(zone: string): OracleClock {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const changes = clockChanges(zone, KNOWN);
  const clock = { starts: [Number.NEGATIVE_INFINITY, ...changes], offsets: [KNOWN.from, ...changes].map((start) => shownAt(zone, start) - start) };
  clocks.set(zone, clock);
  return clock;
}

/** The place of an instant between the changes. */
export function stretchAt({ starts }: OracleClock, instant: Instant): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= instant) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What the clock shows, as microseconds since 1970 on that clock. */
export function shown(clock: OracleClock, instant: Instant): number {
  return instant + (clock.offsets[stretchAt(clock, instant)] ?? 0);
}

/** The most that the clock has shown by an instant: more than it shows where it was set back and has not caught up yet. */
export function reached(clock: OracleClock, instant: Instant): number {
  const { starts, offsets } = clock;
  const at = stretchAt(clock, instant);
  let most = instant + (offsets[at] ?? 0);
  // None was ever set back by more than a day.
  for (let i = at; i > 0 && (starts[i] ?? 0) > instant - 2 * MICROS_PER_DAY; i--) most = Math.max(most, (starts[i] ?? 0) + (offsets[i - 1] ?? 0));
  return most;
}

/** The first instant at which the clock has reached what it is to show, or has jumped past it. */
export function firstShowing(clock: OracleClock, wanted: number): Instant {
  const { starts, offsets } = clock;
  // No clock has ever been further from UTC than a day.
  const earliest = wanted - MICROS_PER_DAY;
  for (let i = stretchAt(clock, earliest); ; i++) {
    const [start = 0, offset = 0, end = Number.POSITIVE_INFINITY] = [starts[i], offsets[i], starts[i + 1]];
    if (end + offset > wanted) return Math.max(start, wanted - offset);
  }
}

/** The clock changes of a zone from 1970 to 2030. */
export function changesOf(zone: string): readonly Instant[] {
  const to = micros(Temporal.Instant.from('2030-01-01T00:00:00Z'));
  return clockOf(zone).starts.filter((start) => start > 0 && start < to);
}
