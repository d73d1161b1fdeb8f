import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { ask } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';

describe('status', () => {
  const db = useDatabase();
  const noon = { clock: () => Date.parse('2024-05-01T12:00:00Z') * 1000 };

  beforeAll(async () => {
    await build(db, {
      locations: [
        { id: 'hot', factory: 'F', building: 'A', floor: 1, area: 'x' },
        { id: 'cold', factory: 'F', building: 'A', floor: 1, area: 'x' },
        { id: 'silent', factory: 'F', building: 'B' },
        { id: 'unjudged', factory: 'G' },
      ],
      sensors: [
        { id: 'h1', location: 'hot' },
        { id: 'h2', location: 'hot' },
        { id: 'c1', location: 'cold' },
        { id: 's1', location: 'silent' },
        { id: 'u1', location: 'unjudged' },
      ],
      readings: [
        ['h1', 'temperature', '2024-05-01T11:59:00Z', 36],
        ['h2', 'temperature', '2024-05-01T11:59:00Z', 20],
        ['c1', 'temperature', '2024-05-01T11:50:00Z', -3],
        ['c1', 'temperature', '2024-05-01T11:59:00Z', 20],
        ['s1', 'temperature', '2024-05-01T11:00:00Z', 20],
        ['u1', 'temperature', '2024-05-01T11:59:00Z', 99],
      ],
    });
    await addThreshold(db, { level: 'WARNING', min: 31, scope: { factory: 'F' }, noDataAfter: '30m' });
    await addThreshold(db, { level: 'CRITICAL', min: 35, scope: { factory: 'F' } });
    await addThreshold(db, { level: 'CRITICAL', max: 0, scope: { factory: 'F', building: 'A' } });
    await addThreshold(db, { level: 'WARNING', min: 10, max: 30, scope: { sensor: 'h2' } });
  });

  it('of a place and a device is the worst among their latest readings, null where nothing is in force', async () => {
    const answer = await ask(db.store, '{ locations { nodes { id status } } sensors { nodes { id status } } }', {}, noon);

    expect(answer.locations.nodes).toEqual([
      { id: 'cold', status: 'NORMAL' },
      // The critical band of the building lifts the one of the factory: 36 is only warned about.
      { id: 'hot', status: 'WARNING' },
      { id: 'silent', status: 'NO_DATA' },
      { id: 'unjudged', status: null },
    ]);
    expect(answer.sensors.nodes).toEqual([
      { id: 'c1', status: 'NORMAL' },
      { id: 'h1', status: 'WARNING' },
      { id: 'h2', status: 'WARNING' },
      { id: 's1', status: 'NO_DATA' },
      { id: 'u1', status: null },
    ]);
  });

  it('of a latest reading is of now, that of the same reading in its history is of its time', async () => {
    const answer = await ask(
      db.store,
      '{ latest(sensors: ["s1"]) { status } readings(sensors: ["s1"], from: "2024-05-01", to: "2024-05-01") { nodes { status } } }',
      {},
      noon,
    );

    expect(answer).toEqual({ latest: [{ status: 'NO_DATA' }], readings: { nodes: [{ status: 'NORMAL' }] } });
  });

  it('filters locations, with what is asked of them', async () => {
    const bad = await ask(db.store, '{ locations(where: { status: [WARNING, NO_DATA] }) { totalCount nodes { id } } }', {}, noon);
    const latest = await ask(db.store, '{ latest(where: { status: [NO_DATA], factories: ["F"] }) { sensor { id } } }', {}, noon);

    expect(bad.locations).toEqual({ totalCount: 2, nodes: [{ id: 'hot' }, { id: 'silent' }] });
    expect(latest).toEqual({ latest: [{ sensor: { id: 's1' } }] });
  });

  it('of a point is judged by the key of its group, at its start, and WORST does not miss the cold', async () => {
    const statuses = async (by: string) => {
      const { aggregateRows } = await ask(
        db.store,
        `{ aggregateRows(metrics: ["temperature"], where: { ids: ["cold"] }, by: ${by}, from: "2024-05-01", to: "2024-05-01", bucket: "1d") {
             status min: status(of: MIN) max: status(of: MAX) avg: status(of: AVG) first: status(of: FIRST) last: status(of: LAST) } }`,
      );
      return aggregateRows;
    };
    const cold = { status: 'CRITICAL', min: 'CRITICAL', max: 'NORMAL', avg: 'NORMAL', first: 'CRITICAL', last: 'NORMAL' };
    const normal = { status: 'NORMAL', min: 'NORMAL', max: 'NORMAL', avg: 'NORMAL', first: 'NORMAL', last: 'NORMAL' };
    const unknown = { status: null, min: null, max: null, avg: null, first: null, last: null };

    for (const by of ['SENSOR', 'LOCATION', 'AREA', 'FLOOR', 'BUILDING']) expect(await statuses(by)).toEqual([cold]);
    expect(await statuses('FACTORY')).toEqual([normal]);
    expect(await statuses('ALL')).toEqual([unknown]);
  });

  it('of columns is that of the points', async () => {
    const { location } = await ask(
      db.store,
      '{ location(id: "cold") { aggregates(metric: "temperature", from: "2024-05-01", to: "2024-05-01", bucket: "15m") { points { status last: status(of: LAST) } columns { status last: status(of: LAST) } } } }',
    );

    expect(location.aggregates.columns).toEqual({ status: ['CRITICAL'], last: ['NORMAL'] });
    expect(location.aggregates.points).toEqual([{ status: 'CRITICAL', last: 'NORMAL' }]);
  });
});
