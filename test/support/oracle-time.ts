import { Temporal } from 'temporal-polyfill';
import { type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE } from '../../db/time/instant.ts';
import { clockChanges, micros, temporal } from './zoned-time.ts';

/** A bucket as the oracle draws and computes it, apart from the product's own. */
export interface OracleBucket {
  /** As it is asked for. */
  readonly text: string;
  readonly unit: 'minutes' | 'days' | 'months';
  readonly count: number;
}

/** The boundaries of the whole buckets that cover [from, to): dates and marks on the clock, turned into instants one by one by Temporal. */
export function oracleBoundaries(bucket: OracleBucket, zone: string, from: Instant, to: Instant): Instant[] {
  const candidates = bucket.unit === 'minutes' ? marks(bucket.count, zone, from, to) : periods(bucket, zone, from, to);
  const sorted = [...new Set(candidates)].sort((a, b) => a - b);
  const first = sorted.findLastIndex((instant) => instant <= from);
  const last = sorted.findIndex((instant) => instant >= to);
  if (first === -1 || last === -1) throw new Error(`the oracle's boundaries do not cover ${from} to ${to}`);
  return sorted.slice(first, last + 1);
}

/** The instant at which the clock of a zone first shows the start of a date, or first jumps past it. */
export function startOfDate(date: Temporal.PlainDate, zone: string): Instant {
  const key = `${zone} ${date.toString()}`;
  const known = starts.get(key);
  if (known !== undefined) return known;
  const start = micros(date.toZonedDateTime(zone));
  starts.set(key, start);
  return start;
}

const starts = new Map<string, Instant>();
const changesByZone = new Map<string, readonly Instant[]>();

/** The clock changes of a zone from 1970 to 2030. */
export function changesOf(zone: string): readonly Instant[] {
  const known = changesByZone.get(zone);
  if (known !== undefined) return known;
  const changes = clockChanges(zone, { from: 0, to: micros(Temporal.Instant.from('2030-01-01T00:00:00Z')) });
  changesByZone.set(zone, changes);
  return changes;
}

function periods({ unit, count }: OracleBucket, zone: string, from: Instant, to: Instant): Instant[] {
  const anchor = Temporal.PlainDate.from(unit === 'days' ? '2000-01-03' : '2000-01-01');
  const date = dateAt(from, zone);
  const since = unit === 'days' ? anchor.until(date, { largestUnit: 'day' }).days : (date.year - 2000) * 12 + date.month - 1;
  const found: Instant[] = [];
  for (let i = Math.floor(since / count) - 2; ; i++) {
    const start = startOfDate(anchor.add(unit === 'days' ? { days: i * count } : { months: i * count }), zone);
    found.push(start);
    if (start >= to) return found;
  }
}

function marks(minutes: number, zone: string, from: Instant, to: Instant): Instant[] {
  const found: Instant[] = [];
  const end = dateAt(to, zone).add({ days: 2 });
  for (let date = dateAt(from, zone).subtract({ days: 2 }); Temporal.PlainDate.compare(date, end) < 0; date = date.add({ days: 1 })) {
    const start = startOfDate(date, zone);
    const isPlain = changesOf(zone).every((change) => change < start - MICROS_PER_DAY || change > start + 2 * MICROS_PER_DAY);
    for (let minute = 0; minute < 1440; minute += minutes) {
      if (isPlain) found.push(start + minute * MICROS_PER_MINUTE);
      else found.push(...timesShown(date.toPlainDateTime().add({ minutes: minute }), zone));
    }
  }
  return found;
}

/** When the clock showed this: once, twice, or, where it jumped over it, at the jump. */
function timesShown(shown: Temporal.PlainDateTime, zone: string): Instant[] {
  const earlier = shown.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = shown.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.toPlainDateTime().equals(shown)) return [micros(earlier), micros(later)];
  const jump = later.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  if (jump === null) throw new Error(`the clock of ${zone} never showed ${shown.toString()}, yet did not jump`);
  return [micros(jump)];
}

function dateAt(instant: Instant, zone: string): Temporal.PlainDate {
  return temporal(instant).toZonedDateTimeISO(zone).toPlainDate();
}
