import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../db/errors.ts';
import { bucketBoundaries, estimateBucketCount, parseBucket } from '../db/time/buckets.ts';
import { formatDuration } from '../db/time/duration.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from '../db/time/instant.ts';
import { boundariesByTheMinute, micros, zonedInstants } from './support/zoned-time.ts';

const instant = (text: string): Instant => micros(Temporal.Instant.from(text));
const boundaries = (bucket: string, zone: string, from: string, to: string) =>
  bucketBoundaries(parseBucket(bucket), zone, { from: instant(from), to: instant(to) }).map(formatInstant);

const SUB_DAY = ['15m', '16m', '18m', '20m', '24m', '30m', '45m', '1h', '90m', '2h', '3h', '4h', '6h', '8h', '12h'];
const CALENDAR = ['1d', '2d', '3d', '1w', '10d', '2w', '30d', '1mo', '2mo', '3mo', '5mo', '6mo', '1y', '2y', '5y'];

describe('buckets', () => {
  it('begin where looking at the clock every minute finds, when shorter than a fortnight', () => {
    fc.assert(
      fc.property(
        zonedInstants(),
        fc.constantFrom(...SUB_DAY, '1d', '2d', '3d', '1w'),
        fc.integer({ min: 1, max: 1500 }),
        ({ zone, instant: from }, text, minutes) => {
          const bucket = parseBucket(text);
          const window = { from, to: from + minutes * MICROS_PER_MINUTE };
          const found = bucketBoundaries(bucket, zone, window);
          const around = { from: found[0] ?? 0, to: found.at(-1) ?? 0 };
          // Monrovia's offset was no whole minute until 1972.
          fc.pre(zone !== 'Africa/Monrovia' || around.from > instant('1972-02-01T00:00:00Z'));
          expect(found.map(formatInstant)).toEqual(boundariesByTheMinute(bucket, zone, around).map(formatInstant));
          expectCover(found, window);
        },
      ),
      { numRuns: 150 },
    );
  }, 240_000);

  it('begin where Temporal finds the start of their first day, when of the calendar', () => {
    fc.assert(
      fc.property(zonedInstants(), fc.constantFrom(...CALENDAR), fc.integer({ min: 1, max: 5000 }), ({ zone, instant: from }, text, hours) => {
        const window = { from, to: from + hours * MICROS_PER_HOUR };
        const found = bucketBoundaries(parseBucket(text), zone, window);
        expect(found.map(formatInstant)).toEqual(calendarByTemporal(text, zone, found[0] ?? 0, found.at(-1) ?? 0).map(formatInstant));
        expectCover(found, window);
      }),
      { numRuns: 1000 },
    );
  }, 240_000);

  it('cover any window of the years 0001 to 9999 and stay inside', () => {
    const seconds = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 });
    fc.assert(
      fc.property(zonedInstants(), seconds, seconds, fc.constantFrom('1mo', '1y', '7y', '10y', '3653d'), ({ zone }, a, b, text) => {
        fc.pre(a !== b);
        const window = { from: Math.min(a, b) * 1_000_000, to: Math.max(a, b) * 1_000_000 };
        const found = bucketBoundaries(parseBucket(text), zone, window);
        expectCover(found, window);
        for (const boundary of [found[0], found.at(-1)]) expect(formatInstant(boundary ?? Number.NaN)).toMatch(/^\d{4}-\d\d-\d\dT/);
      }),
      { numRuns: 50 },
    );
  }, 240_000);

  it('do not depend on where in the window one looks', () => {
    fc.assert(
      fc.property(zonedInstants(), fc.constantFrom(...SUB_DAY, ...CALENDAR), fc.integer({ min: 1, max: 20 }), ({ zone, instant: from }, text, parts) => {
        const bucket = parseBucket(text);
        const whole = bucketBoundaries(bucket, zone, { from, to: from + 20 * MICROS_PER_DAY });
        const middle = from + parts * MICROS_PER_DAY - 1;
        const pieces = [
          ...bucketBoundaries(bucket, zone, { from, to: middle }),
          ...bucketBoundaries(bucket, zone, { from: middle, to: from + 20 * MICROS_PER_DAY }),
        ];
        expect([...new Set(pieces)].sort((a, b) => a - b)).toEqual(whole);
      }),
    );
  });

  it('are never more than estimated, and few less', () => {
    fc.assert(
      fc.property(zonedInstants(), fc.constantFrom(...SUB_DAY, ...CALENDAR), fc.integer({ min: 1, max: 3000 }), ({ zone, instant: from }, text, days) => {
        const bucket = parseBucket(text);
        const window = { from, to: from + days * MICROS_PER_DAY };
        const count = bucketBoundaries(bucket, zone, window).length - 1;
        const estimate = estimateBucketCount(bucket, window);
        expect(estimate).toBeGreaterThanOrEqual(count);
        expect(estimate).toBeLessThanOrEqual(count * 1.12 + 10 + days / 50);
      }),
    );
  });

  it('make 25 hours of an autumn day, and one of 6 hours last 7', () => {
    expect(boundaries('1h', 'Europe/Berlin', '2024-10-26T22:00:00Z', '2024-10-27T23:00:00Z')).toHaveLength(26);
    expect(boundaries('6h', 'Europe/Berlin', '2024-10-26T22:00:00Z', '2024-10-27T05:00:00Z')).toEqual(['2024-10-26T22:00:00Z', '2024-10-27T05:00:00Z']);
  });

  it('begin at the jump where the clock skips their mark, and twice where it shows it twice', () => {
    // Forward over midnight: Havana's 00:00 became 01:00. Back at one minute past midnight: St. John's showed 00:00 twice.
    expect(boundaries('12h', 'America/Havana', '2024-03-09T17:00:00Z', '2024-03-10T16:00:00Z')).toEqual([
      '2024-03-09T17:00:00Z',
      '2024-03-10T05:00:00Z',
      '2024-03-10T16:00:00Z',
    ]);
    expect(boundaries('1h', 'America/St_Johns', '2010-11-07T02:30:00Z', '2010-11-07T03:31:00Z')).toEqual([
      '2010-11-07T02:30:00Z',
      '2010-11-07T03:30:00Z',
      '2010-11-07T04:30:00Z',
    ]);
    expect(boundaries('15m', 'Australia/Lord_Howe', '2024-04-06T14:45:00Z', '2024-04-06T15:45:00Z')).toHaveLength(5);
  });

  it('take a date shown twice as one day', () => {
    expect(boundaries('1d', 'America/St_Johns', '2010-11-07T02:30:00Z', '2010-11-07T03:30:00Z')).toEqual(['2010-11-07T02:30:00Z', '2010-11-08T03:30:00Z']);
  });

  it('leave out the date that Apia skipped', () => {
    expect(boundaries('1d', 'Pacific/Apia', '2011-12-29T10:00:00Z', '2011-12-31T10:00:00Z')).toEqual([
      '2011-12-29T10:00:00Z',
      '2011-12-30T10:00:00Z',
      '2011-12-31T10:00:00Z',
    ]);
  });

  it('count weeks from Monday, n days from Monday 2000-01-03, n months from 2000-01', () => {
    expect(boundaries('1w', 'UTC', '2024-01-17T00:00:00Z', '2024-01-17T00:00:01Z')).toEqual(['2024-01-15T00:00:00Z', '2024-01-22T00:00:00Z']);
    expect(boundaries('7d', 'UTC', '2024-01-17T00:00:00Z', '2024-01-17T00:00:01Z')).toEqual(['2024-01-15T00:00:00Z', '2024-01-22T00:00:00Z']);
    expect(boundaries('2d', 'UTC', '2000-01-03T00:00:00Z', '2000-01-03T00:00:01Z')).toEqual(['2000-01-03T00:00:00Z', '2000-01-05T00:00:00Z']);
    expect(boundaries('3mo', 'UTC', '2024-05-01T00:00:00Z', '2024-05-01T00:00:01Z')).toEqual(['2024-04-01T00:00:00Z', '2024-07-01T00:00:00Z']);
    expect(boundaries('5mo', 'UTC', '1999-12-31T00:00:00Z', '2000-01-01T00:00:01Z')).toEqual([
      '1999-08-01T00:00:00Z',
      '2000-01-01T00:00:00Z',
      '2000-06-01T00:00:00Z',
    ]);
    expect(boundaries('2y', 'UTC', '2023-01-01T00:00:00Z', '2023-01-01T00:00:01Z')).toEqual(['2022-01-01T00:00:00Z', '2024-01-01T00:00:00Z']);
  });

  it('read 24h as a day and its multiples as days', () => {
    expect(['24h', 'PT24H', '1440m', '48h', '7d', 'P1W', '168h', '12mo', 'PT1H30M', '90m'].map((text) => formatDuration(parseBucket(text)))).toEqual([
      'P1D',
      'P1D',
      'P1D',
      'P2D',
      'P1W',
      'P1W',
      'P1W',
      'P1Y',
      'PT1H30M',
      'PT1H30M',
    ]);
  });

  it('are refused where they neither divide a day nor are whole days or months, or are too short', () => {
    const rule = 'a bucket must divide a day, or be whole days, weeks, months or years';
    for (const text of ['7m', '25m', '36h', '5h', '0h', '0d', 'P1M1D', 'P1DT1H', 'PT0S', '17h'])
      expect(() => parseBucket(text), text).toThrow(`bucket is "${text}", but ${rule}`);
    for (const text of ['PT0.5S', 'PT1M0.5S', 'PT0.000001S', 'PT1.5S']) expect(() => parseBucket(text), text).toThrow(InvalidArgumentError);
    expect(() => parseBucket('PT0.5S')).toThrow('bucket is "PT0.5S", but a bucket is whole seconds');
    for (const text of ['', 'h', '-1h', '1.5h', '1 h', 'P', 'PT', 'P1H', '1M', 'PT1D', '99999999999999h', 'P1D '])
      expect(() => parseBucket(text), text).toThrow(InvalidArgumentError);
  });

  it('are refused where they are longer than ten years', () => {
    for (const text of ['10y', 'P120M', '3653d', '87672h']) expect(() => parseBucket(text), text).not.toThrow();
    for (const text of ['11y', 'P121M', '3654d', '522w', '87696h', '1000y', '10000y'])
      expect(() => parseBucket(text), text).toThrow(`bucket is "${text}", but a bucket is at most ten years: 120 months or 3,653 days`);
    for (const text of ['10001y', '99999999999999h'])
      expect(() => parseBucket(text), text).toThrow(`bucket is "${text}", but a duration is at most 10,000 years`);
  });

  it('are refused where from is not before to', () => {
    expect(() => boundaries('1h', 'UTC', '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z')).toThrow(
      'from is "2024-01-01T00:00:00Z", but from must be before to, which is 2024-01-01T00:00:00Z',
    );
  });
});

