import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../db/errors.ts';
import { type AggregatePlan, planAggregate, type RollupSource, reportPieces, sourceEdges } from '../db/planner.ts';
import { parseBucket } from '../db/time/buckets.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { zonedInstants } from './support/zoned-time.ts';

const SOURCES = ['rollup_1d', 'rollup_1h', 'rollup_15m', 'reading'] as const;
const WIDTHS = { rollup_1d: MICROS_PER_DAY, rollup_1h: MICROS_PER_HOUR, rollup_15m: 15 * MICROS_PER_MINUTE, reading: 1 } as const;

const plan = (bucket: string, zone: string, from: string, to: string) =>
  planAggregate({ bucket: parseBucket(bucket), zone, window: { from: parseRfc3339(from) ?? Number.NaN, to: parseRfc3339(to) ?? Number.NaN } });

/** Plans whose windows begin and end anywhere, or on a quarter, an hour or a day. */
const plans = fc
  .record({
    at: zonedInstants(),
    bucket: fc.constantFrom('15m', '20m', '45m', '1h', '6h', '1d', '3d', '1w', '1mo', '1y'),
    grain: fc.constantFrom(...Object.values(WIDTHS)),
    length: fc.integer({ min: 1, max: 40 * 24 * 60 }),
    ragged: fc.nat(MICROS_PER_MINUTE),
  })
  .map(({ at, bucket, grain, length, ragged }) => {
    const from = Math.floor((at.instant + ragged) / grain) * grain;
    const to = Math.floor((from + length * MICROS_PER_MINUTE) / grain) * grain;
    return planAggregate({ bucket: parseBucket(bucket), zone: at.zone, window: { from, to: to > from ? to : from + grain } });
  });

/** The pieces bucket by bucket. */
function partsOf({ boundaries, pieces }: AggregatePlan) {
  return pieces.flatMap(({ source, from, to, bucket, count }) =>
    Array.from({ length: count }, (_, i) => ({
      source,
      from: i === 0 ? from : (boundaries[bucket + i] ?? Number.NaN),
      to: i === count - 1 ? to : (boundaries[bucket + i + 1] ?? Number.NaN),
      bucket: bucket + i,
    })),
  );
}

