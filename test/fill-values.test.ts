import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AggregateValues, NumberColumn } from '../db/aggregate-values.ts';
import { type Fill, MOST_BEFORE } from '../loaders/aggregate-question.ts';
import { alignValues, type Before, fillValues } from '../loaders/fill.ts';

/** Everything that can be filled in, and what cannot. */
const FILLED = ['min', 'max', 'avg', 'first', 'last'] as const;

/** Readings in some of many buckets of random lengths; `now` anywhere. */
const grids = fc
  .record({
    // Runs of empty buckets, some longer than is looked back.
    gaps: fc.array(fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 * MOST_BEFORE })), { minLength: 1, maxLength: 8 }),
    values: fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 100, maxLength: 100 }),
    lengths: fc.array(fc.integer({ min: 1, max: 1_000_000_000 }), { minLength: 1, maxLength: 7 }),
    tail: fc.nat(130),
    nowShare: fc.constantFrom(0.3, 0.9, 2),
  })
  .map(({ gaps, values: numbers, lengths, tail, nowShare }) => {
    const bucket: number[] = [];
    for (const gap of gaps) bucket.push((bucket.at(-1) ?? -1) + gap + 1);
    const count = (bucket.at(-1) ?? 0) + tail + 1;
    const boundaries = [0];
    for (let i = 0; i < count; i++) boundaries.push((boundaries.at(-1) ?? 0) + (lengths[i % lengths.length] ?? 1));
    const texts = (offset: number): NumberColumn => bucket.map((_, at) => String(numbers[(at + offset) % numbers.length]));
    const values: AggregateValues = {
      bucket,
      count: bucket.map((_, at) => at + 1),
      sum: texts(1),
      avg: texts(2),
      min: texts(3),
      max: texts(4),
      m2: bucket.map((_, at) => at / 2),
      first: texts(5),
      last: texts(6),
      percentiles: [texts(7), texts(8)],
    };
    return { values, boundaries, now: (boundaries.at(-1) ?? 0) * nowShare };
  });

type Grid = { readonly values: AggregateValues; readonly boundaries: readonly number[]; readonly now: number };

const filled = ({ values, boundaries, now }: Grid, fill: Exclude<Fill, 'NONE'>, before: Before | null = null) =>
  fillValues(values, fill, { boundaries, now, before });

/** All columns that can be filled in, percentiles last. */
function filledColumns(values: AggregateValues): readonly NumberColumn[] {
  return [...FILLED.map((name) => values[name] ?? []), ...(values.percentiles ?? [])];
}

/** What a grid shows from one bucket on, and the last bucket with readings before it, as a look back finds it. */
function from({ values, boundaries, now }: Grid, start: number): { readonly part: Grid; readonly before: Before | null } {
  const part = alignValues(
    values,
    values.bucket.filter((bucket) => bucket >= start),
  );
  const at = values.bucket.findLastIndex((bucket) => bucket < start && bucket >= start - MOST_BEFORE);
  const before = at === -1 ? null : { values, at, distance: start - (values.bucket[at] ?? 0) };
  return { part: { values: { ...part, bucket: part.bucket.map((bucket) => bucket - start) }, boundaries: boundaries.slice(start), now }, before };
}

