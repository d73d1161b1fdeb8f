import fc from 'fast-check';
import type { QueryResult, QueryResultRow } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectDownsampled } from '../db/downsample.ts';
import type { Queryable } from '../db/pool.ts';
import { lttb } from '../loaders/lttb.ts';
import { countingTurns } from './support/counting-turns.ts';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError, execute, knowingNoSpans } from './support/graphql.ts';
import { lttbByThesis, type Point } from './support/lttb-by-thesis.ts';
import { build } from './support/plant.ts';

/** Values with so many digits that no two triangles are of one size, but now and then a flat stretch. */
const anyLine = fc
  .array(fc.record({ step: fc.integer({ min: 1, max: 5000 }), y: fc.oneof(fc.double({ min: -1000, max: 1000, noNaN: true }), fc.constant(0)) }), {
    minLength: 1,
    maxLength: 300,
  })
  .map((steps) => {
    let x = 0;
    return steps.map(({ step, y }): Point => {
      x += step;
      return { x, y };
    });
  });

describe('largest triangle three buckets', () => {
  it('keeps the points that the thesis keeps', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, fc.integer({ min: 2, max: 100 }), async (line, threshold) => {
        const kept = await lttb(
          line.map(({ x }) => x),
          line.map(({ y }) => y),
          threshold,
        );

        expect(kept.map((index) => line[index])).toEqual(lttbByThesis(line, threshold));
      }),
      { numRuns: 500 },
    );
  });

  it('lets others have their turn between the points of a long line', async () => {
    const line = Array.from({ length: 200_000 }, (_, x): Point => ({ x, y: (x * 7919) % 1000 }));
    const { value: kept, turns } = await countingTurns(
      lttb(
        line.map(({ x }) => x),
        line.map(({ y }) => y),
        5000,
      ),
    );

    expect(turns).toBeGreaterThanOrEqual(8);
    expect(kept.map((index) => line[index])).toEqual(lttbByThesis(line, 5000));
  });

  it('reads long lines in several turns', async () => {
    const length = 60_000;
    const [times, values] = [(at: number) => 1_700_000_000 + at, (at: number) => (at * 7919) % 1000].map((of) => Array.from({ length }, (_, at) => of(at)));
    const rows = [0, 1, 2].map((line) => ({ version: 1, line, readings: length, times: times?.join(), values: values?.join() }));
    const text = { ...NO_QUESTION, seriesIds: [1, 2, 3], lines: [0, 1, 2] };
    const { value, turns } = await countingTurns(selectDownsampled(answering(rows), text));

    expect(value.lines.map((line) => [line.line, line.times.length, line.times.at(-1), line.values])).toEqual(
      [0, 1, 2].map((line) => [line, length, (1_700_000_000 + length - 1) * 1_000_000, values]),
    );
    // Of the times of each line there are 660,000 characters.
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});

const NO_QUESTION = { window: { from: 0, to: 1 }, stretches: 10, whole: 1_000_000, keepsEnds: true };

/** A database that gives these rows. */
function answering(rows: readonly object[]): Queryable {
  const result = { rows: structuredClone(rows), rowCount: rows.length, command: 'SELECT', oid: 0, fields: [] };
  return { query: <R extends QueryResultRow>() => Promise.resolve(result as unknown as QueryResult<R>) };
}

interface Asked {
  readonly sensor: { readonly id: string };
  readonly metric: { readonly id: string };
  readonly readings: number;
  readonly points: readonly { readonly time: string; readonly value: number }[];
  readonly columns: { readonly time: readonly string[]; readonly value: readonly number[] };
}

const LINE = 'sensor { id } metric { id } readings points { time value } columns { time value }';
const DOWNSAMPLE = `query ($sensors: [ID!], $from: TimeBound! = "2024-05", $maxPoints: Int!, $method: Downsampling!) {
  downsample(metrics: ["temperature"], sensors: $sensors, from: $from, to: "2024-06", maxPoints: $maxPoints, method: $method) { ${LINE} } }`;

const START = Date.UTC(2024, 4, 20);

/** Not quite every minute, a wave with noise, flat stretches and two peaks of a single reading. */
function dataOf(seed: number, count: number): readonly { readonly at: number; readonly value: number }[] {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  let at = START + seed * 1000;
  const peaks = new Map([
    [Math.floor(count / 3), 59.5],
    [Math.floor(count / 2), -39.25],
  ]);
  return Array.from({ length: count }, (_, number) => {
    at += 1000 * (30 + Math.floor(60 * random()));
    const wave = Math.round(1000 * (20 + 5 * Math.sin(number / 200) + random())) / 1000;
    const flat = number % 500 < 40 ? 20 : wave;
    return { at, value: peaks.get(number) ?? flat };
  });
}

/** By the clock of the schema: the texts that an answer has for these instants. */
const textOf = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');

