import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../db/errors.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../db/time/instant.ts';
import { zoneClock } from '../db/time/zone-clock.ts';
import { clockChanges, micros, ODD_ZONES, shownAt, temporal, zonedInstants } from './support/zoned-time.ts';

const instant = (text: string): Instant => micros(Temporal.Instant.from(text));

describe('the clock of a zone', () => {
  it('shows what Temporal shows, in every zone and every year', () => {
    const anywhen = fc.record({
      zone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
      second: fc.integer({ min: -62_135_000_000, max: 253_402_000_000 }),
    });
    fc.assert(
      fc.property(anywhen, ({ zone, second }) => {
        const at = second * MICROS_PER_SECOND;
        expect(zoneClock(zone).toLocal(at)).toBe(shownAt(zone, at));
      }),
      { numRuns: 3000 },
    );
  });

  it('changes when Temporal says so, to the second, from 1900 to 2040', () => {
    const window = { from: instant('1900-01-01T00:00:00Z'), to: instant('2040-01-01T00:00:00Z') };
    for (const zone of ODD_ZONES) {
      const starts = zoneClock(zone)
        .segments(window.from, window.to)
        .slice(1)
        .map((segment) => formatInstant(segment.from));
      expect(starts, zone).toEqual(offsetChanges(zone, window));
    }
  });

  it('has the same changes in zones drawn from all, from 1970 to 2040', () => {
    const window = { from: 0, to: instant('2040-01-01T00:00:00Z') };
    for (const zone of fc.sample(fc.constantFrom(...Intl.supportedValuesOf('timeZone')), 40)) {
      const starts = zoneClock(zone)
        .segments(window.from, window.to)
        .slice(1)
        .map((segment) => formatInstant(segment.from));
      expect(starts, zone).toEqual(offsetChanges(zone, window));
    }
  }, 30_000);

  it('gives segments that are the window, without a gap, each of one offset', () => {
    fc.assert(
      fc.property(zonedInstants(), fc.integer({ min: 1, max: 800 }), ({ zone, instant: from }, days) => {
        const segments = zoneClock(zone).segments(from, from + days * MICROS_PER_DAY);
        expect([segments[0]?.from, ...segments.map((segment) => segment.to)]).toEqual([
          ...segments.map((segment) => segment.from),
          from + days * MICROS_PER_DAY,
        ]);
        for (const segment of segments) {
          expect(segment.from + segment.offset).toBe(shownAt(zone, segment.from));
          expect(segment.to - 1 + segment.offset).toBe(shownAt(zone, segment.to - 1));
        }
      }),
    );
  });

  it('is turned back into an instant: the earlier one of two, none where the clock skipped', () => {
    fc.assert(
      fc.property(zonedInstants(), fc.integer({ min: 0, max: MICROS_PER_MINUTE - 1 }), ({ zone, instant: at }, rest) => {
        const local = at + rest;
        const plain = temporal(local).toZonedDateTimeISO('UTC').toPlainDateTime();
        const earlier = plain.toZonedDateTime(zone, { disambiguation: 'earlier' });
        const expected = earlier.toPlainDateTime().equals(plain) ? micros(earlier) : null;
        expect(zoneClock(zone).toInstant(local)).toBe(expected);
        // Asked from elsewhere in time, a clock answers the same.
        zoneClock(zone).offsetAt(local + 200 * MICROS_PER_DAY);
        expect(zoneClock(zone).toInstant(local)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('first shows a midnight or later at the minute that looking every minute finds', () => {
    fc.assert(
      fc.property(zonedInstants(), ({ zone, instant: at }) => {
        const midnight = Math.floor(at / MICROS_PER_DAY) * MICROS_PER_DAY;
        let first = midnight - 28 * MICROS_PER_HOUR;
        while (shownAt(zone, first) < midnight) first += MICROS_PER_MINUTE;
        // Monrovia's offset was no whole minute.
        const found = zoneClock(zone).firstInstantOnOrAfter(midnight);
        expect(found).toBeGreaterThan(first - MICROS_PER_MINUTE);
        expect(found).toBeLessThanOrEqual(first);
        if (zone !== 'Africa/Monrovia') expect(found).toBe(first);
      }),
      { numRuns: 80 },
    );
  }, 30_000);

  it('is refused for what is no IANA name', () => {
    for (const zone of ['Asia/Soul', '', '+09:00', 'Z', 'JST', 'IST', 'SystemV/PST8', 'Asia/Seoul ', '__proto__', 'UTC+9']) {
      expect(() => zoneClock(zone), zone).toThrow(InvalidArgumentError);
    }
    expect(() => zoneClock('Asia/Soul')).toThrow('timezone is "Asia/Soul", but a time zone is an IANA name, such as Asia/Seoul; did you mean "Asia/Seoul"?');
    expect(() => zoneClock('asia/shangai')).toThrow('did you mean "Asia/Shanghai"?');
    expect(() => zoneClock('Z')).toThrow(/such as Asia\/Seoul$/);
  });

  it('is one clock for any case of letters', () => {
    expect(zoneClock('asia/SEOUL')).toBe(zoneClock('Asia/Seoul'));
  });
});

/** Temporal also reports changes of name alone. */
function offsetChanges(zone: string, window: { from: Instant; to: Instant }): string[] {
  return clockChanges(zone, window)
    .filter((at) => shownAt(zone, at) - shownAt(zone, at - 1) !== 1)
    .map(formatInstant);
}
