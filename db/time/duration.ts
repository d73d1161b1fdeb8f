import { InvalidArgumentError } from '../errors.ts';
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from './instant.ts';

/** A length of time in the three kinds that cannot be turned into one another: months of a calendar, days of a calendar, and exact time. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly micros: number;
}

const RULE = 'a duration is ISO 8601 (PT15M, P1D, P1M) or short (30s, 15m, 1h, 1d, 1w, 1mo, 1y), to the microsecond';
/** As many digits as anybody writes: a number too great is told as too long, and not as no number. */
const ISO = /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d{1,9}))?S)?)?$/;
const SHORT = /^(\d+)(s|m|h|d|w|mo|y)$/;
/** What is written with a minus, as a whole or in one of its parts, and would be a duration without. */
const MINUS = /-(?=\d|P)/g;
/** 10,000 years: longer than all of time that is read or answered. */
const MAX_MONTHS = 120_000;
const MAX_DAYS = 3_652_425;

/** Reads ISO 8601 (`PT15M`, `P1D`, `P1W`, `P1M`, `P1Y`) or the short form (`15m`, `1h`, `1d`, `1w`, `1mo`, `1y`, `30s`); `field` names the argument in the error. */
export function parseDuration(text: string, field: string): Duration {
  const duration = read(text);
  if (duration === null) throw new InvalidArgumentError(field, text, isNegative(text) ? 'a duration is not less than nothing: it has no minus' : RULE);
  if (duration.months > MAX_MONTHS || duration.days > MAX_DAYS || duration.micros > MAX_DAYS * 24 * MICROS_PER_HOUR) {
    throw new InvalidArgumentError(field, text, 'a duration is at most 10,000 years');
  }
  return duration;
}

/** ISO 8601, in the greatest units that hold it: `P1Y`, `P3M`, `P1W`, `PT1H30M`. */
export function formatDuration({ months, days, micros }: Duration): string {
  const years = Math.trunc(months / 12);
  const date = `${part(years, 'Y')}${part(months % 12, 'M')}${days % 7 === 0 && months === 0 && micros === 0 ? part(days / 7, 'W') : part(days, 'D')}`;
  const hours = Math.trunc(micros / MICROS_PER_HOUR);
  const minutes = Math.trunc((micros % MICROS_PER_HOUR) / MICROS_PER_MINUTE);
  const time = `${part(hours, 'H')}${part(minutes, 'M')}${part((micros % MICROS_PER_MINUTE) / MICROS_PER_SECOND, 'S')}`;
  if (date === '' && time === '') return 'PT0S';
  return time === '' ? `P${date}` : `P${date}T${time}`;
}

/** A length of time that no calendar is asked for: a day is 24 hours, and there are no months. */
export function exactMicros({ days, micros }: Duration): number {
  return days * MICROS_PER_DAY + micros;
}

/** Whole days that are given as hours and smaller, 24h each: a bucket of 24h is the calendar's day. Anything else stays as it is. */
export function wholeDays(duration: Duration): Duration {
  const micros = duration.micros % (24 * MICROS_PER_HOUR);
  if (micros !== 0) return duration;
  return { months: duration.months, days: duration.days + duration.micros / (24 * MICROS_PER_HOUR), micros };
}

function read(text: string): Duration | null {
  return parseShort(text) ?? parseIso(text);
}

function isNegative(text: string): boolean {
  const without = text.replace(MINUS, '');
  return without !== text && read(without) !== null;
}

function parseShort(text: string): Duration | null {
  const match = SHORT.exec(text);
  if (match === null) return null;
  const count = Number(match[1]);
  switch (match[2]) {
    case 's':
      return { months: 0, days: 0, micros: count * MICROS_PER_SECOND };
    case 'm':
      return { months: 0, days: 0, micros: count * MICROS_PER_MINUTE };
    case 'h':
      return { months: 0, days: 0, micros: count * MICROS_PER_HOUR };
    case 'd':
      return { months: 0, days: count, micros: 0 };
    case 'w':
      return { months: 0, days: 7 * count, micros: 0 };
    case 'mo':
      return { months: count, days: 0, micros: 0 };
    default:
      return { months: 12 * count, days: 0, micros: 0 };
  }
}

function parseIso(text: string): Duration | null {
  const match = ISO.exec(text);
  // Digits below a microsecond would be lost.
  if (match === null || /[1-9]/.test((match[8] ?? '').slice(6))) return null;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1, 8).map((digits) => Number(digits ?? 0));
  const fraction = Number((match[8] ?? '').padEnd(6, '0').slice(0, 6));
  return {
    months: 12 * years + months,
    days: 7 * weeks + days,
    micros: hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE + seconds * MICROS_PER_SECOND + fraction,
  };
}

function part(count: number, unit: string): string {
  return count === 0 ? '' : `${count}${unit}`;
}
