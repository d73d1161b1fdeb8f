import { InvalidArgumentError } from '../errors.ts';
import { clampInstant, dateFromDays, daysFromDate, type LocalMicros, MAX_INSTANT, MIN_INSTANT } from './calendar.ts';
import { type Duration, parseDuration, wholeDays } from './duration.ts';
import { type Instant, MICROS_PER_DAY, MICROS_PER_MINUTE, type TimeWindow } from './instant.ts';
import { checkWindow } from './time-window.ts';
import { type ZoneClock, zoneClock } from './zone-clock.ts';

/** A duration by which time is divided: whole months, whole days, or exact time that divides a day; exactly one of the three is not zero. */
export type Bucket = Duration;

/** n days are counted from Monday 2000-01-03, so that 7 days are a week from Monday; n months from 2000-01. */
const FIRST_DAY = daysFromDate(2000, 1, 3);
const FIRST_MONTH = 2000 * 12;

const SHORTEST = 15 * MICROS_PER_MINUTE;
/** The shortest month, and the shortest day that any zone has had, for estimates that are never too low. */
const SHORTEST_MONTH = 28 * MICROS_PER_DAY;
/** Morocco's four changes a year are the most there are; two more for decrees. */
const MOST_CHANGES_A_YEAR = 6;
/** Two days: as far as the sum of all changes between two instants can ever move a clock. */
const MOST_MOVED = 2 * MICROS_PER_DAY;

/** Reads a duration and refuses what is no bucket. 24h and its multiples become days. */
export function parseBucket(text: string, field = 'bucket'): Bucket {
  const { months, days, micros } = wholeDays(parseDuration(text, field));
  if ([months, days, micros].filter((count) => count !== 0).length !== 1 || MICROS_PER_DAY % (micros || MICROS_PER_DAY) !== 0) {
    throw new InvalidArgumentError(field, text, 'a bucket must divide a day, or be whole days, weeks, months or years');
  }
  if (micros !== 0 && micros < SHORTEST) throw new InvalidArgumentError(field, text, 'a bucket is at least 15 minutes');
  return { months, days, micros };
}

/** Never less than the number of buckets that `bucketBoundaries` gives, and more only by a few for each year; costs nothing. */
export function estimateBucketCount(bucket: Bucket, window: TimeWindow): number {
  const length = window.to - window.from;
  if (bucket.micros !== 0) return Math.ceil(length / bucket.micros) + 2 + MOST_CHANGES_A_YEAR * Math.ceil(length / (365 * MICROS_PER_DAY));
  const shortest = bucket.days * MICROS_PER_DAY + bucket.months * SHORTEST_MONTH;
  return Math.floor((length + MOST_MOVED) / shortest) + 2;
}

/**
 * The boundaries of the whole buckets that cover the window, strictly increasing: the first at or before `from`, the last at or after `to`,
 * both cut to the years 0001 to 9999. Bucket i is [boundary i, boundary i + 1).
 */
export function bucketBoundaries(bucket: Bucket, zone: string, window: TimeWindow): Instant[] {
  const answered = { from: clampInstant(window.from), to: clampInstant(window.to) };
  checkWindow(answered);
  const clock = zoneClock(zone);
  return bucket.micros === 0 ? calendarBoundaries(bucket, clock, answered) : clockBoundaries(bucket.micros, clock, answered);
}

/** A period begins when the clock first shows its first midnight or anything later; so what the calendar skips ends as it begins and is left out. */
function calendarBoundaries(bucket: Bucket, clock: ZoneClock, { from, to }: TimeWindow): Instant[] {
  const startOf = (index: number) => clampInstant(clock.firstInstantOnOrAfter(localStart(bucket, index)));
  let index = indexAt(bucket, clock.toLocal(from));
  // Where a clock was set back over midnight, the period has begun before the clock shows the day before once more.
  while (startOf(index + 1) <= from) index++;
  const boundaries = [startOf(index)];
  let last = startOf(index);
  while (last < to) {
    index++;
    const start = startOf(index);
    if (start > last) boundaries.push(start);
    last = start;
  }
  return boundaries;
}

/** Which period, counted from the first, the date on the clock lies in. */
function indexAt(bucket: Bucket, local: LocalMicros): number {
  const days = Math.floor(local / MICROS_PER_DAY);
  if (bucket.days !== 0) return Math.floor((days - FIRST_DAY) / bucket.days);
  const { year, month } = dateFromDays(days);
  return Math.floor((year * 12 + month - 1 - FIRST_MONTH) / bucket.months);
}

/** The midnight at which a period begins. Cut to where there are instants, so that a bucket of many years does not leave the calendar. */
function localStart(bucket: Bucket, index: number): LocalMicros {
  if (bucket.days !== 0) return clampLocal((FIRST_DAY + index * bucket.days) * MICROS_PER_DAY);
  const months = FIRST_MONTH + index * bucket.months;
  const year = Math.floor(months / 12);
  return clampLocal(daysFromDate(year, months - year * 12 + 1, 1) * MICROS_PER_DAY);
}

function clampLocal(local: LocalMicros): LocalMicros {
  return Math.min(Math.max(local, MIN_INSTANT - MOST_MOVED), MAX_INSTANT + MOST_MOVED);
}

/** A bucket begins whenever the clock shows a multiple of its width, and where the clock jumps over one. */
function clockBoundaries(width: number, clock: ZoneClock, { from, to }: TimeWindow): Instant[] {
  // A bucket over a clock that is set back lasts longer by that: a day and its width at most.
  const reach = width + MOST_MOVED;
  const marks: Instant[] = [];
  let shownBefore: LocalMicros | null = null;
  for (const segment of clock.segments(from - reach, to + reach)) {
    const shown = segment.from + segment.offset;
    // Zero is added because the ceiling of a small negative number is -0.
    let mark = Math.ceil(shown / width) * width + 0;
    // The clock showed everything before `shownBefore` and goes on from `shown`.
    if (shownBefore !== null && mark > shown && Math.ceil(shownBefore / width) * width < shown) marks.push(segment.from);
    for (; mark - segment.offset < segment.to; mark += width) marks.push(mark - segment.offset);
    shownBefore = segment.to + segment.offset;
  }
  return marks.slice(lastAtOrBefore(marks, from), firstAtOrAfter(marks, to) + 1).map(clampInstant);
}

function lastAtOrBefore(sorted: readonly Instant[], instant: Instant): number {
  return firstAtOrAfter(sorted, instant + 0.5) - 1;
}

function firstAtOrAfter(sorted: readonly Instant[], instant: Instant): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