describe('buckets that are filled', () => {
  it('are all there, with what was read as it was, and nothing summed up of no readings', () => {
    fc.assert(
      fc.property(grids, fc.constantFrom('NULL', 'PREVIOUS', 'LINEAR'), (grid, fill) => {
        const found = filled(grid, fill);

        expect(found.bucket).toEqual(grid.boundaries.slice(1).map((_, bucket) => bucket));
        expect(alignValues(found, grid.values.bucket)).toEqual(grid.values);
        const own = new Set(grid.values.bucket);
        const empty = found.bucket.filter((bucket) => !own.has(bucket));
        expect(empty.filter((bucket) => found.count[bucket] !== 0 || found.sum?.[bucket] !== null || found.m2?.[bucket] !== 0)).toEqual([]);
      }),
    );
  });

  it('are null, where that is asked for', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const found = filled(grid, 'NULL');
        const own = new Set(grid.values.bucket);

        for (const column of filledColumns(found)) expect(column.filter((value, bucket) => (value === null) === own.has(bucket))).toEqual([]);
      }),
    );
  });

  it('carry on the last bucket with readings, no further than is said, and not past now', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const columns = filledColumns(filled(grid, 'PREVIOUS'));
        const own = filledColumns(grid.values);
        const { bucket } = grid.values;
        const expected = (column: number) =>
          grid.boundaries.slice(0, -1).map((start, at) => {
            const source = bucket.findLastIndex((each) => each <= at);
            const isNear = source !== -1 && at - (bucket[source] ?? 0) <= MOST_BEFORE;
            return bucket[source] === at || (isNear && start <= grid.now) ? own[column]?.[source] : null;
          });

        for (const [index, column] of columns.entries()) expect(column).toEqual(expected(index));
      }),
    );
  });

  it('carry on the same wherever the answer begins', () => {
    fc.assert(
      fc.property(grids, fc.nat(), (grid, pick) => {
        const start = pick % (grid.boundaries.length - 1);
        const { part, before } = from(grid, start);
        const whole = filledColumns(filled(grid, 'PREVIOUS'));

        expect(filledColumns(filled(part, 'PREVIOUS', before))).toEqual(whole.map((column) => column.slice(start)));
      }),
    );
  });

  it('lie on the line between their neighbours, from start to start, and only between', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const own = filledColumns(grid.values);
        const wrong = filledColumns(filled(grid, 'LINEAR')).flatMap((column, index) =>
          column.filter((value, at) => !isOnLine(value, at, grid, own[index] ?? [])),
        );

        expect(wrong).toEqual([]);
      }),
    );
  });

  it('stay between values that are too far apart to be subtracted', () => {
    const values: AggregateValues = {
      bucket: [0, 2],
      count: [1, 1],
      sum: null,
      avg: ['-1.7e308', '1.7e308'],
      min: null,
      max: null,
      m2: null,
      first: null,
      last: null,
      percentiles: null,
    };

    expect(filled({ values, boundaries: [0, 1, 2, 3], now: 9 }, 'LINEAR').avg).toEqual(['-1.7e308', '0', '1.7e308']);
  });

  it('leave columns out that were not asked for', () => {
    const values: AggregateValues = {
      bucket: [1],
      count: [1],
      sum: null,
      avg: ['5'],
      min: null,
      max: null,
      m2: null,
      first: null,
      last: null,
      percentiles: null,
    };

    expect(filled({ values, boundaries: [0, 1, 2, 3], now: 9 }, 'PREVIOUS')).toEqual({ ...values, bucket: [0, 1, 2], count: [0, 1, 0], avg: [null, '5', '5'] });
  });
});

/** Whether a bucket has its own value or else lies on the line between its neighbours, null where it has none. */
function isOnLine(value: string | null, at: number, { values: { bucket }, boundaries, now }: Grid, own: NumberColumn): boolean {
  const [left, right] = [bucket.findLastIndex((each) => each <= at), bucket.findIndex((each) => each >= at)];
  if (left === right && left !== -1) return value === own[left];
  if (left === -1 || right === -1 || (boundaries[at] ?? 0) > now || value === null) {
    return value === null && (left === -1 || right === -1 || (boundaries[at] ?? 0) > now);
  }
  const [x0 = 0, x = 0, x1 = 0] = [bucket[left], at, bucket[right]].map((each) => boundaries[each ?? 0]);
  const [y0, y, y1] = [Number(own[left]), Number(value), Number(own[right])];
  // By the area of the triangle of the three, so as not to compute what is tested in the same way.
  return Math.abs((x - x0) * (y1 - y) - (x1 - x) * (y - y0)) <= (x1 - x0) * 1e-9 * Math.max(1, Math.abs(y0), Math.abs(y1));
}
