import { beforeAll, describe, expect, it } from 'vitest';
import { writeBreachCursor } from '../alerts/outbox/breach-cursor.ts';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError, execute } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';
import { recordAlerts, recordBreaches } from './support/recorded.ts';

const PAGE = `query ($where: BreachFilter, $first: Int, $after: String) { breaches(where: $where, first: $first, after: $after) {
  nodes { number } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

describeEachEngine('breaches', (db) => {
  const numbers = async (where: Readonly<Record<string, unknown>> | null, page: Readonly<Record<string, unknown>> = {}): Promise<readonly number[]> => {
    const { breaches } = await ask(db.store, PAGE, { where, ...page });
    return breaches.nodes.map(({ number }: { number: number }) => number);
  };

  beforeAll(async () => {
    await build(db, {
      locations: [
        { id: 'A', factory: 'North', building: '1', area: 'Paint', timezone: 'Asia/Seoul' },
        { id: 'B', factory: 'South' },
      ],
      sensors: [{ id: 'a', name: 'Oven', location: 'A' }, { id: 'b', location: 'B' }, { id: 'loose' }],
      readings: ['a', 'b', 'loose'].flatMap((sensor) => [
        [sensor, 'temperature', '2024-05-01T00:00:00Z', 20] as const,
        [sensor, 'humidity', '2024-05-01T00:00:00Z', 20] as const,
      ]),
    });
    await addThreshold(db, { min: 500 });
    const [alertId = ''] = await recordAlerts(db, [{ sensor: 'a', openedAt: '2024-05-01T01:00:00Z', resolvedAt: '2024-05-01T02:00:00Z', peak: 700 }]);
    await recordBreaches(db, [
      { sensor: 'a', time: '2024-05-01T01:00:00Z', value: 700, thresholdId: '1', alertId },
      { sensor: 'b', metric: 'humidity', status: 'CRITICAL', levels: ['CRITICAL'] },
    ]);
    await recordBreaches(db, [
      { sensor: 'loose', status: 'CRITICAL', previous: 'WARNING', kind: 'WORSENED', levels: ['WARNING', 'CRITICAL'], late: true },
      { sensor: 'a', time: '2024-05-01T02:00:00Z', kind: 'CLEARED', status: 'NORMAL', previous: 'WARNING', value: 20, thresholdId: '1', alertId },
      { sensor: 'b', status: 'NO_DATA', value: null, levels: ['WARNING'] },
    ]);
  });

  it('come in the order of their numbers, whatever is filtered', async () => {
    expect(await numbers(null)).toEqual([1, 2, 3, 4, 5]);
    expect(await numbers({})).toEqual([1, 2, 3, 4, 5]);
    expect(await numbers({ sensors: ['b', 'a'] })).toEqual([1, 2, 4, 5]);
    expect(await numbers({ metrics: ['humidity'] })).toEqual([2]);
    expect(await numbers({ where: { factories: ['North'] } })).toEqual([1, 4]);
    expect(await numbers({ levels: ['CRITICAL'] })).toEqual([2, 3]);
    expect(await numbers({ levels: ['WARNING'] })).toEqual([1, 3, 4, 5]);
    expect(await numbers({ levels: ['WARNING'], sensors: ['b'] })).toEqual([5]);
    expect(await numbers({ where: { search: 'SOUTH' }, sensors: ['b'], metrics: ['temperature'], levels: ['WARNING'] })).toEqual([5]);
    expect(await numbers({ sensors: ['nobody'] })).toEqual([]);
    expect(await numbers({ levels: [] })).toEqual([]);
  });

  it('say everything that is known of them', async () => {
    const { breaches } = await ask(
      db.store,
      `{ breaches(first: 1) { nodes { id number kind time recordedAt late sensor { id } location { id } metric { id } value status previous
           threshold { id min level } alert { id state openedAt peak breaches { number } } message } } }`,
    );

    expect(breaches.nodes).toEqual([
      {
        id: '1',
        number: 1,
        kind: 'OPENED',
        time: '2024-05-01T01:00:00Z',
        recordedAt: expect.stringMatching(/Z$/),
        late: false,
        sensor: { id: 'a' },
        location: { id: 'A' },
        metric: { id: 'temperature' },
        value: 700,
        status: 'WARNING',
        previous: 'NORMAL',
        threshold: { id: '1', min: 500, level: 'WARNING' },
        alert: { id: '1', state: 'RESOLVED', openedAt: '2024-05-01T01:00:00Z', peak: 700, breaches: [{ number: 1 }, { number: 4 }] },
        message:
          'WARNING: Temperature of sensor a "Oven" at A (North, building 1, area Paint) is 700 °C at 2024-05-01 10:00 Asia/Seoul, in its WARNING band, 500 °C and above.',
      },
    ]);
  });

  it('of a sensor without a place have none, and name no threshold where there is none', async () => {
    const { breaches } = await ask(db.store, '{ breaches(where: { sensors: ["loose"] }) { nodes { late location { id } threshold { id } message } } }');

    expect(breaches.nodes).toEqual([
      {
        late: true,
        location: null,
        threshold: null,
        message: expect.stringMatching(/^CRITICAL, was WARNING: Temperature of sensor loose is 50 °C .*\(recorded late\)\.$/),
      },
    ]);
  });

  it('tell the threshold as it was then, also when it was changed and deleted since', async () => {
    const id = await addThreshold(db, { level: 'CRITICAL', min: 800, scope: { sensor: 'b' } });
    await ask(
      db.store,
      'mutation ($id: ID!) { updateThreshold(id: $id, input: { metric: "temperature", level: CRITICAL, min: 900, scope: { sensor: "b" } }) { id } }',
      { id },
    );
    await recordBreaches(db, [
      { sensor: 'b', time: '2024-05-01T01:00:00Z', thresholdId: id },
      { sensor: 'b', time: '2224-05-01T01:00:00Z', thresholdId: id },
    ]);
    await ask(db.store, 'mutation ($id: ID!) { deleteThreshold(id: $id) { id } }', { id });

    const { breaches } = await ask(db.store, PAGE.replace('nodes { number }', 'nodes { threshold { min } }'), { where: null, after: cursor(5) });

    expect(breaches.nodes).toEqual([{ threshold: { min: 800 } }, { threshold: { min: 900 } }]);
  });

  describe('in pages', () => {
    it('go on behind a cursor, which another filter takes as well', async () => {
      const { breaches: page } = await ask(db.store, PAGE, { first: 2 });
      const after = page.pageInfo.endCursor;

      expect(page.nodes).toEqual([{ number: 1 }, { number: 2 }]);
      expect(page.edges).toEqual([
        { cursor: page.pageInfo.startCursor, node: { id: '1' } },
        { cursor: after, node: { id: '2' } },
      ]);
      expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
      expect(await numbers(null, { after, first: 2 })).toEqual([3, 4]);
      expect(await numbers({ sensors: ['a'] }, { after })).toEqual([4]);
      expect(await numbers({ levels: ['CRITICAL'] }, { after })).toEqual([3]);
    });

    it('end where there is no more', async () => {
      const { breaches } = await ask(db.store, PAGE, { first: 1000, where: { sensors: ['loose'] }, after: cursor(2) });

      expect(breaches.nodes).toEqual([{ number: 3 }]);
      expect(breaches.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    });

    it('of many series hold the same, from near and from far', async () => {
      const ids = Array.from({ length: 600 }, (_, index) => `many-${index}`);
      await build(db, { sensors: ids.map((id) => ({ id })), readings: ids.map((id) => [id, 'temperature', '2024-05-01T00:00:00Z', 20] as const) });
      const { rows } = await db.pool.query<{ last: number }>('select last_number as last from outbox');
      const last = rows[0]?.last ?? 0;
      // Farther apart than what is looked through for all of them together.
      await recordBreaches(db, [{ sensor: 'many-1' }, { sensor: 'many-2' }]);
      await db.pool.query('update outbox set last_number = last_number + 30000');
      await recordBreaches(db, [{ sensor: 'many-3' }, { sensor: 'loose' }, { sensor: 'many-4', levels: ['CRITICAL'] }]);

      const where = { sensors: ids };
      expect(await numbers(where)).toEqual([last + 1, last + 2, last + 30_003, last + 30_005]);
      expect(await numbers(where, { first: 2 })).toEqual([last + 1, last + 2]);
      expect(await numbers(where, { first: 3 })).toEqual([last + 1, last + 2, last + 30_003]);
      expect(await numbers({ ...where, levels: ['CRITICAL'] })).toEqual([last + 30_005]);
    });

    it('have from 1 to 1000 breaches', async () => {
      expect(await askForError(db.store, '{ breaches(first: 1001) { nodes { id } } }')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'first', value: 1001 });
    });

    it('count as nodes of the answer', async () => {
      expect(await askForError(db.store, '{ breaches(first: 5) { nodes { id } } }', {}, { limits: { maxNodes: 4 } })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    });
  });

  describe('are refused', () => {
    const refusal = (after: string) => askForError(db.store, PAGE, { after });

    it.each([
      ['of another store', () => writeBreachCursor('00000000-0000-0000-0000-000000000000', 1)],
      ['ahead of the outbox', () => cursor(1_000_000)],
    ])('behind a cursor %s, with the oldest that there is', async (_what, after) => {
      expect(await refusal(after())).toMatchObject({ code: 'CURSOR_EXPIRED', field: 'after', value: after(), oldest: cursor(0) });
    });

    it('behind a cursor that is older than what is kept, and told from the oldest on', async () => {
      await db.pool.query('update outbox set expired_through = 2');
      const { oldest, code } = await refusal(cursor(1));
      const kept = await numbers({ sensors: ['a', 'loose'] }, { after: oldest, first: 2 });
      const { breaches } = await ask(db.store, PAGE, { after: cursor(2), first: 1 });
      await db.pool.query('update outbox set expired_through = 0');

      expect([code, oldest]).toEqual(['CURSOR_EXPIRED', cursor(2)]);
      expect(kept).toEqual([3, 4]);
      expect(breaches.nodes).toEqual([{ number: 3 }]);
    });

    it.each(['', 'nonsense', Buffer.from('["breach"]').toString('base64url'), Buffer.from('["alert","x",1]').toString('base64url')])(
      'behind what is no cursor: %j',
      async (after) => {
        expect(await refusal(after)).toMatchObject({ code: 'BAD_USER_INPUT', field: 'after', value: after });
      },
    );

    it('by the status of a place, and by a metric that nobody knows', async () => {
      expect(await askForError(db.store, PAGE, { where: { where: { status: ['WARNING'] } } })).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'where.where.status',
        rule: expect.stringContaining('levels'),
      });
      expect(await askForError(db.store, PAGE, { where: { metrics: ['temprature'] } })).toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('temperature'),
      });
    });
  });

  it('of a series that came after the catalogue was read are told all the same', async () => {
    await ask(db.store, '{ metrics { id } }');
    await db.pool.query(`
      with added as (insert into sensor (id) values ('new') returning id),
           feeding as (insert into series (sensor_id, metric_id) select id, 'temperature' from added returning id)
      insert into breach (series_id, number, kind, time, late, alert_id, levels)
      select feeding.id, 1000000, 'OPENED', now(), false, 0, '{WARNING}' from feeding`);
    await db.pool.query('update outbox set last_number = 1000000');
    await db.pool.query('update catalogue set version = version + 1');

    const { data, errors } = await execute(db.store, '{ breaches(where: { sensors: ["new"] }) { nodes { sensor { id } } } }');

    expect(errors).toEqual([]);
    expect(data.breaches.nodes).toEqual([{ sensor: { id: 'new' } }]);
  });

  function cursor(number: number): string {
    return writeBreachCursor(db.store.id, number);
  }
});