function expectCover(found: readonly Instant[], { from, to }: { from: Instant; to: Instant }): void {
  expect(found.length).toBeGreaterThan(1);
  expect(found[0]).toBeLessThanOrEqual(from);
  expect(found[1]).toBeGreaterThan(from);
  expect(found.at(-1)).toBeGreaterThanOrEqual(to);
  expect(found.at(-2)).toBeLessThan(to);
  for (let i = 1; i < found.length; i++) expect(found[i]).toBeGreaterThan(found[i - 1] ?? 0);
}

/** From one date of the calendar to the next, each where Temporal says that its day starts in the zone. */
function calendarByTemporal(text: string, zone: string, from: Instant, to: Instant): Instant[] {
  const { months, days } = parseBucket(text);
  const anchor = Temporal.PlainDate.from(months === 0 ? '2000-01-03' : '2000-01-01');
  const starts = new Set<Instant>();
  const length = months === 0 ? days * MICROS_PER_DAY : months * 31 * MICROS_PER_DAY;
  for (let i = Math.floor((from - instant('2000-01-03T00:00:00Z')) / length) - 40; ; i++) {
    const start = micros(anchor.add(months === 0 ? { days: i * days } : { months: i * months }).toZonedDateTime(zone));
    if (start > to) return [...starts];
    if (start >= from) starts.add(start);
  }
}
