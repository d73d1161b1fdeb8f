import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';

describeEachEngine('what loads and changes of thresholds bring', (db) => {
  beforeAll(async () => {
    await build(db, { locations: [{ id: 'Hall', factory: 'Busan', timezone: 'Asia/Seoul' }], sensors: [{ id: 'oven', location: 'Hall' }] });
    await addThreshold(db, { level: 'WARNING', min: 30 });
    await addThreshold(db, { level: 'CRITICAL', min: 40 });
  });

  let minute = 0;
  /** One load a value, each a minute after the one before. */
  const measure = async (...values: readonly number[]) => {
    for (const value of values) {
      const time = new Date(Date.UTC(2024, 10, 1, 0, minute++)).toISOString();
      await build(db, { readings: [['oven', 'temperature', time, value]] });
    }
  };

  it('is told from the opening to the end, with one sentence each, as one alert', async () => {
    await measure(20, 35, 45, 33, 20);

    const { breaches, alerts } = await ask(
      db.store,
      `{ breaches { nodes { kind time value status previous late threshold { level min } alert { id } message } }
         alerts { totalCount nodes { id state kind level openedAt resolvedAt peak withdrawn threshold { level } breaches { number kind } } } }`,
    );

    expect(breaches.nodes.map(({ message }: { message: string }) => message)).toEqual([
      'WARNING: Temperature of sensor oven at Hall (Busan) is 35 °C at 2024-11-01 09:01 Asia/Seoul, in its WARNING band, 30 °C and above (recorded late).',
      'CRITICAL, was WARNING: Temperature of sensor oven at Hall (Busan) is 45 °C at 2024-11-01 09:02 Asia/Seoul, in its CRITICAL band, 40 °C and above (recorded late).',
      'WARNING, was CRITICAL: Temperature of sensor oven at Hall (Busan) is 33 °C at 2024-11-01 09:03 Asia/Seoul, and its CRITICAL band, 40 °C and above, no longer holds (recorded late).',
      'NORMAL, was WARNING: Temperature of sensor oven at Hall (Busan) is 20 °C at 2024-11-01 09:04 Asia/Seoul, and its WARNING band, 30 °C and above, no longer holds (recorded late).',
    ]);
    expect(breaches.nodes[1]).toMatchObject({
      kind: 'WORSENED',
      time: '2024-11-01T00:02:00Z',
      value: 45,
      status: 'CRITICAL',
      previous: 'WARNING',
      late: true,
      threshold: { level: 'CRITICAL', min: 40 },
      alert: { id: alerts.nodes[0].id },
    });
    expect(alerts).toMatchObject({
      totalCount: 1,
      nodes: [
        {
          state: 'RESOLVED',
          kind: 'BAND',
          level: 'CRITICAL',
          openedAt: '2024-11-01T00:01:00Z',
          resolvedAt: '2024-11-01T00:04:00Z',
          peak: 45,
          withdrawn: false,
          threshold: { level: 'WARNING' },
          breaches: ['OPENED', 'WORSENED', 'EASED', 'CLEARED'].map((kind, index) => ({ number: index + 1, kind })),
        },
      ],
    });
  });

  it('is open at its place until it ends, and corrected where late readings change it', async () => {
    await measure(36);
    const { location } = await ask(db.store, '{ location(id: "Hall") { openAlerts { level peak state } } }');
    await build(db, { readings: [['oven', 'temperature', '2024-11-01T00:03:30Z', 41]] });
    const { breaches } = await ask(db.store, '{ breaches(where: { levels: [CRITICAL] }) { nodes { kind } } }');
    await measure(20);
    const after = await ask(db.store, '{ location(id: "Hall") { openAlerts { level } } alerts(states: [OPEN]) { totalCount } }');

    expect(location.openAlerts).toEqual([{ level: 'WARNING', peak: 36, state: 'OPEN' }]);
    expect(breaches.nodes.at(-1)).toEqual({ kind: 'CORRECTED' });
    expect(after).toEqual({ location: { openAlerts: [] }, alerts: { totalCount: 0 } });
  });

  it('names the threshold that ended, also when it was deleted', async () => {
    const id = await addThreshold(db, { level: 'CRITICAL', max: 5, scope: { sensor: 'oven' } });
    await measure(4);
    await ask(db.store, 'mutation ($id: ID!) { deleteThreshold(id: $id) { id } }', { id });

    const { alerts } = await ask(db.store, '{ alerts(first: 1) { nodes { peak state breaches { kind status threshold { id max } } } } }');

    expect(alerts.nodes).toEqual([
      {
        peak: 4,
        state: 'RESOLVED',
        breaches: [
          { kind: 'OPENED', status: 'CRITICAL', threshold: { id, max: 5 } },
          { kind: 'CLEARED', status: 'NORMAL', threshold: { id, max: 5 } },
        ],
      },
    ]);
  });
});
