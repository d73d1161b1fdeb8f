import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { bucketBoundaries, parseBucket } from '../db/time/buckets.ts';
import { type Duration, parseDuration, wholeDays } from '../db/time/duration.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from '../db/time/instant.ts';
import { shiftBack } from '../db/time/shift-back.ts';
import { shiftedByTemporal } from './support/shifted-time.ts';
import { changesOfAnyZone, micros } from './support/zoned-time.ts';

const period = (text: string): Duration => wholeDays(parseDuration(text, 'compare'));
const instant = (text: string): Instant => micros(Temporal.Instant.from(text));
const shifted = (by: string, zone: string, ...texts: string[]) => shiftBack(texts.map(instant), period(by), zone).map(formatInstant);

const PERIODS = ['1h', '90m', '1d', 'PT24H', 'PT36H', '2d', '1w', '52w', '1mo', '3mo', '11mo', '1y', '4y', 'P1M1D', 'P1DT1H', 'P1Y2M3DT4H5M6S', 'P2M30D'];

/** Ascending instants of every zone there is: boundaries of some bucket, or anything at all, most often near a clock change at either end of the shift. */
const questions = fc
  .record({
    zone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
    by: fc.constantFrom(...PERIODS),
    bucket: fc.option(fc.constantFrom('15m', '30m', '1h', '6h', '1d', '1w', '1mo'), { nil: null }),
    pick: fc.nat(10_000),
    atTarget: fc.boolean(),
    minutes: fc.integer({ min: -2 * 1440, max: 2 * 1440 }),
    steps: fc.array(fc.integer({ min: 1, max: 600 * 60 }), { minLength: 1, maxLength: 30 }),
  })
  .map(({ zone, by, bucket, pick, atTarget, minutes, steps }) => {
    const changes = changesOfAnyZone(zone);
    const change = changes[pick % (changes.length + 1)] ?? instant('1999-03-01T00:00:00Z') + pick * MICROS_PER_DAY;
    const { months, days, micros: exact } = period(by);
    const from = change + minutes * MICROS_PER_MINUTE + (atTarget ? months * 30.4 * MICROS_PER_DAY + days * MICROS_PER_DAY + exact : 0);
    if (bucket !== null) return { zone, by, instants: bucketBoundaries(parseBucket(bucket), zone, { from, to: from + 2 * MICROS_PER_DAY }) };
    const instants = [Math.floor(from)];
    for (const step of steps) instants.push((instants.at(-1) ?? 0) + step * 1_000_003);
    return { zone, by, instants };
  });

describe('instants moved back by a period', () => {
  it('lie where Temporal finds them, in every zone', () => {
    fc.assert(
      fc.property(questions, ({ zone, by, instants }) => {
        const found = shiftBack(instants, period(by), zone);
        const expected = instants.map((each) => shiftedByTemporal(each, period(by), zone));

        expect(found.map(formatInstant), `${by} in ${zone}`).toEqual(expected.map(formatInstant));
      }),
      { numRuns: 1500 },
    );
  }, 240_000);

  it('stay in order', () => {
    fc.assert(
      fc.property(questions, ({ zone, by, instants }) => {
        const found = shiftBack(instants, period(by), zone);

        expect([...found].sort((a, b) => a - b)).toEqual(found);
      }),
      { numRuns: 1500 },
    );
  }, 240_000);

  it('do not depend on what else is moved', () => {
    fc.assert(
      fc.property(questions, fc.nat(), ({ zone, by, instants }, pick) => {
        const at = pick % instants.length;
        const [alone] = shiftBack(instants.slice(at, at + 1), period(by), zone);

        expect(alone).toBe(shiftBack(instants, period(by), zone)[at]);
      }),
    );
  }, 240_000);

  it('keep the time of day over a clock change, but for hours, which are exact', () => {
    expect(shifted('1d', 'Europe/Berlin', '2024-03-31T10:00:00Z')).toEqual(['2024-03-30T11:00:00Z']);
    expect(shifted('24h', 'Europe/Berlin', '2024-03-31T10:00:00Z')).toEqual(['2024-03-30T11:00:00Z']);
    expect(shifted('23h', 'Europe/Berlin', '2024-03-31T10:00:00Z')).toEqual(['2024-03-30T11:00:00Z']);
    expect(shifted('PT36H', 'Europe/Berlin', '2024-03-31T10:00:00Z')).toEqual(['2024-03-29T22:00:00Z']);
  });

  it('become the first instant after a date that the month lacks', () => {
    expect(shifted('1mo', 'UTC', '2023-03-28T12:00:00Z', '2023-03-29T12:00:00Z', '2023-03-31T00:00:00Z', '2023-04-01T00:00:00Z')).toEqual([
      '2023-02-28T12:00:00Z',
      '2023-03-01T00:00:00Z',
      '2023-03-01T00:00:00Z',
      '2023-03-01T00:00:00Z',
    ]);
    expect(shifted('1y', 'UTC', '2024-02-29T06:00:00Z')).toEqual(['2023-03-01T00:00:00Z']);
  });

  it('become the instant of the jump where the clock skipped a time, or Apia a whole date', () => {
    expect(shifted('1d', 'Europe/Berlin', '2024-04-01T00:30:00Z')).toEqual(['2024-03-31T01:00:00Z']);
    expect(shifted('1d', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T20:00:00Z', '2011-12-31T10:00:00Z')).toEqual([
      '2011-12-30T10:00:00Z',
      '2011-12-30T10:00:00Z',
      '2011-12-30T10:00:00Z',
    ]);
  });

  it('become the end of the hour where the clock shows one again', () => {
    // 02:00 to 03:00 of summer time, then of winter time; the day before had it once.
    expect(
      shifted('1d', 'Europe/Berlin', '2024-10-27T00:00:00Z', '2024-10-27T00:30:00Z', '2024-10-27T01:00:00Z', '2024-10-27T01:30:00Z', '2024-10-27T02:00:00Z'),
    ).toEqual(['2024-10-26T00:00:00Z', '2024-10-26T00:30:00Z', '2024-10-26T01:00:00Z', '2024-10-26T01:00:00Z', '2024-10-26T01:00:00Z']);
  });

  it('stay within the years 0001 to 9999', () => {
    expect(shifted('10000y', 'Asia/Seoul', '2024-01-01T00:00:00Z', '9999-12-31T23:59:59Z')).toEqual(['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z']);
    expect(shifted('87654001h', 'UTC', '2024-01-01T00:00:00Z')).toEqual(['0001-01-01T00:00:00Z']);
    expect(shifted('1h', 'UTC', '2024-01-01T00:00:00Z')[0]).toBe(formatInstant(instant('2024-01-01T00:00:00Z') - MICROS_PER_HOUR));
  });
});
