import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from '../db/time/instant.ts';
import { days, exact, months } from './support/oracle-bucket.ts';
import { oracleBoundaries, startOfDay } from './support/oracle-time.ts';
import { boundariesByTheMinute, micros, zonedInstants } from './support/zoned-time.ts';

/** No reading is later, nor any bucket that is asked for. */
const END_OF_TABLE = Date.UTC(2030, 0, 1) * 1000;
const PATIENCE_MS = 120_000;
const BUCKETS = [exact(MICROS_PER_MINUTE), exact(30 * MICROS_PER_MINUTE), exact(MICROS_PER_HOUR), exact(6 * MICROS_PER_HOUR), days(1), days(7), months(1)];

it(
  'the boundaries that the oracle computes from a table of changes are those that Temporal shows minute by minute',
  () => {
    const windows = fc.integer({ min: 1, max: 1440 }).map((minutes) => minutes * MICROS_PER_MINUTE);
    fc.assert(
      fc.property(zonedInstants(), fc.constantFrom(...BUCKETS), windows, ({ zone, instant: from }, bucket, length) => {
        // Until 1972 Monrovia's clocks were half a minute off.
        fc.pre(zone !== 'Africa/Monrovia' || from > 3 * 365 * MICROS_PER_DAY);
        fc.pre(from < END_OF_TABLE);
        const window = { from, to: from + length };

        const boundaries = oracleBoundaries(bucket, zone, window);

        expect(boundaries.filter((boundary) => boundary >= window.from && boundary <= window.to)).toEqual(boundariesByTheMinute(bucket, zone, window));
        expect(boundaries[0]).toBeLessThanOrEqual(window.from);
        expect(boundaries.at(-1)).toBeGreaterThanOrEqual(window.to);
      }),
      { numRuns: 40 },
    );
  },
  PATIENCE_MS,
);

it(
  'the oracle begins the days of a zone where Temporal does',
  () => {
    const ofZone = Intl.supportedValuesOf('timeZone')
      .filter((_, i) => i % 4 === 0)
      .map((zone, i) => ({ zone, day: 9000 + ((i * 7919) % 9000) }));

    const starts = ofZone.map(({ zone, day }) => startOfDay(zone, day));

    expect(starts).toEqual(ofZone.map(({ zone, day }) => micros(Temporal.PlainDate.from('1970-01-01').add({ days: day }).toZonedDateTime(zone))));
  },
  PATIENCE_MS,
);
