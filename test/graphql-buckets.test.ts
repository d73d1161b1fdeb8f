import { beforeAll, describe, expect, it } from 'vitest';
import { refreshStaleDays } from '../db/refresh.ts';
import { formatInstant, type Instant } from '../db/time/instant.ts';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError, execute } from './support/graphql.ts';
import { build } from './support/plant.ts';
import { createRandom } from './support/random.ts';

const START = Date.parse('2024-03-30T22:00:00Z') * 1000;
const SECOND = 1_000_000;

/** Readings for four hours of the night in which Europe's clocks went forward: on every second's edge, just before it, or anywhere. */
function readings(): { readonly at: Instant; readonly value: number }[] {
  const random = createRandom(7);
  const found = new Map<Instant, number>();
  for (let i = 0; i < 3000; i++) {
    const second = START + random.whole(0, 4 * 3600) * SECOND;
    found.set(second + random.pick([0, -1, 1, 499_999, 500_000]), random.whole(0, 400) / 10);
  }
  return [...found].map(([at, value]) => ({ at, value })).sort((a, b) => a.at - b.at);
}

describeEachEngine('buckets of any length', (db) => {
  const all = readings();

  beforeAll(async () => {
    await build(db, {
      locations: [{ id: 'a' }],
      sensors: [{ id: 's', location: 'a' }],
      readings: all.map(({ at, value }) => ['s', 'temperature', formatInstant(at), value]),
    });
  }, 120_000);

  interface Point {
    readonly start: string;
    readonly count: number;
    readonly min: number;
    readonly first: number;
  }
  const seriesOf = async (args: string): Promise<{ readonly bucket: string; readonly points: readonly Point[] }> => {
    const { location } = await ask(
      db.store,
      `{ location(id: "a") { aggregates(metric: "temperature", ${args}) { bucket points { start count min first } } } }`,
    );
    return location.aggregates;
  };

  /** By the seconds of UTC: neither clock change nor zone moves what is shorter than its quarter of an hour. */
  const expected = (seconds: number, from: Instant, to: Instant): readonly Point[] => {
    const buckets = new Map<Instant, number[]>();
    for (const { at, value } of all) {
      if (at < from || at >= to) continue;
      const start = Math.floor(at / (seconds * SECOND)) * seconds * SECOND;
      buckets.set(start, [...(buckets.get(start) ?? []), value]);
    }
    return [...buckets].map(([start, values]) => ({
      start: formatInstant(start),
      count: values.length,
      min: Math.min(...values),
      first: values[0] ?? Number.NaN,
    }));
  };

  const check = async () => {
    for (const [bucket, seconds] of [
      ['1s', 1],
      ['2s', 2],
      ['15s', 15],
      ['45s', 45],
      ['1m', 60],
      ['5m', 300],
      ['15m', 900],
    ] as const) {
      const [from, to] = [START + 17 * SECOND + 1, START + 4 * 3600 * SECOND];
      const { points } = await seriesOf(`bucket: "${bucket}", timezone: "Europe/Berlin", from: "${formatInstant(from)}", to: "${formatInstant(to)}"`);

      expect(points).toEqual(expected(seconds, from, to));
    }
  };

  it('hold what was measured from their start to just before their end, to the microsecond, stale or not', async () => {
    await check();
    await refreshStaleDays(db.store);
    await check();
  });

  it('are the same over months of quarters of an hour, from rollups and around stale ones', async () => {
    const early = { at: START - 90 * 86_400 * SECOND, value: 1 };
    const question = 'bucket: "15m", from: "2023-12", to: "2024-03-31T06:00:00Z"';
    const before = await seriesOf(question);
    await build(db, {
      readings: [
        ['s', 'temperature', formatInstant(early.at), early.value],
        ['s', 'temperature', formatInstant(START - SECOND), 2],
      ],
    });
    const stale = await seriesOf(question);
    await refreshStaleDays(db.store);
    const refreshed = await seriesOf(question);

    expect(stale.points).toEqual(refreshed.points);
    expect(stale.points[0]).toEqual({ start: formatInstant(Math.floor(early.at / (900 * SECOND)) * 900 * SECOND), count: 1, min: 1, first: 1 });
    expect(stale.points.reduce((sum, { count }) => sum + count, 0)).toBe(before.points.reduce((sum, { count }) => sum + count, 0) + 2);
  });

  describe('chosen by the number of points', () => {
    it.each([
      ['maxPoints: 24, from: "2024-03-30", to: "2024-03-30"', 'PT1H'],
      ['maxPoints: 23, from: "2024-03-30", to: "2024-03-30"', 'PT2H'],
      ['from: "2024-03-30", to: "2024-03-30"', 'PT5M'],
      ['from: "2024-03-30T22:00:00Z", to: "2024-03-30T22:08:20Z"', 'PT1S'],
      ['from: "2024", to: "2024"', 'P1D'],
      ['from: "1970", to: "2024"', 'P3M'],
      ['maxPoints: 100000, from: "2024-03-30T22:00:00Z", to: "2024-03-31T01:00:00Z"', 'PT1S'],
      ['bucket: "1h", maxPoints: 24, from: "2024-03-30", to: "2024-03-30"', 'PT1H'],
      ['bucket: "45m", maxPoints: 100, from: "2024-03-30", to: "2024-03-30"', 'PT45M'],
      ['bucket: "45m", maxPoints: 20, from: "2024-03-30", to: "2024-03-30"', 'PT2H'],
      ['bucket: "1s", maxPoints: 500, from: "2024-03-30", to: "2024-03-30"', 'PT5M'],
      ['bucket: "45m", from: "2024-03-30", to: "2024-03-30"', 'PT45M'],
      ['maxPoints: 25, timezone: "Europe/Berlin", from: "2024-10-27", to: "2024-10-27"', 'PT1H'],
      ['maxPoints: 24, timezone: "Europe/Berlin", from: "2024-10-27", to: "2024-10-27"', 'PT2H'],
    ])('%s', async (args, bucket) => {
      expect((await seriesOf(args)).bucket).toBe(bucket);
    });

    it('do not depend on which part of the range has readings, nor on what else is asked', async () => {
      const day = 'maxPoints: 24, from: "2024-03-30", to: "2024-03-30"';

      expect((await seriesOf(`${day}, fill: NULL`)).bucket).toBe('PT1H');
      expect((await seriesOf(`${day}, compare: "1d"`)).bucket).toBe('PT1H');
      expect((await seriesOf(`${day}, fill: NULL`)).points).toHaveLength(24);
    });

    it.each([0, -1, 100_001])('are refused for %i points', async (maxPoints) => {
      const question = 'query ($maxPoints: Int) { aggregates(metrics: ["temperature"], from: "2024-03-30", maxPoints: $maxPoints) { bucket } }';

      expect(await askForError(db.store, question, { maxPoints })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'maxPoints', value: maxPoints });
    });

    it('are refused where none is long enough', async () => {
      expect(await askForError(db.store, '{ aggregates(metrics: ["temperature"], from: "1999", to: "2001", maxPoints: 1) { bucket } }')).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'maxPoints',
        value: 1,
      });
    });

    it('are refused where the number that nobody gave is too few, which says so', async () => {
      const question = (args: string) => `{ aggregates(metrics: ["temperature"], from: "0001", to: "9999"${args}) { bucket } }`;
      const refusal = await askForError(db.store, question(''));

      expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', field: 'maxPoints', value: null });
      expect(refusal.message).toContain('without bucket and maxPoints an answer has at most 500 points');
      expect(refusal.message).toContain('give maxPoints or bucket, or ask for a shorter range');
      for (const cure of [', maxPoints: 1001', ', bucket: "10y"']) expect((await execute(db.store, question(cure))).errors).toEqual([]);
    });

    it('are refused where they are longer than ten years', async () => {
      expect(await askForError(db.store, '{ aggregates(metrics: ["temperature"], from: "1999", to: "2001", bucket: "11y") { bucket } }')).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'bucket',
        value: '11y',
        rule: 'a bucket is at most ten years: 120 months or 3,653 days',
      });
    });
  });

  it('are asked for by epochs of any form, in the document and in variables', async () => {
    const [from, to] = [START / 1000, START / 1000 + 3_600_000];
    const document =
      'query ($from: TimeBound!, $to: TimeBound) { aggregates(metrics: ["temperature"], from: $from, to: $to, bucket: "1m") { points { start count } } }';
    const shown = (await ask(db.store, document, { from: formatInstant(from * 1000), to: formatInstant(to * 1000) })).aggregates;

    expect(shown[0].points.length).toBeGreaterThan(50);
    for (const variables of [
      { from, to },
      { from: String(from), to: String(to) },
      { from: from / 1000, to: to / 1000 },
      { from: `${from / 1000}`, to: `${to / 1000}` },
    ]) {
      expect((await ask(db.store, document, variables)).aggregates).toEqual(shown);
    }
    const literal = `{ aggregates(metrics: ["temperature"], from: ${from}, to: ${to / 1000}, bucket: "1m") { points { start count } } }`;
    expect((await ask(db.store, literal)).aggregates).toEqual(shown);
    expect((await execute(db.store, document, { from: from + 0.5, to })).errors).toEqual([]);
  });
});
