import { type Instant, MICROS_PER_DAY } from '../../db/time/instant.ts';
import { clockOf, firstShowing, type OracleClock, reached, shown, stretchAt } from './oracle-clock.ts';
import type { OracleDuration, Span } from './oracle-types.ts';

/** From the epoch to Monday 2000-01-03, from which days are counted. */
const FIRST_DAY = 10_959;

/** The boundaries of the whole buckets that cover a span, and `more` buckets before it: every mark that the clock of the zone shows or jumps over. */
export function oracleBoundaries(bucket: OracleDuration, zone: string, { from, to }: Span, more = 0): Instant[] {
  const clock = clockOf(zone);
  const found = bucket.micros === 0 ? periods(bucket, clock, { from, to }, more) : marks(bucket.micros, clock, { from, to }, more);
  const first = found.findLastIndex((instant) => instant <= from);
  const last = found.findIndex((instant) => instant >= to);
  if (first < more || last === -1) throw new Error(`the oracle's boundaries do not cover ${more} buckets before ${from} to ${to}`);
  return found.slice(first - more, last + 1);
}

/** The instant at which the clock of a zone first shows a date, given as days since 1970, or first jumps past its start. */
export function startOfDay(zone: string, day: number): Instant {
  return firstShowing(clockOf(zone), day * MICROS_PER_DAY);
}

/** The date that the clock of a zone shows, as days since 1970. */
export function dayAt(zone: string, instant: Instant): number {
  return Math.floor(shown(clockOf(zone), instant) / MICROS_PER_DAY);
}

/**
 * The same instants a while earlier, in their order: by the clock for months and days, exact for what is shorter. What is shown a second time counts as
 * the end of what was shown before; what collapses stays, as an empty bucket.
 */
export function shiftedBack(instants: readonly Instant[], { months, days, micros }: OracleDuration, zone: string): Instant[] {
  const clock = clockOf(zone);
  let latest = Number.NEGATIVE_INFINITY;
  return instants.map((instant) => {
    const moved = months === 0 && days === 0 ? instant : firstShowing(clock, monthsBack(reached(clock, instant), months) - days * MICROS_PER_DAY);
    latest = Math.max(latest, moved - micros);
    return latest;
  });
}

/** A date that the earlier month lacks is the start of the next one. */
function monthsBack(local: number, months: number): number {
  const date = new Date(Math.floor(local / MICROS_PER_DAY) * 86_400_000);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() - months, date.getUTCDate()];
  const nextMonth = Date.UTC(year, month + 1, 1) * 1000;
  return Math.min(nextMonth, Date.UTC(year, month, day) * 1000 + local - date.getTime() * 1000);
}

/** Ascending, each instant once; what the calendar skips has no bucket. */
function periods({ months, days }: OracleDuration, clock: OracleClock, { from, to }: Span, more: number): Instant[] {
  const date = new Date(shown(clock, from) / 1000);
  const count = months || days;
  const since = months !== 0 ? (date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth() : Math.floor(date.getTime() / 86_400_000) - FIRST_DAY;
  const found: Instant[] = [];
  for (let i = Math.floor(since / count) - 2 - more; ; i++) {
    const start = firstShowing(clock, months !== 0 ? Date.UTC(2000, i * count) * 1000 : (FIRST_DAY + i * count) * MICROS_PER_DAY);
    if (start !== found.at(-1)) found.push(start);
    if (start >= to) return found;
  }
}

function marks(length: number, clock: OracleClock, { from, to }: Span, more: number): Instant[] {
  const { starts, offsets } = clock;
  const found: Instant[] = [];
  // Where a clock is set back, two marks lie up to twice as far apart.
  const begin = from - (more + 6) * length;
  const end = to + 3 * length;
  for (let i = stretchAt(clock, begin); (starts[i] ?? end) < end; i++) {
    const [start = 0, offset = 0, next = Number.POSITIVE_INFINITY, before = offset] = [starts[i], offsets[i], starts[i + 1], offsets[i - 1]];
    const first = Math.ceil((start + offset) / length) * length;
    // From before the jump to after it, a mark was never shown.
    const isSkipped = offset > before && Math.ceil((start + before) / length) * length < start + offset;
    if (isSkipped && start > begin && start !== first - offset) found.push(start);
    const least = Math.max(first, Math.ceil((begin + offset) / length) * length);
    for (let at = least - offset; at < Math.min(next, end); at += length) found.push(at);
  }
  return found;
}
