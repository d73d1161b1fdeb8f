import { countUpTo } from '../time/count-up-to.ts';
import { type Instant, MICROS_PER_DAY, type TimeWindow } from '../time/instant.ts';

/**
 * Stored readings are looked for and corrected by stretches of time as long as a chunk of the hypertable, from where chunks begin: then a statement about one has
 * little else in its plan. On plain PostgreSQL a stretch lies in one or two of the monthly partitions. Chunks of another length only cost time.
 */
const STRETCH = 7 * MICROS_PER_DAY;

/** With fewer readings a statement of its own for a stretch, which takes two milliseconds to plan, is not worth it. */
export const MIN_PER_STRETCH = 2000;

/** The number of the stretch in which an instant lies. */
export function stretchOf(time: Instant): number {
  return Math.floor(time / STRETCH);
}

/** The half-open window of the stretch of a number. */
export function windowOf(stretch: number): TimeWindow {
  return { from: stretch * STRETCH, to: (stretch + 1) * STRETCH };
}

/** Cuts ascending instants where stretches do: the positions from which and up to which (exclusive) one has them. */
export function* cutByStretch(times: Float64Array): Generator<{ readonly stretch: number; readonly from: number; readonly to: number }> {
  for (let from = 0; from < times.length; ) {
    const stretch = stretchOf(times[from] ?? 0);
    // Instants are whole microseconds.
    const to = countUpTo(times, windowOf(stretch).to - 1, from);
    yield { stretch, from, to };
    from = to;
  }
}