describe('a plan', () => {
  it('tiles exactly the window, each piece within one bucket and whole rollups of its source', () => {
    fc.assert(
      fc.property(plans, (question) => {
        const { boundaries, window } = question;
        const pieces = partsOf(question);
        expect(pieces.map((piece) => piece.from)).toEqual([window.from, ...pieces.slice(0, -1).map((piece) => piece.to)]);
        expect(pieces.at(-1)?.to).toBe(window.to);
        // One expectation for all, because thousands would be slow.
        const wrong = pieces.filter(({ source, from, to, bucket }) => {
          const inside = from < to && from >= (boundaries[bucket] ?? Number.NaN) && to <= (boundaries[bucket + 1] ?? Number.NaN);
          return !inside || from % WIDTHS[source] !== 0 || to % WIDTHS[source] !== 0;
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('serves every instant from the coarsest rollup that lies inside its bucket and the window', () => {
    fc.assert(
      fc.property(plans, fc.nat(), (question, pick) => {
        const { boundaries, window } = question;
        const pieces = partsOf(question);
        const at = window.from + (pick % (window.to - window.from));
        const bucket = boundaries.findLastIndex((boundary) => boundary <= at);
        const from = Math.max(window.from, boundaries[bucket] ?? 0);
        const to = Math.min(window.to, boundaries[bucket + 1] ?? 0);
        const fits = (width: number) => Math.floor(at / width) * width >= from && Math.floor(at / width) * width + width <= to;
        const expected = SOURCES.find((source) => source === 'reading' || fits(WIDTHS[source]));
        expect(pieces.find((piece) => piece.from <= at && at < piece.to)).toMatchObject({ source: expected, bucket });
      }),
      { numRuns: 1000 },
    );
  });

  it('gives edges at which width_bucket finds the bucket of every source', () => {
    fc.assert(
      fc.property(plans, fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (question, picks) => {
        for (const source of SOURCES) {
          const { edges, buckets } = sourceEdges(question, source);
          expect(buckets).toHaveLength(edges.length + 1);
          expect([...edges].sort((a, b) => a - b)).toEqual(edges);
          expect(new Set(edges).size).toBe(edges.length);
          for (const pick of picks) {
            const { from, to } = question.window;
            const at = from - MICROS_PER_HOUR + (pick % (to - from + 2 * MICROS_PER_HOUR));
            expect(buckets[edges.filter((edge) => edge <= at).length]).toBe(servedBy(question, source, at));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('takes the middle from days, the ragged ends from hours, quarters and readings', () => {
    const question = plan('1y', 'UTC', '2024-01-01T22:40:00.000001Z', '2024-01-04T01:15:00Z');
    expect(shown(reportPieces(question))).toEqual([
      'reading 2024-01-01T22:40:00.000001Z 2024-01-01T22:45:00Z',
      'rollup_15m 2024-01-01T22:45:00Z 2024-01-01T23:00:00Z',
      'rollup_1h 2024-01-01T23:00:00Z 2024-01-02T00:00:00Z',
      'rollup_1d 2024-01-02T00:00:00Z 2024-01-04T00:00:00Z',
      'rollup_1h 2024-01-04T00:00:00Z 2024-01-04T01:00:00Z',
      'rollup_15m 2024-01-04T01:00:00Z 2024-01-04T01:15:00Z',
    ]);
    expect(question.boundaries.map(formatInstant)).toEqual(['2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z']);
  });

  it('reports neighbours from one relation as one piece', () => {
    const question = plan('1h', 'Asia/Kolkata', '2024-01-01T00:30:00Z', '2024-01-01T06:30:00Z');
    expect(partsOf(question)).toHaveLength(6);
    expect(question.pieces).toHaveLength(1);
    expect(shown(reportPieces(question))).toEqual(['rollup_15m 2024-01-01T00:30:00Z 2024-01-01T06:30:00Z']);
  });

  it('falls back to readings around a boundary that is no quarter of an hour of UTC', () => {
    // Monrovia was 44 minutes and 30 seconds behind.
    expect(shown(reportPieces(plan('1h', 'Africa/Monrovia', '1971-01-01T00:44:30Z', '1971-01-01T01:44:30Z')))).toEqual([
      'reading 1971-01-01T00:44:30Z 1971-01-01T00:45:00Z',
      'rollup_15m 1971-01-01T00:45:00Z 1971-01-01T01:30:00Z',
      'reading 1971-01-01T01:30:00Z 1971-01-01T01:44:30Z',
    ]);
    // St. John's went forward at one minute past midnight, so no mark was skipped, and day and hour stay on the half hour.
    expect(shown(reportPieces(plan('1d', 'America/St_Johns', '2010-03-14T03:30:00Z', '2010-03-15T02:30:00Z')))).toEqual([
      'rollup_15m 2010-03-14T03:30:00Z 2010-03-14T04:00:00Z',
      'rollup_1h 2010-03-14T04:00:00Z 2010-03-15T02:00:00Z',
      'rollup_15m 2010-03-15T02:00:00Z 2010-03-15T02:30:00Z',
    ]);
  });

  it('is refused for a window without time', () => {
    expect(() => plan('1h', 'UTC', '2024-01-02T00:00:00Z', '2024-01-01T00:00:00Z')).toThrow(InvalidArgumentError);
  });
});

function servedBy(question: AggregatePlan, source: RollupSource, at: Instant): number {
  return partsOf(question).find((piece) => piece.source === source && piece.from <= at && at < piece.to)?.bucket ?? -1;
}

function shown(pieces: readonly { source: RollupSource; from: Instant; to: Instant }[]): string[] {
  return pieces.map(({ source, from, to }) => `${source} ${formatInstant(from)} ${formatInstant(to)}`);
}
