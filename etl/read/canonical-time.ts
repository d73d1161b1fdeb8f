import { daysInMonth, isInRange, type LocalMicros, localMicros } from '../../db/time/calendar.ts';
import type { Instant } from '../../db/time/instant.ts';
import { parseEpochDigits, parseRfc3339 } from '../../db/time/rfc3339.ts';
import { zoneClock } from '../../db/time/zone-clock.ts';

/** Reads the time of a record as it is written; null: not a time by the rules of the source. */
export type ReadTime = (text: string) => Instant | null;

/**
 * RFC 3339, or digits: 9 to 11 epoch seconds, 12 or more milliseconds. Where a zone is declared also the time of its clock without an offset, such as 2013-08-23 23:05:00;
 * what that clock skipped is no time, what it showed twice is the earlier one.
 */
export function canonicalTime(timezone: string | undefined): ReadTime {
  const clock = timezone === undefined ? null : zoneClock(timezone);
  return remembering((text) => {
    const instant = parseRfc3339(text) ?? parseEpochDigits(text);
    if (instant !== null || clock === null) return instant;
    const local = parseLocal(text);
    return local === null ? null : inRange(clock.toInstant(local));
  });
}

/** Rows of one time often follow each other. */
export function remembering(read: ReadTime): ReadTime {
  let lastText = '';
  let lastInstant = read('');
  return (text) => {
    if (text !== lastText) {
      lastInstant = read(text);
      lastText = text;
    }
    return lastInstant;
  };
}

/** null outside the years that the database is given. */
export function inRange(instant: Instant | null): Instant | null {
  return instant !== null && isInRange(instant) ? instant : null;
}

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?$/i;

/** Whether a text is a time of some clock that only lacks its offset. */
export function isLocalTime(text: string): boolean {
  return parseLocal(text) !== null;
}

function parseLocal(text: string): LocalMicros | null {
  const match = LOCAL.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((group) => Number(match[group] ?? 0));
  return checkedLocal(year ?? 0, month ?? 0, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0, fractionMicros(match[7] ?? ''));
}

/** null for a date that the calendar does not have and a time that no clock shows. */
export function checkedLocal(year: number, month: number, day: number, hour: number, minute: number, second: number, micros: number): LocalMicros | null {
  if (year < 1 || month < 1 || day < 1 || day > daysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return null;
  return localMicros(year, month, day, hour, minute, second, micros);
}

/** The digits after the point of a second, cut to microseconds. */
export function fractionMicros(digits: string): number {
  return digits === '' ? 0 : Number(digits.padEnd(6, '0').slice(0, 6));
}
