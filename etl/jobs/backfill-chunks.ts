import { type Instant, MICROS_PER_DAY, type TimeWindow } from '../../db/time/instant.ts';
import { zoneClock } from '../../db/time/zone-clock.ts';
import type { Job } from './job.ts';

/** The parts that a window is loaded in, from where it is done on: whole days of the job's calendar where they are days, else lengths of time; the first and the last are what is left of one. */
export function* backfillChunks({ from, to }: TimeWindow, { backfill: { chunk }, timezone }: Pick<Job, 'backfill' | 'timezone'>): Generator<TimeWindow> {
  let at = from;
  while (at < to) {
    const next = chunk % MICROS_PER_DAY === 0 ? endOfDays(at, chunk / MICROS_PER_DAY, timezone) : at + chunk;
    const end = Math.min(next, to);
    yield { from: at, to: end };
    at = end;
  }
}

/** The midnight of a clock that is so many days on. */
function endOfDays(at: Instant, days: number, timezone: string): Instant {
  const clock = zoneClock(timezone);
  const day = Math.floor(clock.toLocal(at) / MICROS_PER_DAY);
  for (let next = day + days; ; next += 1) {
    const end = clock.firstInstantOnOrAfter(next * MICROS_PER_DAY);
    // A day that the calendar has skipped ends when it begins.
    if (end > at) return end;
  }
}
