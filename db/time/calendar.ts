import { type Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from './instant.ts';

/** What a clock on the wall shows, as microseconds since 1970-01-01 00:00 on that clock. */
export type LocalMicros = number;

/** 0001-01-01T00:00:00Z: the first instant that is read, answered or sent to the database. */
export const MIN_INSTANT: Instant = -62_135_596_800 * MICROS_PER_SECOND;
/** 9999-12-31T23:59:59Z: the last one. A whole second, because so far from 1970 a number no longer holds every microsecond. */
export const MAX_INSTANT: Instant = 253_402_300_799 * MICROS_PER_SECOND;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether the Gregorian year has 366 days. */
export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The length of a month, 1 to 12; 0 for any other number, so that no day fits. */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
}

/** Days from 1970-01-01 to a Gregorian date, by arithmetic alone: this runs once for every row of a load. */
export function daysFromDate(year: number, month: number, day: number): number {
  // The year is taken to begin in March, so that the leap day is its last one.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** The Gregorian date that many days after 1970-01-01. */
export function dateFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1 };
}

/** The clock reading of a date and a time of day. The parts are taken as they are: check them first. */
export function localMicros(year: number, month: number, day: number, hour = 0, minute = 0, second = 0, micros = 0): LocalMicros {
  return daysFromDate(year, month, day) * MICROS_PER_DAY + hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + second * MICROS_PER_SECOND + micros;
}

/** Moved into the instants that are read, answered and sent to the database. */
export function clampInstant(instant: Instant): Instant {
  return Math.min(Math.max(instant, MIN_INSTANT), MAX_INSTANT);
}

/** Whether the instant lies in the years 0001 to 9999 of UTC; the fraction of the very last second counts, though `clampInstant` cuts it. */
export function isInRange(instant: Instant): boolean {
  return instant >= MIN_INSTANT && instant < MAX_INSTANT + MICROS_PER_SECOND;
}
