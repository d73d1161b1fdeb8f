import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { ask, askForError } from './support/graphql.ts';
import { build } from './support/plant.ts';

describe('locations and sensors', () => {
  const db = useDatabase();

  beforeAll(async () => {
    await build(db, {
      locations: [
        { id: 'A1', factory: 'Ulsan', building: 'Press', floor: 1, area: 'North', latitude: 35.5, longitude: 129.3 },
        { id: 'A2', factory: 'Ulsan', building: 'Press', floor: 2, area: 'South', latitude: 35.6, longitude: 129.4 },
        { id: 'B1', factory: 'Suva', building: 'Mill', floor: -1, area: '가공', latitude: -18.1, longitude: 178.4 },
        { id: 'B2', factory: 'Apia', floor: 1, latitude: -13.8, longitude: -171.8 },
        { id: 'C1', factory: 'Nowhere' },
        { id: 'Ä', factory: 'Nowhere' },
      ],
      sensors: [{ id: 's1', location: 'A1' }, { id: 's2', location: 'A1' }, { id: 's3', location: 'B1' }, { id: 'loose' }],
      readings: [
        ['s2', 'temperature', '2024-11-01T00:00:00Z', 2],
        ['s1', 'temperature', '2024-11-01T00:00:00Z', 1],
        ['s1', 'dew_point', '2024-11-01T00:00:00Z', 0],
        ['loose', 'temperature', '2024-11-01T00:00:00Z', 3],
      ],
    });
  });

  const idsOf = (nodes: readonly { readonly id: string }[]) => nodes.map(({ id }) => id);
  const locations = async (where: unknown) =>
    idsOf((await ask(db.store, 'query ($where: LocationFilter) { locations(where: $where) { nodes { id } } }', { where })).locations.nodes);

  it.each([
    [null, ['A1', 'A2', 'B1', 'B2', 'C1', 'Ä']],
    [{}, ['A1', 'A2', 'B1', 'B2', 'C1', 'Ä']],
    [{ ids: ['B1', 'A1', 'nope'] }, ['A1', 'B1']],
    [{ ids: [] }, []],
    [{ factories: ['Ulsan', 'Apia'] }, ['A1', 'A2', 'B2']],
    [{ buildings: ['Mill'] }, ['B1']],
    [{ floors: [1, -1] }, ['A1', 'B1', 'B2']],
    [{ areas: ['South'] }, ['A2']],
    [{ factories: ['Ulsan'], floors: [2] }, ['A2']],
    [{ factories: null, floors: [2] }, ['A2']],
    [{ search: 'ulsan' }, ['A1', 'A2']],
    [{ search: 'B' }, ['B1', 'B2']],
    [{ search: '가공'.normalize('NFD') }, ['B1']],
    [{ search: '' }, ['A1', 'A2', 'B1', 'B2', 'C1', 'Ä']],
    [{ within: { south: 35, west: 129, north: 35.5, east: 129.3 } }, ['A1']],
    // Over the antimeridian, from Fiji to Samoa.
    [{ within: { south: -20, west: 175, north: 0, east: -170 } }, ['B1', 'B2']],
    [{ within: { south: -90, west: -180, north: 90, east: 180 } }, ['A1', 'A2', 'B1', 'B2']],
  ])('where %j', async (where, expected) => {
    expect(await locations(where)).toEqual(expected);
  });

  it.each([
    [{ south: -91, west: 0, north: 0, east: 0 }, 'where.within.south'],
    [{ south: 0, west: 181, north: 1, east: 0 }, 'where.within.west'],
    [{ south: 2, west: 0, north: 1, east: 0 }, 'where.within.south'],
  ])('within %j is refused by name', async (within, field) => {
    expect(await askForError(db.store, 'query ($where: LocationFilter) { locations(where: $where) { totalCount } }', { where: { within } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      field,
    });
  });

  it('come in pages whose cursors hold where what they name is gone', async () => {
    const page =
      'query ($first: Int, $after: String) { locations(first: $first, after: $after) { totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }';
    const first = (await ask(db.store, page, { first: 4 })).locations;
    const second = (await ask(db.store, page, { first: 2, after: first.pageInfo.endCursor })).locations;
    const gone = Buffer.from('["location","B"]').toString('base64url');

    expect([idsOf(first.nodes), idsOf(second.nodes)]).toEqual([
      ['A1', 'A2', 'B1', 'B2'],
      ['C1', 'Ä'],
    ]);
    expect([first.totalCount, second.totalCount]).toEqual([6, 6]);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false, startCursor: first.edges[0].cursor });
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(idsOf((await ask(db.store, page, { after: gone })).locations.nodes)).toEqual(['B1', 'B2', 'C1', 'Ä']);
    expect(await askForError(db.store, page, { first: 1001 })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'first', value: 1001 });
    expect(await askForError(db.store, page, { after: '%' })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'after' });
  });

  it('null where an id names nothing', async () => {
    expect(await ask(db.store, '{ location(id: "nope") { id } sensor(id: "\\u0000") { id } threshold(id: "1") { id } }')).toEqual({
      location: null,
      sensor: null,
      threshold: null,
    });
  });

  it('list sensors by where they are now; those that were never placed only without a filter', async () => {
    const sensors = async (args: string) => idsOf((await ask(db.store, `{ sensors${args} { nodes { id } } }`)).sensors.nodes);

    expect(await sensors('')).toEqual(['loose', 's1', 's2', 's3']);
    expect(await sensors('(where: { factories: ["Ulsan"] })')).toEqual(['s1', 's2']);
    expect(await sensors('(ids: ["s3", "loose", "nope"])')).toEqual(['loose', 's3']);
    expect(await sensors('(ids: ["s3", "s1"], where: { ids: ["B1"] })')).toEqual(['s3']);
    expect(await sensors('(first: 1, ids: [])')).toEqual([]);
  });

  it('show the newest reading of every series, by sensor, then metric', async () => {
    const { all, some, one } = await ask(
      db.store,
      `{ all: latest { sensor { id } metric { id } location { id } value derived }
         some: latest(where: { factories: ["Ulsan"] }, sensors: ["s1", "loose"], metrics: ["temperature"]) { value }
         one: location(id: "A1") { latest(metrics: ["dew_point", "temperature"]) { value } sensors { id metrics { id } lastSeen } } }`,
    );

    expect(all.map(({ sensor, metric }: { sensor: { id: string }; metric: { id: string } }) => `${sensor.id} ${metric.id}`)).toEqual([
      'loose temperature',
      's1 dew_point',
      's1 humidity',
      's1 temperature',
      's2 temperature',
    ]);
    expect(all[0]).toMatchObject({ location: null, value: 3, derived: false });
    expect(all[2]).toMatchObject({ derived: true });
    expect(some).toEqual([{ value: 1 }]);
    expect(one).toEqual({
      latest: [{ value: 0 }, { value: 1 }, { value: 2 }],
      sensors: [
        { id: 's1', metrics: [{ id: 'dew_point' }, { id: 'humidity' }, { id: 'temperature' }], lastSeen: '2024-11-01T00:00:00Z' },
        { id: 's2', metrics: [{ id: 'temperature' }], lastSeen: '2024-11-01T00:00:00Z' },
      ],
    });
  });
});
