import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type Bucket, bucketBoundaries, countBuckets, parseBucket } from '../db/time/buckets.ts';
import { formatDuration } from '../db/time/duration.ts';
import { type Instant, MICROS_PER_DAY, MICROS_PER_SECOND, type TimeWindow } from '../db/time/instant.ts';
import { ROUND_BUCKETS, roundBucket } from '../db/time/round-bucket.ts';
import { changesOfAnyZone, micros, shownAt, temporal } from './support/zoned-time.ts';

const instant = (text: string): Instant => micros(Temporal.Instant.from(text));

/** The lengths that are promised, in the words of the schema, with how long each is at least. */
const LADDER: readonly (readonly [string, number])[] = [
  ...[1, 2, 5, 10, 15, 30].map((count) => [`${count}s`, count * MICROS_PER_SECOND] as const),
  ...[1, 2, 5, 10, 15, 30].map((count) => [`${count}m`, count * 60 * MICROS_PER_SECOND] as const),
  ...[1, 2, 3, 4, 6, 8, 12].map((count) => [`${count}h`, count * 3600 * MICROS_PER_SECOND] as const),
  ...[1, 2].map((count) => [`${count}d`, count * MICROS_PER_DAY] as const),
  ['1w', 7 * MICROS_PER_DAY] as const,
  ...[1, 3, 6].map((count) => [`${count}mo`, count * 28 * MICROS_PER_DAY] as const),
  ...[1, 2, 5, 10].map((count) => [`${count}y`, count * 365 * MICROS_PER_DAY] as const),
];

/** Windows of a minute to decades in every zone there is, most often near a clock change. */
const windows = fc
  .record({
    zone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
    pick: fc.nat(10_000),
    seconds: fc.integer({ min: -2 * 86_400, max: 2 * 86_400 }),
    // By its logarithm, so that all lengths are met alike.
    length: fc.double({ min: Math.log(60), max: Math.log(40 * 365 * 86_400), noNaN: true }),
    ragged: fc.boolean(),
  })
  .map(({ zone, pick, seconds, length, ragged }) => {
    const changes = changesOfAnyZone(zone);
    const change = changes[pick % (changes.length + 1)] ?? instant('1999-03-01T00:00:00Z') + pick * MICROS_PER_DAY;
    const from = change + seconds * MICROS_PER_SECOND + (ragged ? 123_457 : 0);
    return { zone, window: { from, to: from + Math.ceil(Math.exp(length)) * MICROS_PER_SECOND } };
  });

