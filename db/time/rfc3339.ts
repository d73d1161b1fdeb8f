import { clampInstant, daysInMonth, isInRange, localMicros } from './calendar.ts';
import { type Instant, MICROS_PER_HOUR, MICROS_PER_MINUTE } from './instant.ts';

/** The shortest: 2024-01-15T10:00:00Z. */
const MIN_LENGTH = 20;

/**
 * RFC 3339 with its offset, which must be there: `T` or a space between date and time, any number of fraction digits, cut to microseconds.
 * null for anything else, days that the calendar does not have, leap seconds, and years outside 0001 to 9999.
 * Reads character by character: a load calls it once for every row, and a regular expression with a Date takes four times as long.
 */
export function parseRfc3339(text: string): Instant | null {
  if (text.length < MIN_LENGTH || !hasSeparators(text)) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  // Comparisons with NaN are false, so they are written to hold for good values.
  if (!(year >= 1 && month >= 1 && day >= 1 && day <= daysInMonth(year, month) && hour <= 23 && minute <= 59 && second <= 59)) return null;

  const fractionEnd = text.charCodeAt(19) === DOT ? endOfDigits(text, 20) : 19;
  if (fractionEnd === 20) return null;
  const offset = parseOffset(text, fractionEnd);
  const wholeSecond = localMicros(year, month, day, hour, minute, second) - offset;
  // Before the fraction is added, because that far from 1970 the sum is rounded, in the last second into the year 10000.
  return isInRange(wholeSecond) ? clampInstant(wholeSecond + fractionMicros(text, 20, fractionEnd)) : null;
}

/** Digits alone: 9 to 11 are epoch seconds, 12 or more epoch milliseconds. null for anything else and for times outside the years 0001 to 9999. */
export function parseEpochDigits(text: string): Instant | null {
  if (text.length < 9 || endOfDigits(text, 0) !== text.length) return null;
  const instant = Number(text) * (text.length <= 11 ? 1_000_000 : 1000);
  return isInRange(instant) ? clampInstant(instant) : null;
}

const EPOCH_DECIMAL = /^(\d{9,15})\.\d{1,9}$/;

/** An epoch as programs count it that have only one kind of number: digits as `parseEpochDigits` has them, and maybe a fraction, to the microsecond. */
export function parseEpoch(text: string): Instant | null {
  const whole = EPOCH_DECIMAL.exec(text)?.[1];
  if (whole === undefined) return parseEpochDigits(text);
  const start = parseEpochDigits(whole);
  if (start === null) return null;
  const instant = start + Math.round(Number(`0${text.slice(whole.length)}`) * (whole.length <= 11 ? 1_000_000 : 1000));
  return isInRange(instant) ? clampInstant(instant) : null;
}

const ZERO = 48;
const NINE = 57;
const DOT = 46;
const DASH = 45;
const PLUS = 43;
const COLON = 58;
const SPACE = 32;
const UPPER_T = 84;
const LOWER_T = 116;
const UPPER_Z = 90;
const LOWER_Z = 122;

function hasSeparators(text: string): boolean {
  const separator = text.charCodeAt(10);
  return (
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    (separator === UPPER_T || separator === SPACE || separator === LOWER_T) &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON
  );
}

/** A number of fixed width; NaN where a character is not a digit. */
function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let i = start; i < start + count; i++) {
    const code = text.charCodeAt(i);
    if (!(code >= ZERO && code <= NINE)) return Number.NaN;
    value = value * 10 + code - ZERO;
  }
  return value;
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  while (end < text.length && text.charCodeAt(end) >= ZERO && text.charCodeAt(end) <= NINE) end++;
  return end;
}

/** Cut, not rounded: a reading never moves into the next second, and so never into the next bucket. */
function fractionMicros(text: string, start: number, end: number): number {
  let micros = 0;
  for (let i = start; i < start + 6; i++) micros = micros * 10 + (i < end ? text.charCodeAt(i) - ZERO : 0);
  return micros;
}

/** The offset from UTC that ends the text; NaN where it is missing or wrong. */
function parseOffset(text: string, start: number): number {
  const code = text.charCodeAt(start);
  if (code === UPPER_Z || code === LOWER_Z) return text.length === start + 1 ? 0 : Number.NaN;
  if ((code !== PLUS && code !== DASH) || text.length !== start + 6 || text.charCodeAt(start + 3) !== COLON) return Number.NaN;
  const hours = digits(text, start + 1, 2);
  const minutes = digits(text, start + 4, 2);
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN;
  const offset = hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE;
  return code === PLUS ? offset : -offset;
}
