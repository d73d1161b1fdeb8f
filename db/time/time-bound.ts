import { InvalidArgumentError } from '../errors.ts';
import { clampInstant, dateFromDays, daysFromDate, daysInMonth, isInRange, localMicros } from './calendar.ts';
import { type Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from './instant.ts';
import { parseEpoch, parseRfc3339 } from './rfc3339.ts';
import { type ZoneClock, zoneClock } from './zone-clock.ts';

/** What the text of a bound is read with. */
export interface TimeBoundContext {
  /** The query's zone: calendar periods and days are its. */
  readonly zone: string;
  /** A period means its start as `from` and its end as `to`. */
  readonly edge: 'from' | 'to';
  readonly now: Instant;
  /** The argument, for the error. */
  readonly field: string;
}

const RULE =
  'a time bound is RFC 3339 with an offset (2024-01-15T10:00:00Z), a calendar period (2024, 2024-01, 2024-01-15, or without dashes), epoch seconds (9 to 11 digits) or milliseconds (12 or more), or relative (now, now-24h, now-7d)';
const RANGE_RULE = 'a time lies in the years 0001 to 9999';
const PERIOD = /^(\d{4})(?:(\d{2})(\d{2})?|-(\d{2})(?:-(\d{2}))?)?$/;
const RELATIVE = /^now(?:([+-])(\d{1,9})(s|m|h|d|w|mo|y))?$/;

/** Reads a `TimeBound`: RFC 3339, a calendar period, epoch digits, or relative to now. */
export function parseTimeBound(text: string, context: TimeBoundContext): Instant {
  const instant = parseRfc3339(text) ?? parseEpoch(text) ?? parsePeriod(text, context) ?? parseRelative(text, context);
  if (instant !== null) return instant;
  throw new InvalidArgumentError(context.field, text, RULE);
}

function parsePeriod(text: string, { zone, edge, field }: TimeBoundContext): Instant | null {
  const match = PERIOD.exec(text);
  if (match === null) return null;
  const year = Number(match[1]);
  const monthText = match[2] ?? match[4];
  const dayText = match[3] ?? match[5];
  const month = Number(monthText ?? 1);
  const day = Number(dayText ?? 1);
  if (year < 1) throw new InvalidArgumentError(field, text, RANGE_RULE);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw new InvalidArgumentError(field, text, 'the calendar has no such date');

  const start = daysFromDate(year, month, day);
  const end = periodEnd(year, monthText === undefined ? null : month, dayText === undefined ? null : day);
  // The first and the last year of all begin and end outside of what can be answered in zones ahead of and behind UTC.
  return clampInstant(zoneClock(zone).firstInstantOnOrAfter((edge === 'from' ? start : end) * MICROS_PER_DAY));
}

function parseRelative(text: string, { zone, now, field }: TimeBoundContext): Instant | null {
  const match = RELATIVE.exec(text);
  if (match === null) return null;
  const [, sign, digits, unit] = match;
  if (unit === undefined) return now;
  const instant = moved(zoneClock(zone), now, Number(digits) * (sign === '-' ? -1 : 1), unit);
  if (!isInRange(instant)) throw new InvalidArgumentError(field, text, RANGE_RULE);
  return clampInstant(instant);
}

/** The day after a day, a month or a year, as days since 1970. */
function periodEnd(year: number, month: number | null, day: number | null): number {
  if (month === null) return daysFromDate(year + 1, 1, 1);
  return daysFromDate(year, month, day ?? daysInMonth(year, month)) + 1;
}

/** Hours and smaller are exact time; days and greater keep the time of day on the zone's clock, months and years the day where the month has it. */
function moved(clock: ZoneClock, from: Instant, count: number, unit: string): Instant {
  switch (unit) {
    case 's':
      return from + count * MICROS_PER_SECOND;
    case 'm':
      return from + count * MICROS_PER_MINUTE;
    case 'h':
      return from + count * MICROS_PER_HOUR;
    case 'd':
      return movedByDays(clock, from, count);
    case 'w':
      return movedByDays(clock, from, 7 * count);
    case 'mo':
      return movedByMonths(clock, from, count);
    default:
      return movedByMonths(clock, from, 12 * count);
  }
}

function movedByDays(clock: ZoneClock, from: Instant, days: number): Instant {
  return atClock(clock, clock.toLocal(from) + days * MICROS_PER_DAY);
}

function movedByMonths(clock: ZoneClock, from: Instant, count: number): Instant {
  const local = clock.toLocal(from);
  const days = Math.floor(local / MICROS_PER_DAY);
  const date = dateFromDays(days);
  const months = date.year * 12 + date.month - 1 + count;
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  return atClock(clock, localMicros(year, month, Math.min(date.day, daysInMonth(year, month))) + local - days * MICROS_PER_DAY);
}

/** The earlier time where the clock shows this twice; where it never does, as much after the jump as it would have been after the last time before it (as Temporal, RFC 5545). */
function atClock(clock: ZoneClock, local: number): Instant {
  // Far outside the years that are answered: refused by the caller, and no matter for a clock.
  if (!isInRange(local)) return local;
  return clock.toInstant(local) ?? local - clock.offsetAt(clock.firstInstantOnOrAfter(local) - 1);
}
