import { describe, expect, it } from 'vitest';
import type { Rule } from '../alerts/status.ts';
import { summariseHeld } from '../loaders/held-times.ts';

const HOUR = 3_600_000_000;

/** A rule that says how often it was asked for its band. */
function countedRule(from: number, to: number): { readonly rule: Rule; readonly asked: () => number } {
  let asked = 0;
  const rest = { thresholdId: 'hot', level: 'WARNING', max: Number.POSITIVE_INFINITY, from, to, noDataAfter: Number.POSITIVE_INFINITY } as const;
  const rule: Rule = {
    ...rest,
    forMicros: 0,
    clearMargin: 0,
    clearMicros: 0,
    specificity: 0,
    get min() {
      asked++;
      return 30;
    },
  };
  return { rule, asked: () => asked };
}

/** Values above 30 that hold all of so many buckets of an hour, under a rule that ends in the middle. */
function summariseHours(buckets: number) {
  const boundaries = Array.from({ length: buckets + 1 }, (_, hour) => hour * HOUR);
  const { rule, asked } = countedRule(Number.NEGATIVE_INFINITY, (buckets / 2) * HOUR);
  const cell = boundaries.slice(0, -1).map((_, place) => place);
  const times = { cell, kind: cell.map(() => 2), age: cell.map(() => 0), micros: cell.map(() => HOUR), weighted: null };
  const line = { cuts: boundaries, cells: null, edges: [30], ages: [0, 2 * HOUR] };
  return { summary: summariseHeld({ line, times, boundaries, rules: [rule], now: buckets * HOUR }), asked };
}

/** An hour in which values of so many classes held, and each of them at so many classes of age. */
function summariseClasses(kinds: number, ages: number) {
  const boundaries = [0, HOUR];
  const { rule, asked } = countedRule(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  const pairs = Array.from({ length: kinds * ages }, (_, place) => ({ kind: place % kinds, age: Math.floor(place / kinds) }));
  const times = {
    cell: pairs.map(() => 0),
    kind: pairs.map(({ kind }) => kind),
    age: pairs.map(({ age }) => age),
    micros: pairs.map(() => 1e6),
    weighted: null,
  };
  const line = { cuts: boundaries, cells: null, edges: Array.from({ length: (kinds - 1) / 2 }, (_, edge) => 30 + edge), ages: [...Array(ages).keys()] };
  return { summary: summariseHeld({ line, times, boundaries, rules: [rule], now: HOUR }), asked };
}

const HELD = { asOf: 'THEN', maxGap: 2 * HOUR } as const;

describe('how long values held', () => {
  it('is judged up to where a rule ends', () => {
    const { summary } = summariseHours(10);

    expect([...Array(10).keys()].map(summary.secondsBy('WARNING', HELD))).toEqual([3600, 3600, 3600, 3600, 3600, 0, 0, 0, 0, 0]);
    expect(summary.seconds('WARNING', HELD)).toBe(5 * 3600);
  });

  it('is judged as often as rules change, not as often as there are buckets', () => {
    const [few, many] = [summariseHours(10), summariseHours(10_000)];
    for (const { summary } of [few, many]) summary.seconds('WARNING', HELD);

    expect(few.asked()).toBeGreaterThan(0);
    expect(many.asked()).toBe(few.asked());
  });

  it('judges values and ages apart, so that many classes of both do not multiply', () => {
    const { summary, asked } = summariseClasses(101, 200);

    // Of 101 classes of values that below 30 is of no band.
    expect(summary.seconds('WARNING', HELD)).toBe(100 * 200);
    expect(summary.seconds('NORMAL', HELD)).toBe(200);
    expect(asked()).toBeLessThanOrEqual(101 + 200);
  });
});
