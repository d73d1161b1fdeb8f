import { InvalidArgumentError } from '../errors.ts';
import { clampInstant, dateFromDays, daysFromDate, type LocalMicros, MAX_INSTANT, MIN_INSTANT } from './calendar.ts';
import { type Duration, parseDuration, wholeDays } from './duration.ts';
import { type Instant, MICROS_PER_DAY, MICROS_PER_SECOND, type TimeWindow } from './instant.ts';
import { checkWindow } from './time-window.ts';
import { type ZoneClock, zoneClock } from './zone-clock.ts';

/** A duration by which time is divided: whole months, whole days, or exact time that divides a day; exactly one of the three is not zero. */
export type Bucket = Duration;

/** n days are counted from Monday 2000-01-03, so that 7 days are a week from Monday; n months from 2000-01. */
const FIRST_DAY = daysFromDate(2000, 1, 3);
const FIRST_MONTH = 2000 * 12;

/** Ten years, with as many leap days as they may have. */
const MOST_MONTHS = 120;
const MOST_DAYS = 3653;

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
  if (micros % MICROS_PER_SECOND !== 0) throw new InvalidArgumentError(field, text, 'a bucket is whole seconds');
  if (months > MOST_MONTHS || days > MOST_DAYS) throw new InvalidArgumentError(field, text, 'a bucket is at most ten years: 120 months or 3,653 days');
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
  const boundaries: Instant[] = [];
  for (const { first, last, step } of markRuns(width, clock, { from, to })) {
    // What lies before `from` but for the last mark is stepped over: a day has 86,400 marks a second apart.
    const start = first < from ? Math.min(first + Math.floor((from - first) / step) * step, last) : first;
    for (let mark = start; mark <= last; mark += step) {
      if (mark <= from) boundaries.length = 0;
      boundaries.push(clampInstant(mark));
      if (mark >= to) return boundaries;
    }
  }
  throw new Error(`the marks of a clock end before ${to}`);
}

/** Marks at one distance from each other. */
interface MarkRun {
  readonly first: Instant;
  readonly last: Instant;
  readonly step: number;
}

/** The marks at which buckets begin, in order, from before the window to after it. */
function* markRuns(width: number, clock: ZoneClock, { from, to }: TimeWindow): Generator<MarkRun> {
  // A bucket over a clock that is set back lasts longer by that: a day and its width at most.
  const reach = width + MOST_MOVED;
  let shownBefore: LocalMicros | null = null;
  for (const segment of clock.segments(from - reach, to + reach)) {
    const shown = segment.from + segment.offset;
    // Zero is added because the ceiling of a small negative number is -0.
    const mark = Math.ceil(shown / width) * width + 0;
    // The clock showed everything before `shownBefore` and goes on from `shown`.
    if (shownBefore !== null && mark > shown && Math.ceil(shownBefore / width) * width < shown) yield { first: segment.from, last: segment.from, step: width };
    shownBefore = segment.to + segment.offset;
    const last = Math.ceil(shownBefore / width) * width - width;
    if (mark <= last) yield { first: mark - segment.offset, last: last - segment.offset, step: width };
  }
}

/** The starts of the last buckets before one that begins at `start`, ascending: so many, or as many as there are since the year 0001. */
export function bucketsBefore(bucket: Bucket, zone: string, start: Instant, count: number): Instant[] {
  const length = bucket.micros + bucket.days * MICROS_PER_DAY + bucket.months * 31 * MICROS_PER_DAY;
  for (let reach = count * length; ; reach *= 2) {
    const from = Math.max(start - reach, MIN_INSTANT);
    if (from >= start) return [];
    const starts = bucketBoundaries(bucket, zone, { from, to: start }).slice(0, -1);
    if (starts.length >= count || from === MIN_INSTANT) return starts.slice(-count);
  }
}

/** How many buckets `bucketBoundaries` gives. */
export function countBuckets(bucket: Bucket, zone: string, window: TimeWindow): number {
  if (bucket.micros === 0) return bucketBoundaries(bucket, zone, window).length - 1;
  checkWindow(window);
  let inside = 0;
  // The marks inside part the window: one bucket more than there are marks.
  for (const { first, last, step } of markRuns(bucket.micros, zoneClock(zone), window)) {
    inside += Math.max(0, Math.floor((Math.min(last, window.to - 1) - first) / step) - Math.max(-1, Math.floor((window.from - first) / step)));
  }
  return inside + 1;
}
