import { expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask, execute } from './support/graphql.ts';

const INGEST = `mutation ($readings: [ReadingInput!]!, $register: Boolean! = false) {
  ingest(readings: $readings, register: $register) { received loaded corrected unchanged derived rejected { index code message } }
}`;

describeEachEngine('the ingest mutation', (db) => {
  const reading = { sensor: 'new', metric: 'temperature', time: '2024-05-01T00:00:00Z', value: 20 };

  // Dew point and temperature give humidity, and in May these give the perceived temperature.
  it('loads what can be loaded and refuses the rest one by one', async () => {
    const readings = [
      reading,
      { ...reading, metric: 'nope' },
      { ...reading, time: '2024-05-01T00:00:00' },
      { ...reading, time: '1714521600', metric: 'dew_point', value: 10 },
      { ...reading, value: 99_999 },
      { ...reading, time: '1950-01-01T00:00:00Z' },
    ];
    const { ingest } = await ask(db.store, INGEST, { readings, register: true });
    const codes = ingest.rejected.map(({ index, code }: { index: number; code: string }) => [index, code]);

    expect(ingest).toMatchObject({ received: 6, loaded: 2, corrected: 0, unchanged: 0, derived: 2 });
    expect(codes).toEqual([
      [1, 'UNKNOWN_METRIC'],
      [2, 'INVALID_TIME'],
      [4, 'VALUE_OUT_OF_RANGE'],
      [5, 'TIME_OUT_OF_RANGE'],
    ]);
  });

  it('corrects, leaves alone, and refuses sensors that nobody registered', async () => {
    const { ingest } = await ask(db.store, INGEST, { readings: [reading, { ...reading, metric: 'dew_point', value: 11 }, { ...reading, sensor: 'stranger' }] });

    expect(ingest).toMatchObject({ received: 3, loaded: 0, corrected: 1, unchanged: 1, rejected: [{ index: 2, code: 'UNKNOWN_SENSOR' }] });
  });

  it('is seen by what follows in the same document', async () => {
    const { data } = await execute(
      db.store,
      `mutation { ingest(readings: [{ sensor: "fresh", metric: "temperature", time: "2024-05-01T00:00:00Z", value: 1 }], register: true) { loaded }
                  saveSensors(sensors: [{ id: "fresh", name: "F" }]) { name metrics { id } latest { value } lastSeen } }`,
    );

    expect(data.saveSensors).toEqual([{ name: 'F', metrics: [{ id: 'temperature' }], latest: [{ value: 1 }], lastSeen: '2024-05-01T00:00:00Z' }]);
  });

  it('keeps what it refused whole, once for each reason, in pages', async () => {
    const all = (await ask(db.store, '{ rejectedReadings { totalCount nodes { id code message record count firstSeen lastSeen } } }')).rejectedReadings;
    const page = (after: string | null) =>
      ask(
        db.store,
        'query ($after: String) { rejectedReadings(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
        { after },
      );
    const first = (await page(null)).rejectedReadings;
    const second = (await page(first.pageInfo.endCursor)).rejectedReadings;

    expect(all.totalCount).toBe(5);
    expect(all.nodes).toHaveLength(5);
    expect([...first.nodes, ...second.nodes].map(({ id }) => id)).toEqual(all.nodes.map(({ id }: { id: string }) => id));
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage, second.pageInfo.hasPreviousPage]).toEqual([true, false, true]);
    await ask(db.store, INGEST, { readings: [{ ...reading, sensor: 'stranger' }] });
    const again = (await ask(db.store, '{ rejectedReadings { nodes { code count } } }')).rejectedReadings.nodes;
    expect(again.find(({ code }: { code: string }) => code === 'UNKNOWN_SENSOR')).toMatchObject({ count: 2 });
  });

  it('shows in what the store says of itself', async () => {
    const { store } = await ask(db.store, '{ store { engine version timezone series readings newest staleDays } }');

    expect(store).toMatchObject({ engine: db.engine, timezone: 'UTC', series: 5, readings: 5, newest: '2024-05-01T00:00:00Z' });
    expect(store.version).toMatch(db.engine === 'timescale' ? /^PostgreSQL \d+\.\d+ with TimescaleDB \d+\.\d+/ : /^PostgreSQL \d+\.\d+$/);
    expect(store.staleDays).toBeGreaterThan(0);
  });

  it('stores and answers minus zero as 0', async () => {
    const time = '2024-04-01T00:00:00Z';
    await ask(db.store, INGEST, { readings: [{ ...reading, sensor: 'zero', time, value: -0 }], register: true });

    const { sensor } = await ask(db.store, '{ sensor(id: "zero") { latest { value } } }');
    const { rows } = await db.pool.query(`select value::text from reading where time = '${time}'`);

    expect(sensor.latest).toEqual([{ value: 0 }]);
    expect(rows).toEqual([{ value: '0' }]);
  });
});
