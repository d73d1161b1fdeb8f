import { z } from 'zod';
import { exactMicros, parseDuration } from '../../db/time/duration.ts';
import { zoneClock } from '../../db/time/zone-clock.ts';

/** Text of at least one character. */
export const text = z.string().min(1, 'expected text');

/** An IANA time zone. */
export const timeZone = text.refine(isZone, 'expected an IANA name, such as Asia/Seoul');

const DURATION = 'expected a duration of exact time above 0, such as 90s, 30m or PT30M';

/** A length of exact time above 0, such as `30m`, in microseconds. */
export const duration = z.string(DURATION).transform((written, context) => {
  const micros = microsOf(written);
  if (micros !== null && micros > 0) return micros;
  context.addIssue({ code: 'custom', message: DURATION });
  return z.NEVER;
});

/** Like `duration`, with `0s` allowed. */
export const durationOrNothing = z.string(DURATION).transform((written, context) => {
  const micros = microsOf(written);
  if (micros !== null) return micros;
  context.addIssue({ code: 'custom', message: 'expected a duration of exact time, such as 0s, 30m or PT30M' });
  return z.NEVER;
});

/** A whole number between the bounds. */
export function wholeNumber(least: number, most: number) {
  const rule = `expected a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
  return z.number(rule).int(rule).min(least, rule).max(most, rule);
}

function microsOf(written: string): number | null {
  try {
    const parsed = parseDuration(written, 'duration');
    return parsed.months === 0 ? exactMicros(parsed) : null;
  } catch {
    return null;
  }
}

function isZone(name: string): boolean {
  try {
    zoneClock(name);
    return true;
  } catch {
    return false;
  }
}