describe('a round bucket', () => {
  it('is one of those that are promised', () => {
    expect(ROUND_BUCKETS).toEqual(LADDER.map(([text]) => parseBucket(text)));
  });

  it('gives no more points than may be, and the next shorter one would', () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: 20, max: 700 }), ({ zone, window }, maxPoints) => {
        const found = formatDuration(roundBucket({ shortest: null, maxPoints, zone, window }));
        const place = LADDER.findIndex(([text]) => formatDuration(parseBucket(text)) === found);
        const [text, shorter] = [LADDER[place]?.[0] ?? '', LADDER[place - 1]];

        expect(countByTemporal(parseBucket(text), zone, window), `${text} in ${zone}`).toBeLessThanOrEqual(maxPoints);
        if (shorter !== undefined && (window.to - window.from) / shorter[1] < 3 * maxPoints) {
          expect(countByTemporal(parseBucket(shorter[0]), zone, window), `${shorter[0]} in ${zone}`).toBeGreaterThan(maxPoints);
        }
      }),
      { numRuns: 400 },
    );
  }, 240_000);

  it('is never shorter than what is allowed, which stands where it fits', () => {
    fc.assert(
      fc.property(
        windows,
        fc.integer({ min: 20, max: 2000 }),
        fc.constantFrom('45s', '18m', '90m', '1d', '10d', '4mo'),
        ({ zone, window }, maxPoints, text) => {
          const shortest = parseBucket(text);
          fc.pre((window.to - window.from) / maxPoints < 3000 * MICROS_PER_DAY && (window.to - window.from) / 45 / MICROS_PER_SECOND < 1e7);
          const found = roundBucket({ shortest, maxPoints, zone, window });
          const free = roundBucket({ shortest: null, maxPoints, zone, window });

          if (countBuckets(shortest, zone, window) <= maxPoints) expect(found).toEqual(shortest);
          else expect(found).toEqual(free);
        },
      ),
      { numRuns: 300 },
    );
  }, 240_000);

  it('is counted as its boundaries are', () => {
    fc.assert(
      fc.property(windows, fc.constantFrom('1s', '9s', '15s', '1m', '18m', '1h', '6h', '12h', '1d', '1mo'), ({ zone, window }, text) => {
        const bucket = parseBucket(text);
        fc.pre((window.to - window.from) / (bucket.micros || MICROS_PER_DAY) < 50_000);

        expect(countBuckets(bucket, zone, window)).toBe(bucketBoundaries(bucket, zone, window).length - 1);
      }),
      { numRuns: 500 },
    );
  }, 240_000);

  it('is of a second, a minute, a day or ten years where that is what fits', () => {
    const of = (from: string, to: string, maxPoints: number) =>
      formatDuration(roundBucket({ shortest: null, maxPoints, zone: 'UTC', window: { from: instant(from), to: instant(to) } }));
    expect(of('2024-01-01T00:00:00Z', '2024-01-01T00:08:20Z', 500)).toBe('PT1S');
    expect(of('2024-01-01T00:00:00Z', '2024-01-01T00:08:21Z', 500)).toBe('PT2S');
    expect(of('2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z', 500)).toBe('PT5M');
    expect(of('2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z', 24)).toBe('PT1H');
    expect(of('2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z', 366)).toBe('P1D');
    expect(of('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', 1000)).toBe('P10Y');
  });

  it('is refused where even ten years are too short', () => {
    expect(() =>
      roundBucket({ shortest: null, maxPoints: 1, zone: 'UTC', window: { from: instant('1999-12-31T00:00:00Z'), to: instant('2000-01-05T00:00:00Z') } }),
    ).toThrow('maxPoints is 1, but no bucket of up to 10 years gives so few over this range: allow more points, or ask for a shorter range');
  });
});

/** How many buckets touch a window: those that begin inside it, and the one that it begins in. By the transitions and dates of Temporal. */
function countByTemporal(bucket: Bucket, zone: string, { from, to }: TimeWindow): number {
  return 1 + (bucket.micros === 0 ? startsInside(bucket, zone, { from, to }) : marksInside(bucket.micros, zone, { from, to }));
}

function startsInside({ months, days }: Bucket, zone: string, { from, to }: TimeWindow): number {
  const anchor = Temporal.PlainDate.from(months === 0 ? '2000-01-03' : '2000-01-01');
  const date = temporal(from).toZonedDateTimeISO(zone).toPlainDate();
  const since = months === 0 ? anchor.until(date, { largestUnit: 'day' }).days / days : ((date.year - 2000) * 12 + date.month - 1) / months;
  const starts = new Set<Instant>();
  for (let i = Math.floor(since) - 1; ; i++) {
    const start = micros(anchor.add(months === 0 ? { days: i * days } : { months: i * months }).toZonedDateTime(zone));
    if (start >= to) return starts.size;
    if (start > from) starts.add(start);
  }
}

/** A mark is where the clock shows a multiple of the width, or jumps over one. Between two changes of the clock that is arithmetic. */
function marksInside(width: number, zone: string, { from, to }: TimeWindow): number {
  const changes: Instant[] = [];
  for (let at = temporal(from).toZonedDateTimeISO(zone).getTimeZoneTransition('next'); at !== null && micros(at) < to; at = at.getTimeZoneTransition('next'))
    changes.push(micros(at));
  let count = 0;
  for (const [place, start] of [from, ...changes].entries()) {
    const end = changes[place] ?? to;
    const offset = shownAt(zone, start) - start;
    const isJump = place > 0 && Math.ceil(shownAt(zone, start - 1) / width) * width < start + offset && (start + offset) % width !== 0;
    // Multiples in [start, end), but for one at the very beginning of the window.
    const first = place === 0 ? Math.floor((start + offset) / width) + 1 : Math.ceil((start + offset) / width);
    count += Math.max(0, Math.ceil((end + offset) / width) - first) + (isJump ? 1 : 0);
  }
  return count;
}
