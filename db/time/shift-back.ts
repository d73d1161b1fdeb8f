import { clampInstant, dateFromDays, daysFromDate, daysInMonth, type LocalMicros, MAX_INSTANT, MIN_INSTANT } from './calendar.ts';
import type { Duration } from './duration.ts';
import { type Instant, MICROS_PER_DAY } from './instant.ts';
import { type ZoneClock, zoneClock } from './zone-clock.ts';

/** A clock that was set back has shown again all it had shown before after at most a day. */
const LONGEST_REPEAT = 2 * MICROS_PER_DAY;

/**
 * Moves ascending instants back by a period, so that they stay ascending: months and days on the zone's calendar at the same time of day, what is left as
 * exact time. A date that a month lacks becomes the first instant after that month; a time that the clock skipped, the first instant after it. What the
 * clock shows a second time moves to where the first time ended. Where an instant goes does not depend on the others.
 */
export function shiftBack(instants: readonly Instant[], period: Duration, zone: string): Instant[] {
  const { months, days, micros } = period;
  if (months === 0 && days === 0) return instants.map((instant) => clampInstant(instant - micros));
  const clock = zoneClock(zone);
  const furthest = createFurthestShown(clock, instants);
  return instants.map((instant) => {
    const local = earlierDate(furthest(instant), months) - days * MICROS_PER_DAY;
    return clampInstant(clock.firstInstantOnOrAfter(clampLocal(local)) - micros);
  });
}

/** The latest that a clock has shown by an instant; asked for ascending instants. */
function createFurthestShown(clock: ZoneClock, instants: readonly Instant[]): (instant: Instant) => LocalMicros {
  const first = instants[0] ?? 0;
  const segments = clock.segments(first - LONGEST_REPEAT, (instants.at(-1) ?? first) + 1);
  let next = 1;
  let shown = Number.NEGATIVE_INFINITY;
  return (instant) => {
    for (let segment = segments[next]; segment !== undefined && segment.from <= instant; segment = segments[next]) {
      shown = Math.max(shown, segment.from + (segments[next - 1]?.offset ?? segment.offset));
      next++;
    }
    return Math.max(shown, clock.toLocal(instant));
  };
}

/** The same day and time of day so many months before; where that month has no such day, the midnight after its last. */
function earlierDate(local: LocalMicros, months: number): LocalMicros {
  if (months === 0) return local;
  const days = Math.floor(local / MICROS_PER_DAY);
  const { year, month, day } = dateFromDays(days);
  const index = year * 12 + month - 1 - months;
  const earlierYear = Math.floor(index / 12);
  const earlierMonth = index - earlierYear * 12 + 1;
  const length = daysInMonth(earlierYear, earlierMonth);
  if (day > length) return (daysFromDate(earlierYear, earlierMonth, length) + 1) * MICROS_PER_DAY;
  return daysFromDate(earlierYear, earlierMonth, day) * MICROS_PER_DAY + local - days * MICROS_PER_DAY;
}

/** Far outside the years that are answered there is no clock to ask. */
function clampLocal(local: LocalMicros): LocalMicros {
  return Math.min(Math.max(local, MIN_INSTANT - LONGEST_REPEAT), MAX_INSTANT + LONGEST_REPEAT);
}
