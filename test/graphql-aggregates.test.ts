import { beforeAll, describe, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError } from './support/graphql.ts';
import { build } from './support/plant.ts';

const ROWS = `query ($by: Grouping!, $metrics: [ID!]! = ["temperature"], $where: LocationFilter, $sensors: [ID!], $bucket: Duration = "1mo", $timezone: TimeZone) {
  aggregateRows(metrics: $metrics, by: $by, where: $where, sensors: $sensors, from: "2024-01", to: "2024-02", bucket: $bucket, timezone: $timezone) {
    factory building floor area location sensor metric unit start end count min max avg sum stddev first last
  }
}`;

describeEachEngine('aggregates', (db) => {
  beforeAll(async () => {
    await build(db, {
      locations: [
        { id: 'a', factory: 'F', building: 'X', floor: 2, area: 'p' },
        { id: 'b', factory: 'F', building: 'X', floor: 2, area: 'p' },
        { id: 'c', factory: 'F', building: 'X', floor: -1, area: 'p' },
        { id: 'd', factory: 'F' },
        { id: 'e', factory: 'E', building: 'X', floor: 2, area: 'p' },
      ],
      sensors: [
        { id: 's1', location: 'a' },
        { id: 's2', location: 'a' },
        ...['b', 'c', 'd', 'e'].map((id) => ({ id: `s-${id}`, location: id })),
        { id: 'loose' },
      ],
      readings: [
        ['s1', 'temperature', '2024-01-10T00:00:00Z', 1],
        ['s1', 'temperature', '2024-01-10T00:01:00Z', 2],
        ['s2', 'temperature', '2024-01-10T00:00:00Z', 6],
        ['s2', 'temperature', '2024-01-10T00:01:00Z', 7],
        ['s1', 'humidity', '2024-01-10T00:00:00Z', 50],
        ['s-b', 'temperature', '2024-01-11T00:00:00Z', 10],
        ['s-c', 'temperature', '2024-01-12T00:00:00Z', 20],
        ['s-d', 'temperature', '2024-01-13T00:00:00Z', 30],
        ['s-e', 'temperature', '2024-01-14T00:00:00Z', 40],
        ['loose', 'temperature', '2024-01-15T00:00:00Z', 50],
      ],
    });
    await ask(db.store, 'mutation { saveSensors(sensors: [{ id: "s2", location: "c", since: "2024-01-20T00:00:00Z" }]) { id } }');
    await build(db, { readings: [['s2', 'temperature', '2024-01-21T00:00:00Z', 8]] });
  });

  interface Row {
    readonly [field: string]: unknown;
  }
  const rows = async (variables: Record<string, unknown>): Promise<Row[]> => (await ask(db.store, ROWS, variables)).aggregateRows;
  const keysOf = (found: readonly Row[]) =>
    found.map(({ factory, building, floor, area, location, sensor, sum }) => [factory, building, floor, area, location, sensor, sum].join('/'));

  it('group by each grouping, sorted, with what has no place first', async () => {
    expect(keysOf(await rows({ by: 'ALL' }))).toEqual(['//////174']);
    expect(keysOf(await rows({ by: 'FACTORY' }))).toEqual(
      ['//////50', 'E//////40', 'F//////84'].map((key) => key.replace(/^(.*?)\/\/\/\/\/\/(\d+)$/, '$1//////$2')),
    );
    expect(keysOf(await rows({ by: 'BUILDING' }))).toEqual(['//////50', 'E/X/////40', 'F//////30', 'F/X/////54']);
    expect(keysOf(await rows({ by: 'FLOOR' }))).toEqual(['//////50', 'E/X/2////40', 'F//////30', 'F/X/-1////28', 'F/X/2////26']);
    expect(keysOf(await rows({ by: 'AREA' }))).toEqual(['//////50', 'E/X/2/p///40', 'F//////30', 'F/X/-1/p///28', 'F/X/2/p///26']);
    expect(keysOf(await rows({ by: 'LOCATION' }))).toEqual(['//////50', 'E/X/2/p/e//40', 'F////d//30', 'F/X/-1/p/c//28', 'F/X/2/p/a//16', 'F/X/2/p/b//10']);
    expect(keysOf(await rows({ by: 'SENSOR' }))).toEqual([
      '/////loose/50',
      'E/X/2/p/e/s-e/40',
      'F////d/s-d/30',
      // It was moved: only what both places share is its own.
      'F/X//p//s2/21',
      'F/X/-1/p/c/s-c/20',
      'F/X/2/p/a/s1/3',
      'F/X/2/p/b/s-b/10',
    ]);
  });

  it('summarise readings, never averages, and break ties of first and last by sensor', async () => {
    const [row] = await rows({ by: 'LOCATION', where: { ids: ['a'] } });

    expect(row).toMatchObject({
      count: 4,
      min: 1,
      max: 7,
      avg: 4,
      sum: 16,
      first: 1,
      last: 7,
      unit: 'Cel',
      start: '2024-01-01T00:00:00Z',
      end: '2024-02-01T00:00:00Z',
    });
    expect(row?.stddev).toBeCloseTo(Math.sqrt(26 / 3), 12);
  });

  it('speak of where a reading was taken: filters part the readings of a sensor that was moved', async () => {
    expect(keysOf(await rows({ by: 'SENSOR', sensors: ['s2'], where: { ids: ['a'] } }))).toEqual(['F/X//p//s2/13']);
    expect(keysOf(await rows({ by: 'SENSOR', sensors: ['s2'], where: { ids: ['c'] } }))).toEqual(['F/X//p//s2/8']);
    expect(keysOf(await rows({ by: 'LOCATION', sensors: ['s2', 'nobody'] }))).toEqual(['F/X/-1/p/c//8', 'F/X/2/p/a//13']);
  });

  it('answer metrics in the order asked, each once', async () => {
    expect((await rows({ by: 'LOCATION', where: { ids: ['a'] }, metrics: ['temperature', 'humidity', 'temperature'] })).map(({ metric }) => metric)).toEqual([
      'temperature',
      'humidity',
    ]);
    expect((await rows({ by: 'LOCATION', where: { ids: ['a'] }, metrics: ['humidity', 'temperature'] })).map(({ metric }) => metric)).toEqual([
      'humidity',
      'temperature',
    ]);
    expect(await rows({ by: 'ALL', metrics: [] })).toEqual([]);
  });

  it('give the same as points, as columns and as rows', async () => {
    const measures = 'start end count min max avg sum stddev first last status';
    const args = 'metrics: ["temperature"], from: "2024-01", to: "2024-02", bucket: "1d", timezone: "America/St_Johns"';
    const { aggregates, aggregateRows } = await ask(
      db.store,
      `{ aggregates(${args}) { bucket timezone metric { id } group { factory location { id } sensor { id } } points { ${measures} } columns { ${measures} } }
         aggregateRows(${args}) { ${measures} } }`,
    );
    type Series = { readonly points: readonly Row[]; readonly columns: Readonly<Record<string, readonly unknown[]>> };

    expect(aggregates[0]).toMatchObject({ bucket: 'P1D', timezone: 'America/St_Johns', group: { factory: null, location: null, sensor: null } });
    expect(aggregates.flatMap(({ points }: Series) => points)).toEqual(aggregateRows);
    for (const { points, columns } of aggregates as Series[]) {
      expect(points.map((_, at) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[at]])))).toEqual(points);
    }
  });

  it('compute what costs extra also where it is asked for through fragments and variables', async () => {
    const { aggregates } = await ask(
      db.store,
      `query ($of: StatusOf! = LAST) { aggregates(metrics: ["temperature"], where: { ids: ["a"] }, from: "2024-01", to: "2024-02", bucket: "1y") {
         ...ends points { ... on AggregatePoint { deviation: stddev } status(of: $of) } } }
       fragment ends on AggregateSeries { points { first last } }`,
    );

    expect(aggregates[0].points[0]).toMatchObject({ first: 1, last: 7, deviation: Math.sqrt(26 / 3) });
  });

  describe('of a place or a device', () => {
    it('are empty where nothing was measured, and span all places of a device', async () => {
      const { location, sensor, nothing } = await ask(
        db.store,
        `{ location(id: "d") { aggregates(metric: "humidity", from: "2024-01", to: "2024-02", bucket: "1d") { group { factory location { id } } plan { pieces { source } staleDays } points { count } columns { count } } }
           sensor(id: "s2") { aggregates(metric: "temperature", from: "2024-01", to: "2024-02", bucket: "1mo") { group { factory building floor location { id } sensor { id } } points { count sum } } }
           nothing: sensor(id: "s-d") { aggregates(metric: "temperature", from: "2020", to: "2020", bucket: "1y") { points { count } } } }`,
      );

      expect(location.aggregates).toEqual({
        group: { factory: 'F', location: { id: 'd' } },
        plan: { pieces: [], staleDays: 0 },
        points: [],
        columns: { count: [] },
      });
      expect(sensor.aggregates).toEqual({
        group: { factory: 'F', building: 'X', floor: null, location: null, sensor: { id: 's2' } },
        points: [{ count: 3, sum: 21 }],
      });
      expect(nothing.aggregates.points).toEqual([]);
    });
  });

  it('plan the window whole and without gaps', async () => {
    const { aggregates } = await ask(
      db.store,
      '{ aggregates(metrics: ["temperature"], by: ALL, from: "2024-01-10T00:07:00Z", to: "2024-01-12T01:00:00Z", bucket: "1mo") { plan { pieces { source from to } } } }',
    );
    const { pieces } = aggregates[0].plan;

    expect(pieces.map(({ source }: { source: string }) => source)).toEqual(['reading', 'rollup_15m', 'rollup_1h', 'rollup_1d', 'rollup_1h']);
    expect([pieces[0].from, pieces.at(-1).to]).toEqual(['2024-01-10T00:07:00Z', '2024-01-12T01:00:00Z']);
  });

  it('are provisional until their bucket has ended', async () => {
    const { aggregates } = await ask(
      db.store,
      '{ aggregates(metrics: ["temperature"], by: ALL, from: "2024-01", bucket: "1mo") { points { start provisional } } }',
      {},
      { clock: () => Date.parse('2024-01-31T23:59:59Z') * 1000 },
    );

    expect(aggregates[0].points).toEqual([{ start: '2024-01-01T00:00:00Z', provisional: true }]);
  });

  it.each([
    [{ bucket: '7m' }, 'BAD_USER_INPUT', 'bucket'],
    [{ bucket: 'PT0.5S' }, 'BAD_USER_INPUT', 'bucket'],
    [{ bucket: '0d' }, 'BAD_USER_INPUT', 'bucket'],
    [{ timezone: 'Mars/Olympus' }, 'BAD_USER_INPUT', 'timezone'],
    [{ metrics: ['nope'] }, 'NOT_FOUND', 'metrics'],
    [{ where: { within: { south: 1, north: 0, west: 0, east: 0 } } }, 'BAD_USER_INPUT', 'where.within.south'],
  ])('refuse %j by name', async (wrong, code, field) => {
    expect(await askForError(db.store, ROWS, { by: 'ALL', ...wrong })).toMatchObject({ code, field });
  });

  it.each([
    ['bucket', { bucket: '7m' }],
    ['bucket', { bucket: '0d' }],
    ['timezone', { timezone: 'Mars/Olympus' }],
    ['from', { from: '2024-02-01', to: '2024-01-01' }],
    ['from', { from: '20240230' }],
    ['to', { to: '2024-01-15T10:00:00' }],
  ])('refuses %s alike wherever it is asked for: %j', async (field, wrong) => {
    const args = 'from: $from, to: $to, bucket: $bucket, timezone: $timezone) { points { count } }';
    const fields = [
      `aggregates(metrics: ["humidity"], ${args}`,
      `aggregateRows(metrics: ["humidity"], ${args.replace(/{.*/, '{ count }')}`,
      `location(id: "d") { aggregates(metric: "humidity", ${args} }`,
      `sensor(id: "s1") { aggregates(metric: "humidity", ${args} }`,
      `locations { nodes { sensors { aggregates(metric: "humidity", ${args} } } }`,
    ];
    const ask = (text: string) =>
      askForError(db.store, `query ($from: TimeBound!, $to: TimeBound, $bucket: Duration, $timezone: TimeZone) { ${text} }`, {
        from: '2024-01-01',
        to: '2024-02-01',
        bucket: '1d',
        ...wrong,
      });
    const [first, ...others] = await Promise.all(fields.map(ask));

    expect(first).toMatchObject({ code: 'BAD_USER_INPUT', field });
    for (const other of others) expect(other).toEqual(first);
  });

  it('take a bound as a number, and refuse what is no text by the name of its argument', async () => {
    const summary = (args: string) => `{ aggregates(metrics: ["temperature"], by: ALL, ${args}) { timezone points { start } } }`;

    expect((await ask(db.store, summary('from: 2024, to: 2024, bucket: "1y"'))).aggregates[0].points).toEqual([{ start: '2024-01-01T00:00:00Z' }]);
    for (const [field, args] of [
      ['from', 'from: true, bucket: "1d"'],
      ['from', 'from: 2024.5, bucket: "1d"'],
      ['to', 'from: "2024", to: [2024], bucket: "1d"'],
      ['bucket', 'from: "2024", bucket: 1'],
      ['timezone', 'from: "2024", bucket: "1d", timezone: 9'],
    ] as const) {
      expect(await askForError(db.store, summary(args))).toMatchObject({ code: 'BAD_USER_INPUT', field });
    }
    const variable = 'query ($from: TimeBound!) { aggregates(metrics: ["temperature"], from: $from, bucket: "1d") { timezone } }';
    expect(await askForError(db.store, variable, { from: false })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'from', value: 'false' });
  });

  it('name the zone in the letters of its list, but by the name that was given', async () => {
    const zoneOf = async (zone: string) =>
      (await ask(db.store, `{ aggregates(metrics: ["temperature"], by: ALL, from: "2024", bucket: "1y", timezone: "${zone}") { timezone } }`)).aggregates[0]
        .timezone;

    expect([await zoneOf('asia/SEOUL'), await zoneOf('utc'), await zoneOf('Asia/Kolkata'), await zoneOf('Asia/Calcutta')]).toEqual([
      'Asia/Seoul',
      'UTC',
      'Asia/Kolkata',
      'Asia/Calcutta',
    ]);
  });
});
