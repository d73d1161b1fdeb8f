import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError } from './support/graphql.ts';
import { build } from './support/plant.ts';

const PAGE = `query ($first: Int, $after: String, $order: TimeOrder! = ASCENDING, $from: TimeBound! = "2024-05", $where: LocationFilter, $sensors: [ID!], $metrics: [ID!]) {
  readings(from: $from, to: "2024-05", order: $order, first: $first, after: $after, where: $where, sensors: $sensors, metrics: $metrics) {
    nodes { time value sensor { id } metric { id } derived }
    edges { cursor node { value } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

describeEachEngine('readings', (db) => {
  /** Several at one instant, one microsecond apart, and on both sides of a partition and a chunk. */
  const times = ['2024-05-01T00:00:00Z', '2024-05-01T00:00:00.000001Z', '2024-05-01T00:00:00.5Z', '2024-05-09T12:00:00Z', '2024-05-31T23:59:59.999999Z'];
  const sensors = ['a', 'B', 'é'];
  const metrics = ['wind_speed', 'dew_point'];

  beforeAll(async () => {
    await build(db, {
      locations: [{ id: 'L' }, { id: 'M' }],
      sensors: [
        { id: 'a', location: 'L' },
        { id: 'B', location: 'L' },
        { id: 'é', location: 'M' },
      ],
      readings: times.flatMap((time, t) => sensors.flatMap((sensor, s) => metrics.map((metric, m) => [sensor, metric, time, 10 * t + 2 * s + m] as const))),
    });
  });

  /** Time, then sensor by code unit (B, a, é), then metric (dew_point, wind_speed). */
  const expected = times.flatMap((_, t) => [1, 0, 2].flatMap((s) => [1, 0].map((m) => 10 * t + 2 * s + m)));

  async function readAll(variables: Record<string, unknown>): Promise<number[]> {
    const values: number[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { readings } = await ask(db.store, PAGE, { ...variables, after });
      values.push(...readings.nodes.map(({ value }: { value: number }) => value));
      expect(readings.pageInfo.hasPreviousPage).toBe(after !== null);
      expect(readings.edges.map(({ node }: { node: { value: number } }) => node.value)).toEqual(readings.nodes.map(({ value }: { value: number }) => value));
      after = readings.pageInfo.endCursor;
      more = readings.pageInfo.hasNextPage;
    }
    return values;
  }

  it.each([1, 2, 3, 5, 7, 29, 30, 31])('come in the order time, sensor, metric, in pages of %i either way', async (first) => {
    expect(await readAll({ first })).toEqual(expected);
    expect(await readAll({ first, order: 'DESCENDING' })).toEqual(expected.toReversed());
  });

  it('keep their microseconds', async () => {
    const { readings } = await ask(db.store, PAGE, { sensors: ['a'], metrics: ['dew_point'] });

    expect(readings.nodes.map(({ time }: { time: string }) => time)).toEqual([
      '2024-05-01T00:00:00Z',
      '2024-05-01T00:00:00.000001Z',
      '2024-05-01T00:00:00.500Z',
      '2024-05-09T12:00:00Z',
      '2024-05-31T23:59:59.999999Z',
    ]);
  });

  it('count from `from` on and before `to`, and match every filter', async () => {
    const values = async (variables: Record<string, unknown>) =>
      (await ask(db.store, PAGE, variables)).readings.nodes.map(({ value }: { value: number }) => value);

    expect(await values({ from: '2024-05-01T00:00:00.5Z', sensors: ['é'], metrics: ['wind_speed'] })).toEqual([24, 34, 44]);
    expect(await values({ where: { ids: ['M'] }, metrics: ['wind_speed'] })).toEqual([4, 14, 24, 34, 44]);
    expect(await values({ where: { ids: ['M'] }, sensors: ['a'] })).toEqual([]);
    expect(await values({ sensors: [] })).toEqual([]);
    expect(await values({ metrics: [] })).toEqual([]);
    expect(await values({ sensors: ['nobody'] })).toEqual([]);
  });

  it('of an empty page have no cursors', async () => {
    const { readings } = await ask(db.store, PAGE, { sensors: [] });

    expect(readings.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null });
  });

  it('of each location are a page of their own', async () => {
    const { locations } = await ask(
      db.store,
      `{ locations { nodes { id readings(metric: "dew_point", from: "2024-05", to: "2024-05", first: 3, order: DESCENDING) { nodes { value } pageInfo { hasNextPage } } } } }`,
    );

    expect(locations.nodes).toEqual([
      { id: 'L', readings: { nodes: [{ value: 41 }, { value: 43 }, { value: 31 }], pageInfo: { hasNextPage: true } } },
      { id: 'M', readings: { nodes: [{ value: 45 }, { value: 35 }, { value: 25 }], pageInfo: { hasNextPage: true } } },
    ]);
  });

  it.each([
    [{ first: 0 }, 'first'],
    [{ first: -1 }, 'first'],
    [{ first: 1001 }, 'first'],
    [{ after: 'nonsense' }, 'after'],
    [{ after: Buffer.from('["location","L"]').toString('base64url') }, 'after'],
    [{ after: Buffer.from('["reading",1.5,"a","b"]').toString('base64url') }, 'after'],
    [{ from: 'yesterday' }, 'from'],
    [{ from: '2024-06-01' }, 'from'],
  ])('refuse %j by name', async (wrong, field) => {
    expect(await askForError(db.store, PAGE, wrong)).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it('refuse metrics that nobody knows', async () => {
    expect(await askForError(db.store, PAGE, { metrics: ['nope'] })).toMatchObject({ code: 'NOT_FOUND', field: 'metrics', value: 'nope' });
    expect(await askForError(db.store, '{ location(id: "L") { readings(metric: "nope", from: "2024") { nodes { value } } } }')).toMatchObject({
      field: 'metric',
    });
    expect(await askForError(db.store, '{ latest(metrics: ["nope"]) { value } }')).toMatchObject({ code: 'NOT_FOUND', field: 'metrics' });
  });
});