/** What MIN_MAX promises, computed reading by reading: stretches of one whole number of microseconds from the first to the last, the earliest extremes of each. */
function extremesOf(
  data: readonly { readonly at: number; readonly value: number }[],
  stretches: number,
): readonly { readonly at: number; readonly value: number }[] {
  const [first = 0, last = 0] = [data[0]?.at, data.at(-1)?.at];
  const width = (BigInt(last - first) * 1000n + 1n + BigInt(stretches) - 1n) / BigInt(stretches);
  const byStretch = new Map<bigint, { at: number; value: number }[]>();
  for (const reading of data) {
    const stretch = (BigInt(reading.at - first) * 1000n) / width;
    byStretch.set(stretch, [...(byStretch.get(stretch) ?? []), reading]);
  }
  const kept = [...byStretch.values()].flatMap((readings) => {
    const [least, greatest] = [Math.min(...readings.map(({ value }) => value)), Math.max(...readings.map(({ value }) => value))];
    return [least, greatest].flatMap((value) => readings.find((reading) => reading.value === value) ?? []);
  });
  return [...new Set(kept)].sort((a, b) => a.at - b.at);
}

describeEachEngine('downsample', (db) => {
  const data = new Map([
    ['short', dataOf(1, 900)],
    ['long', dataOf(2, 4000)],
    ['moved', dataOf(3, 1500)],
  ]);
  const dataFor = (id: string) => data.get(id) ?? [];
  const movedAt = START + 8 * 3_600_000;

  beforeAll(async () => {
    await build(db, {
      locations: [{ id: 'L' }, { id: 'M' }],
      sensors: [
        { id: 'short', location: 'L' },
        { id: 'long', location: 'L' },
        { id: 'moved', location: 'L' },
        { id: 'silent', location: 'M' },
      ],
    });
    await build(db, { sensors: [{ id: 'moved', location: 'M', since: textOf(movedAt) }] });
    await build(db, {
      readings: [...data].flatMap(([id, readings]) => readings.map(({ at, value }) => [id, 'temperature', textOf(at), value] as const)),
    });
  });

  const downsample = async (variables: Record<string, unknown>): Promise<readonly Asked[]> => (await ask(db.store, DOWNSAMPLE, variables)).downsample;
  const lineOf = async (id: string, method: string, maxPoints: number): Promise<Asked> => {
    const [line] = await downsample({ sensors: [id], method, maxPoints });
    if (line === undefined) throw new Error(`${id} has no line`);
    return line;
  };
  const shown = (kept: readonly { readonly at: number; readonly value: number }[]) => kept.map(({ at, value }) => ({ time: textOf(at), value }));
  const pointsOf = (readings: readonly { readonly at: number; readonly value: number }[]): readonly Point[] =>
    readings.map(({ at, value }) => ({ x: (at - (readings[0]?.at ?? 0)) * 1000, y: value }));
  const thinned = (readings: readonly { readonly at: number; readonly value: number }[], maxPoints: number) => {
    const points = pointsOf(readings);
    const kept = new Set(lttbByThesis(points, maxPoints));
    return readings.filter((_, index) => kept.has(points[index] ?? { x: 0, y: 0 }));
  };

  it.each([45, 50, 100, 333, 899])('by LTTB gives the points of the thesis for a line of up to 20 readings a point, in %i points', async (maxPoints) => {
    const line = await lineOf('short', 'LTTB', maxPoints);

    expect(line.points).toEqual(shown(thinned(dataFor('short'), maxPoints)));
    expect(line.points).toHaveLength(maxPoints);
    expect(line.readings).toBe(900);
  });

  it.each([2, 3, 10, 44, 150, 199])('by LTTB chooses among the extremes of twice as many stretches where a line is longer, in %i points', async (maxPoints) => {
    const readings = dataFor('long');
    const candidates = new Set([readings[0], ...extremesOf(readings, 2 * maxPoints), readings.at(-1)]);
    const chosen = readings.filter((reading) => candidates.has(reading));

    expect((await lineOf('long', 'LTTB', maxPoints)).points).toEqual(shown(thinned(chosen, maxPoints)));
  });

  it.each([2, 3, 10, 77, 500, 899])('by MIN_MAX gives the extremes of every stretch, in at most %i points', async (maxPoints) => {
    for (const id of ['short', 'long', 'moved']) {
      const line = await lineOf(id, 'MIN_MAX', maxPoints);

      expect(line.points).toEqual(shown(extremesOf(dataFor(id), Math.floor(maxPoints / 2))));
      expect(line.points.length).toBeLessThanOrEqual(maxPoints);
      // No peak is lost, whatever the number of points.
      expect(line.columns.value).toEqual(expect.arrayContaining([59.5, -39.25]));
    }
  });

  it('give a line whole that has no more readings than there may be points', async () => {
    for (const method of ['LTTB', 'MIN_MAX']) {
      expect((await lineOf('short', method, 900)).points).toEqual(shown(dataFor('short')));
      expect((await lineOf('short', method, 1000)).points).toEqual(shown(dataFor('short')));
    }
  });

  it('makes one line of what a sensor measured at several places, and of some places only where a filter says so', async () => {
    const before = dataFor('moved').filter(({ at }) => at < movedAt);
    const there = await ask(
      db.store,
      `{ downsample(where: { ids: ["L"] }, sensors: ["moved"], from: "2024-05", to: "2024-06", maxPoints: 10000) { ${LINE} } }`,
    );

    expect(before.length).toBeGreaterThan(100);
    expect((await lineOf('moved', 'LTTB', 1500)).points).toEqual(shown(dataFor('moved')));
    expect((await lineOf('moved', 'LTTB', 100)).points).toEqual(shown(thinned(dataFor('moved'), 100)));
    expect(there.downsample[0].points).toEqual(shown(before));
  });

  it('has the same in columns, lines by sensor, then metric, and none of a sensor without readings', async () => {
    const lines = await downsample({ sensors: null, method: 'LTTB', maxPoints: 20 });

    expect(lines.map(({ sensor, metric, readings }) => [sensor.id, metric.id, readings])).toEqual([
      ['long', 'temperature', 4000],
      ['moved', 'temperature', 1500],
      ['short', 'temperature', 900],
    ]);
    for (const { points, columns } of lines) {
      expect(columns).toEqual({ time: points.map(({ time }) => time), value: points.map(({ value }) => value) });
      expect(points).toHaveLength(20);
    }
  });

  it('counts from `from` on and before `to`', async () => {
    const from = textOf(dataFor('short')[100]?.at ?? 0);
    const [line] = await downsample({ sensors: ['short'], from, method: 'MIN_MAX', maxPoints: 1000 });

    expect(line).toMatchObject({ readings: 800, points: shown(dataFor('short').slice(100)) });
  });

  it('of each sensor takes as many statements for one as for all', async () => {
    const document = `query ($ids: [ID!]) { sensors(ids: $ids) { nodes { id downsample(metric: "temperature", from: "2024-05", to: "2024-06", maxPoints: 30) { ${LINE} } } } }`;
    const one = await execute(knowingNoSpans(db.store), document, { ids: ['long'] });
    const all = await execute(knowingNoSpans(db.store), document);

    expect([...one.errors, ...all.errors]).toEqual([]);
    expect(all.data.sensors.nodes.map(({ id, downsample: { points } }: { id: string; downsample: Asked }) => [id, points.length])).toEqual([
      ['long', 30],
      ['moved', 30],
      ['short', 30],
      ['silent', 0],
    ]);
    expect(all.data.sensors.nodes[0]).toEqual(one.data.sensors.nodes[0]);
    // How much there is of the series, and the lines, which tell of the catalogue.
    expect([one.statements, all.statements]).toEqual([2, 2]);
  });

  it('is charged by points and by readings before it is asked for', async () => {
    const asked = (limits: Record<string, number>, maxPoints: number) =>
      askForError(db.store, DOWNSAMPLE, { sensors: null, method: 'LTTB', maxPoints }, { limits });

    expect(await asked({ maxPoints: 299 }, 100)).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      what: 'points',
      estimate: 300,
      limit: 299,
      rule: 'the limit is 299: ask for fewer points a line or fewer sensors',
    });
    expect(await asked({ maxReadings: 6000 }, 100)).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      what: 'readings to be read',
      limit: 6000,
      rule: expect.stringContaining('ask for a shorter range or fewer sensors'),
    });
  });

  it.each([
    ['maxPoints: 1', { code: 'BAD_USER_INPUT', field: 'maxPoints', value: 1 }],
    ['maxPoints: -5', { code: 'BAD_USER_INPUT', field: 'maxPoints' }],
    ['maxPoints: 100001', { code: 'BAD_USER_INPUT', field: 'maxPoints' }],
    ['metrics: ["nope"]', { code: 'NOT_FOUND', field: 'metrics', value: 'nope' }],
    ['timezone: "Mars/Olympus"', { code: 'BAD_USER_INPUT' }],
    ['to: "2024-01"', { code: 'BAD_USER_INPUT', field: 'from' }],
  ])('refuses (%s) by name', async (given, expected) => {
    expect(await askForError(db.store, `{ downsample(from: "2024-05", ${given}) { readings } }`)).toMatchObject(expected);
    if (given.startsWith('metrics')) return;
    expect(await askForError(db.store, `{ sensor(id: "long") { downsample(metric: "temperature", from: "2024-05", ${given}) { readings } } }`)).toMatchObject(
      expected,
    );
  });
});
