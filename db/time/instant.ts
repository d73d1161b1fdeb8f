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
  const text = new Date((instant - micros) / 1000).toISOString().slice(0, 19);
  if (micros === 0) return `${text}Z`;
  return micros % 1000 === 0 ? `${text}.${String(micros / 1000).padStart(3, '0')}Z` : `${text}.${String(micros).padStart(6, '0')}Z`;
}
