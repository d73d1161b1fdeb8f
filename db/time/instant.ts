/** Microseconds since 1970-01-01T00:00:00Z: the resolution of the store, exact in a JavaScript number until the year 2255. */
export type Instant = number;

/** A half-open stretch of time: `from` ≤ t < `to`. */
export interface TimeWindow {
  readonly from: Instant;
  readonly to: Instant;
}

export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
export const MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE;
export const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;

/** The present, to the millisecond. */
export function now(): Instant {
  return Date.now() * 1000;
}

/** RFC 3339 in UTC with a Z; a fraction, of 3 or 6 digits, only where there is one. */
export function formatInstant(instant: Instant): string {
  const micros = ((instant % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const text = formatSecond((instant - micros) / MICROS_PER_SECOND);
  if (micros === 0) return `${text}Z`;
  return micros % 1000 === 0 ? `${text}.${String(micros / 1000).padStart(3, '0')}Z` : `${text}.${String(micros).padStart(6, '0')}Z`;
}

const SECONDS_PER_DAY = 86_400;

/** The beginnings of days, by their number since 1970: dashboards ask for the same ones, and a Date for each takes several times as long as looking it up. */
const writtenDays = new Map<number, string>();
/** Three years. */
const MOST_DAYS = 1_096;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** `2024-01-15T10:00:00`, without a zone, of whole seconds since 1970. */
function formatSecond(seconds: number): string {
  const day = Math.floor(seconds / SECONDS_PER_DAY);
  const ofDay = seconds - day * SECONDS_PER_DAY;
  const hour = Math.floor(ofDay / 3600);
  const minute = Math.floor((ofDay - hour * 3600) / 60);
  return `${writtenDays.get(day) ?? writeDay(day)}${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[ofDay - hour * 3600 - minute * 60]}`;
}

function writeDay(day: number): string {
  const text = new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 11);
  if (writtenDays.size >= MOST_DAYS) writtenDays.clear();
  writtenDays.set(day, text);
  return text;
}
