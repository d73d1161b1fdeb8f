import { beforeAll, describe, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';
import { recordAlerts, recordBreaches } from './support/recorded.ts';

const PAGE = `query ($where: LocationFilter, $metrics: [ID!], $sensors: [ID!], $levels: [Level!], $states: [AlertState!], $from: TimeBound, $to: TimeBound, $timezone: TimeZone, $first: Int, $after: String) {
  alerts(where: $where, metrics: $metrics, sensors: $sensors, levels: $levels, states: $states, from: $from, to: $to, timezone: $timezone, first: $first, after: $after) {
    totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

describeEachEngine('alerts', (db) => {
  /** Ids, and how many there are on all pages. */
  const found = async (args: Readonly<Record<string, unknown>> = {}): Promise<readonly [readonly string[], number]> => {
    const { alerts } = await ask(db.store, PAGE, args);
    return [alerts.nodes.map(({ id }: { id: string }) => id), alerts.totalCount];
  };

  beforeAll(async () => {
    await build(db, {
      locations: [
        { id: 'A', factory: 'North' },
        { id: 'B', factory: 'South' },
      ],
      sensors: [{ id: 'a', location: 'A' }, { id: 'b', location: 'B' }, { id: 'loose' }],
      readings: ['a', 'b', 'loose'].flatMap((sensor) => [
        [sensor, 'temperature', '2024-05-01T00:00:00Z', 20] as const,
        [sensor, 'humidity', '2024-05-01T00:00:00Z', 20] as const,
      ]),
    });
    await addThreshold(db, { min: 500 });
    await recordAlerts(db, [
      { sensor: 'a', openedAt: '2024-05-01T01:00:00Z', resolvedAt: '2024-05-01T03:00:00Z', peak: 700, level: 'CRITICAL' },
      { sensor: 'b', openedAt: '2024-05-01T02:00:00Z', peak: 51 },
      { sensor: 'a', metric: 'humidity', openedAt: '2024-05-01T02:00:00Z', resolvedAt: '2024-05-01T02:00:00Z', withdrawn: true },
      { sensor: 'loose', openedAt: '2024-05-02T00:00:00Z', kind: 'NO_DATA', peak: null },
      { sensor: 'a', openedAt: '2024-05-03T00:00:00.000001Z', peak: 52 },
    ]);
    await recordBreaches(db, [
      { sensor: 'a', alertId: '1' },
      { sensor: 'b', alertId: '2' },
      { sensor: 'a', alertId: '1', kind: 'CLEARED' },
    ]);
  });

  it('come the last opened first, whatever is filtered, and are counted', async () => {
    expect(await found()).toEqual([['5', '4', '3', '2', '1'], 5]);
    expect(await found({ where: { factories: ['North'] } })).toEqual([['5', '3', '1'], 3]);
    expect(await found({ metrics: ['temperature'] })).toEqual([['5', '4', '2', '1'], 4]);
    expect(await found({ where: { ids: ['A'] }, metrics: ['humidity'] })).toEqual([['3'], 1]);
    expect(await found({ sensors: ['a'] })).toEqual([['5', '3', '1'], 3]);
    expect(await found({ sensors: ['a', 'loose'], metrics: ['temperature'] })).toEqual([['5', '4', '1'], 3]);
    expect(await found({ sensors: ['b'], where: { ids: ['A'] } })).toEqual([[], 0]);
    expect(await found({ sensors: ['nobody'] })).toEqual([[], 0]);
    expect(await found({ levels: ['CRITICAL'] })).toEqual([['1'], 1]);
    expect(await found({ levels: ['WARNING'] })).toEqual([['5', '4', '3', '2'], 4]);
    expect(await found({ levels: ['CRITICAL', 'WARNING'] })).toEqual([['5', '4', '3', '2', '1'], 5]);
    expect(await found({ levels: [] })).toEqual([[], 0]);
    expect(await found({ levels: ['WARNING'], sensors: ['a'] })).toEqual([['5', '3'], 2]);
    expect(await found({ levels: ['WARNING'], sensors: ['a'], states: ['OPEN'] })).toEqual([['5'], 1]);
    expect(await found({ levels: ['CRITICAL'], states: ['OPEN'] })).toEqual([[], 0]);
    expect(await found({ levels: ['CRITICAL'], states: ['RESOLVED'] })).toEqual([['1'], 1]);
    expect(await found({ states: ['OPEN'] })).toEqual([['5', '4', '2'], 3]);
    expect(await found({ states: ['OPEN'], where: { ids: ['B'] } })).toEqual([['2'], 1]);
    expect(await found({ states: ['RESOLVED'] })).toEqual([['3', '1'], 2]);
    expect(await found({ states: ['RESOLVED'], metrics: ['temperature'] })).toEqual([['1'], 1]);
    expect(await found({ states: ['OPEN', 'RESOLVED'] })).toEqual([['5', '4', '3', '2', '1'], 5]);
    expect(await found({ states: [] })).toEqual([[], 0]);
    expect(await found({ where: { ids: ['nowhere'] } })).toEqual([[], 0]);
  });

  it('are those whose life overlaps the window', async () => {
    expect(await found({ from: '2024-05-02' })).toEqual([['5', '4', '2'], 3]);
    expect(await found({ to: '2024-05-01' })).toEqual([['3', '2', '1'], 3]);
    expect(await found({ from: '2024-05-01T02:30:00Z', levels: ['CRITICAL'] })).toEqual([['1'], 1]);
    expect(await found({ from: '2024-05-01T02:30:00Z', levels: ['WARNING'], sensors: ['a', 'b'] })).toEqual([['5', '2'], 2]);
    expect(await found({ from: '2024-05-01T02:30:00Z', to: '2024-05-01T02:31:00Z' })).toEqual([['2', '1'], 2]);
    expect(await found({ from: '2024-05-01T03:00:00Z', to: '2024-05-01' })).toEqual([['2'], 1]);
    expect(await found({ from: '2024-05-01T02:00:00Z', to: '2024-05-01T02:00:01Z' })).toEqual([['3', '2', '1'], 3]);
    expect(await found({ from: '2024-05-01T02:00:00Z', to: '2024-05-01T02:00:01Z', where: { factories: ['North'] } })).toEqual([['3', '1'], 2]);
    expect(await found({ from: '2024-05-02', states: ['OPEN'] })).toEqual([['5', '4', '2'], 3]);
    expect(await found({ to: '2024-05-01', states: ['OPEN'] })).toEqual([['2'], 1]);
    expect(await found({ from: '2024-05-01T02:30:00Z', states: ['RESOLVED'] })).toEqual([['1'], 1]);
    expect(await found({ to: '2024-04' })).toEqual([[], 0]);
    expect(await found({ to: '2024-04', timezone: 'America/New_York' })).toEqual([['3', '2', '1'], 3]);
  });

  it('go on behind a cursor, with each filter', async () => {
    for (const filter of [
      {},
      { where: { factories: ['North', 'South'] } },
      { from: '2024-05-01T02:30:00Z' },
      { states: ['OPEN'] },
      { metrics: ['temperature'] },
    ]) {
      const [whole] = await found(filter);
      const paged: string[] = [];
      let after: string | null = null;
      do {
        const { alerts }: { alerts: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } = await ask(db.store, PAGE, {
          ...filter,
          first: 1,
          after,
        });
        paged.push(...alerts.nodes.map(({ id }) => id));
        after = alerts.pageInfo.hasNextPage ? alerts.pageInfo.endCursor : null;
      } while (after !== null);
      expect(paged).toEqual(whole);
    }
  });

  it('say everything that is known of them', async () => {
    const { alerts } = await ask(
      db.store,
      `{ alerts { nodes { id state kind level sensor { id } location { id } metric { id } threshold { id min } openedAt resolvedAt peak withdrawn
           breaches { number kind alert { id } } } } }`,
    );

    expect(alerts.nodes[4]).toEqual({
      id: '1',
      state: 'RESOLVED',
      kind: 'BAND',
      level: 'CRITICAL',
      sensor: { id: 'a' },
      location: { id: 'A' },
      metric: { id: 'temperature' },
      threshold: { id: '1', min: 500 },
      openedAt: '2024-05-01T01:00:00Z',
      resolvedAt: '2024-05-01T03:00:00Z',
      peak: 700,
      withdrawn: false,
      breaches: [
        { number: 1, kind: 'OPENED', alert: { id: '1' } },
        { number: 3, kind: 'CLEARED', alert: { id: '1' } },
      ],
    });
    expect(alerts.nodes[1]).toMatchObject({ kind: 'NO_DATA', state: 'OPEN', peak: null, location: null, resolvedAt: null, breaches: [] });
    expect(alerts.nodes[2]).toMatchObject({ withdrawn: true, state: 'RESOLVED' });
    expect(alerts.nodes[0]).toMatchObject({ openedAt: '2024-05-03T00:00:00.000001Z' });
  });

  it('are found by id; one that nobody has is null', async () => {
    const { known, unknown, huge, word } = await ask(
      db.store,
      '{ known: alert(id: "2") { id peak } unknown: alert(id: "99") { id } huge: alert(id: "99999999999999999999") { id } word: alert(id: "x") { id } }',
    );

    expect(known).toEqual({ id: '2', peak: 51 });
    expect([unknown, huge, word]).toEqual([null, null, null]);
  });

  it('that are open belong to their location', async () => {
    const { locations } = await ask(db.store, '{ locations { nodes { id openAlerts { id level } } } }');

    expect(locations.nodes).toEqual([
      { id: 'A', openAlerts: [{ id: '5', level: 'WARNING' }] },
      { id: 'B', openAlerts: [{ id: '2', level: 'WARNING' }] },
    ]);
  });

  it('show the latest 100 of their breaches', async () => {
    await recordBreaches(
      db,
      Array.from({ length: 101 }, () => ({ sensor: 'b', alertId: '2' })),
    );

    const { alert } = await ask(db.store, '{ alert(id: "2") { breaches { number } } }');

    expect(alert.breaches).toHaveLength(100);
    expect([alert.breaches[0].number, alert.breaches[99].number]).toEqual([5, 104]);
  });

  it('of many series are the same, from near and from far', async () => {
    const ids = Array.from({ length: 600 }, (_, index) => `many-${index}`);
    await build(db, { sensors: ids.map((id) => ({ id })), readings: ids.map((id) => [id, 'dew_point', '2024-05-01T00:00:00Z', 20] as const) });
    const [first, second] = await recordAlerts(db, [
      { sensor: 'many-1', metric: 'dew_point', openedAt: '2024-04-01T00:00:00Z' },
      { sensor: 'many-2', metric: 'dew_point', openedAt: '2024-06-01T00:00:00Z' },
    ]);

    expect(await found({ metrics: ['dew_point'] })).toEqual([[second, first], 2]);
    // More than are looked through for all of them together.
    await db.pool.query(`
      insert into alert (series_id, kind, level, threshold_id, opened_at, resolved_at)
      select (select min(id) from series), 'BAND', 'WARNING', 1, '2024-05-05T00:00:00Z'::timestamptz + number * interval '1 second', '2024-07-01' from generate_series(1, 20001) as number`);
    expect(await found({ metrics: ['dew_point'] })).toEqual([[second, first], 2]);
    expect(await found({ metrics: ['dew_point'], first: 1 })).toEqual([[second], 2]);
    expect(await found({ metrics: ['dew_point'], from: '2024-05-01' })).toEqual([[second, first], 2]);
  });

  describe('are refused', () => {
    it('in a window that holds no time', async () => {
      expect(await askForError(db.store, PAGE, { from: '2024-05-02T00:00:00Z', to: '2024-05-01' })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'from' });
    });

    it.each(['nonsense', Buffer.from('["alert","2024",1]').toString('base64url'), Buffer.from('["alert",1e300,"1"]').toString('base64url')])(
      'behind what is no cursor of alerts: %j',
      async (after) => {
        expect(await askForError(db.store, PAGE, { after })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'after', value: after });
      },
    );

    it('of a metric that nobody knows', async () => {
      expect(await askForError(db.store, PAGE, { metrics: ['temprature'] })).toMatchObject({ code: 'NOT_FOUND' });
    });

    it('where they are more than the nodes that an answer may have', async () => {
      const refusal = (document: string) => askForError(db.store, document, {}, { limits: { maxNodes: 10 } });

      expect(await refusal('{ alerts(first: 11) { nodes { id } } }')).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      expect(await refusal('{ alert(id: "2") { breaches { id } } }')).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      expect(
        await refusal('{ locations { nodes { openAlerts { id } a: openAlerts { id } b: openAlerts { id } c: openAlerts { id } d: openAlerts { id } } } }'),
      ).toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
    });
  });
});
