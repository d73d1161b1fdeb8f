import { beforeAll, describe, expect, it } from 'vitest';
import { refreshStaleDays } from '../db/refresh.ts';
import type { Instant } from '../db/time/instant.ts';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError, execute } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';

const MEASURES = 'start count filled provisional min max avg sum stddev range first last percentile(p: 0.5)';
const at = (text: string) => (): Instant => Date.parse(text) * 1000;

describeEachEngine('buckets without readings', (db) => {
  beforeAll(async () => {
    await build(db, {
      locations: [{ id: 'a' }, { id: 'b' }, { id: 'empty' }],
      sensors: ['a', 'b', 'empty'].map((id) => ({ id: `s-${id}`, location: id })),
      readings: [
        ['s-a', 'temperature', '2024-03-01T00:10:00Z', 10],
        ['s-a', 'temperature', '2024-03-01T02:10:00Z', 20],
        ['s-a', 'temperature', '2024-03-01T02:20:00Z', 30],
        ['s-a', 'temperature', '2024-03-01T05:30:00Z', 50],
        ['s-b', 'temperature', '2024-03-01T03:00:00Z', 7],
        ['s-empty', 'humidity', '2024-03-01T03:00:00Z', 50],
      ],
    });
  });

  type Point = Readonly<Record<string, unknown>>;
  const pointsOf = async (args: string, shown = MEASURES, id = 'a', clock = at('2024-03-02T00:00:00Z')): Promise<readonly Point[]> => {
    const answer = await ask(
      db.store,
      `{ location(id: "${id}") { aggregates(metric: "temperature", bucket: "1h", ${args}) { points { ${shown} } } } }`,
      {},
      { clock },
    );
    return answer.location.aggregates.points;
  };
  const column = (points: readonly Point[], name: string) => points.map((point) => point[name]);
  const MORNING = 'from: "2024-03-01T00:00:00Z", to: "2024-03-01T08:00:00Z"';

  it('are left out where nothing is said', async () => {
    expect(column(await pointsOf(MORNING), 'start')).toEqual(['2024-03-01T00:00:00Z', '2024-03-01T02:00:00Z', '2024-03-01T05:00:00Z']);
    expect(column(await pointsOf(MORNING), 'filled')).toEqual([false, false, false]);
  });

  it('are null over the whole range, with a count of 0', async () => {
    const points = await pointsOf(`${MORNING}, fill: NULL`);

    expect(column(points, 'count')).toEqual([1, 0, 2, 0, 0, 1, 0, 0]);
    expect(column(points, 'filled')).toEqual([false, true, false, true, true, false, true, true]);
    expect(points[1]).toEqual({
      start: '2024-03-01T01:00:00Z',
      count: 0,
      filled: true,
      provisional: false,
      min: null,
      max: null,
      avg: null,
      sum: null,
      stddev: null,
      range: null,
      first: null,
      last: null,
      percentile: null,
    });
  });

  it('are as the last bucket before them, but for what is summed up of readings', async () => {
    const points = await pointsOf(`${MORNING}, fill: PREVIOUS`);

    expect(column(points, 'avg')).toEqual([10, 10, 25, 25, 25, 50, 50, 50]);
    expect(column(points, 'min')).toEqual([10, 10, 20, 20, 20, 50, 50, 50]);
    expect(column(points, 'last')).toEqual([10, 10, 30, 30, 30, 50, 50, 50]);
    expect(column(points, 'percentile')).toEqual([10, 10, 25, 25, 25, 50, 50, 50]);
    expect(column(points, 'sum')).toEqual([10, null, 50, null, null, 50, null, null]);
    expect(column(points, 'range')).toEqual([0, null, 10, null, null, 0, null, null]);
    expect(column(points, 'stddev').map((value) => value !== null)).toEqual([false, false, true, false, false, false, false, false]);
  });

  it('lie on the line between their neighbours', async () => {
    const points = await pointsOf(`${MORNING}, fill: LINEAR`);

    expect(column(points, 'avg')).toEqual([10, 17.5, 25, expect.closeTo(25 + 25 / 3, 9), expect.closeTo(25 + 50 / 3, 9), 50, null, null]);
    expect(column(points, 'max')).toEqual([10, 20, 30, expect.closeTo(30 + 20 / 3, 9), expect.closeTo(30 + 40 / 3, 9), 50, null, null]);
    expect(column(points, 'percentile')).toEqual([10, 17.5, 25, expect.closeTo(25 + 25 / 3, 9), expect.closeTo(25 + 50 / 3, 9), 50, null, null]);
    expect(column(points, 'sum')).toEqual([10, null, 50, null, null, 50, null, null]);
  });

  it('are the same as points, as columns and as rows', async () => {
    for (const fill of ['NULL', 'PREVIOUS', 'LINEAR']) {
      const args = `metrics: ["temperature"], by: LOCATION, bucket: "1h", ${MORNING}, fill: ${fill}`;
      const { aggregates, aggregateRows } = await ask(
        db.store,
        `{ aggregates(${args}) { points { ${MEASURES} } columns { ${MEASURES} } } aggregateRows(${args}) { ${MEASURES} } }`,
        {},
        { clock: at('2024-03-02T00:00:00Z') },
      );
      type Series = { readonly points: readonly Point[]; readonly columns: Readonly<Record<string, readonly unknown[]>> };

      expect(aggregates).toHaveLength(2);
      expect(aggregates.flatMap(({ points }: Series) => points)).toEqual(aggregateRows);
      for (const { points, columns } of aggregates as Series[]) {
        expect(points.map((_, place) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[place]])))).toEqual(points);
      }
    }
  });

  describe('filled from before the range', () => {
    const before = async (from: string) => column(await pointsOf(`from: "${from}", to: "2024-03-01T08:00:00Z", fill: PREVIOUS`, 'avg'), 'avg');

    it('do not depend on where it begins', async () => {
      const whole = await before('2024-03-01T00:00:00Z');
      for (let hour = 1; hour < 8; hour++) expect(await before(`2024-03-01T0${hour}:00:00Z`)).toEqual(whole.slice(hour));
      // In the middle of a bucket: what lies before is looked back to, and does not count as the bucket's own.
      expect(await before('2024-03-01T05:45:00Z')).toEqual([50, 50, 50]);
      expect(column(await pointsOf('from: "2024-03-01T05:45:00Z", to: "2024-03-01T07:00:00Z", fill: PREVIOUS', 'count'), 'count')).toEqual([0, 0]);
      expect(await before('2024-03-01T02:15:00Z')).toEqual([30, 30, 30, 50, 50, 50]);
      expect(await before('2024-03-01T02:25:00Z')).toEqual([25, 25, 25, 50, 50, 50]);
    });

    it('are looked for in a hundred buckets, and carried on over as many', async () => {
      const clock = at('2024-04-01T00:00:00Z');
      const filledAt = async (from: string, to: string) => column(await pointsOf(`from: "${from}", to: "${to}", fill: PREVIOUS`, 'avg', 'a', clock), 'avg');

      // 05:00 and a hundred hours are 09:00, four days later.
      expect(await filledAt('2024-03-05T09:00:00Z', '2024-03-05T11:00:00Z')).toEqual([50, null]);
      expect((await filledAt('2024-03-01T05:00:00Z', '2024-03-05T11:00:00Z')).slice(-2)).toEqual([50, null]);
    });

    it('cost one statement for all groups that begin without, and none where no group does', async () => {
      await refreshStaleDays(db.store);
      const statementsOf = async (id: string, from: string) => {
        const { statements, errors } = await execute(
          db.store,
          `{ aggregates(metrics: ["temperature"], where: { ids: [${id}] }, bucket: "1h", from: "${from}", to: "2024-03-01T08:00:00Z", fill: PREVIOUS) { points { avg } } }`,
        );
        expect(errors).toEqual([]);
        return statements;
      };
      // What is known of the series is looked up once.
      await statementsOf('"a", "b"', '2024-03-01T00:00:00Z');

      expect(await statementsOf('"a"', '2024-03-01T00:00:00Z')).toBe(1);
      expect(await statementsOf('"a", "b"', '2024-03-01T00:00:00Z')).toBe(2);
      expect(await statementsOf('"a", "b"', '2024-03-01T01:00:00Z')).toBe(2);
    });
  });

  it('are all there at a place where nothing was measured, but make no group of a question', async () => {
    expect(await pointsOf('from: "2024-03-01T00:00:00Z", to: "2024-03-01T02:00:00Z", fill: NULL', 'count avg', 'empty')).toEqual([
      { count: 0, avg: null },
      { count: 0, avg: null },
    ]);
    expect(await pointsOf('from: "2024-03-01T06:00:00Z", to: "2024-03-01T08:00:00Z", fill: PREVIOUS', 'count avg')).toEqual([
      { count: 0, avg: 50 },
      { count: 0, avg: 50 },
    ]);
    const { aggregates } = await ask(
      db.store,
      '{ aggregates(metrics: ["temperature", "humidity"], bucket: "1h", from: "2024-03-01T06:00:00Z", to: "2024-03-01T08:00:00Z", fill: PREVIOUS) { points { avg } } }',
    );
    expect(aggregates).toEqual([]);
  });

  it('are null where they begin after now, and provisional while they have not ended', async () => {
    const points = await pointsOf(`${MORNING}, fill: PREVIOUS`, 'avg filled provisional', 'a', at('2024-03-01T06:00:00Z'));

    expect(points.slice(5)).toEqual([
      { avg: 50, filled: false, provisional: false },
      { avg: 50, filled: true, provisional: true },
      { avg: null, filled: true, provisional: true },
    ]);
  });

  it('are judged by what they are filled with', async () => {
    await addThreshold(db, { level: 'CRITICAL', min: 28, scope: { location: 'a' } });

    expect(column(await pointsOf(`${MORNING}, fill: PREVIOUS`, 'status(of: LAST)'), 'status')).toEqual([
      'NORMAL',
      'NORMAL',
      'CRITICAL',
      'CRITICAL',
      'CRITICAL',
      'CRITICAL',
      'CRITICAL',
      'CRITICAL',
    ]);
    expect(column(await pointsOf(`${MORNING}, fill: NULL`, 'status'), 'status')).toEqual(['NORMAL', null, 'CRITICAL', null, null, 'CRITICAL', null, null]);
  });

  it('are charged like any other point', async () => {
    const question = (args: string) =>
      `{ location(id: "empty") { aggregates(metric: "temperature", bucket: "1h", from: "2024-01-01", to: "2024-01-02", ${args}) { points { count } } } }`;
    const options = { limits: { maxPoints: 40 } };

    expect((await execute(db.store, question('fill: NONE'), {}, options)).errors).toEqual([]);
    expect(await askForError(db.store, question('fill: NULL'), {}, options)).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      what: 'points',
      estimate: 48,
      limit: 40,
      message: expect.stringMatching(/ask for a longer bucket, a smaller maxPoints or a shorter range$/),
    });
  });
});
