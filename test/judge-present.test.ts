import { describe, expect, it } from 'vitest';
import { changesOf, instantOf, onTheDay } from './support/changes.ts';
import { describeEachEngine, type TestDatabase, useDatabase } from './support/database.ts';
import { ask, execute } from './support/graphql.ts';
import { build } from './support/plant.ts';
import { alertsOf, areNumbersDense, toldOf } from './support/told.ts';
import { watcherOf } from './support/watching.ts';

/** One sensor at a place of its own factory, and its temperature at ten o'clock. */
async function sensorAt(db: TestDatabase, id: string, value: number): Promise<{ readonly scope: { readonly factory: string } }> {
  await build(db, {
    locations: [{ id: `L-${id}`, factory: `F-${id}` }],
    sensors: [{ id, location: `L-${id}` }],
    readings: [[id, 'temperature', onTheDay('10:00'), value]],
  });
  return { scope: { factory: `F-${id}` } };
}

describeEachEngine('a change of thresholds', (db) => {
  it('opens at once what a new one finds in its band, and no more', async () => {
    const { scope } = await sensorAt(db, 'new', 40);
    await sensorAt(db, 'elsewhere', 40);
    const { create } = changesOf(db);

    const warning = await create('10:05', { scope, min: 30 });
    const critical = await create('10:06', { scope, min: 35, level: 'CRITICAL' });
    await create('10:07', { scope, max: 20 });

    expect(await toldOf(db, 'new')).toEqual([
      `10:05:00 OPENED new NORMAL>WARNING 40 by ${warning}`,
      `10:06:00 WORSENED new WARNING>CRITICAL 40 by ${critical}`,
    ]);
    expect(await alertsOf(db, 'new')).toEqual(['BAND new CRITICAL 10:05:00-']);
    expect(await toldOf(db, 'elsewhere')).toEqual([]);
  });

  it('tells of what it finds when that was measured', async () => {
    const { scope } = await sensorAt(db, 'old', 40);
    await changesOf(db).create('10:05', { scope, min: 30 });
    await build(db, { readings: [['old', 'temperature', onTheDay('10:10'), 20]] });

    const { breaches } = await ask(db.store, '{ breaches(where: { sensors: ["old"] }) { nodes { kind time measuredAt message } } }');

    expect(breaches.nodes).toMatchObject([
      {
        kind: 'OPENED',
        time: onTheDay('10:05'),
        measuredAt: onTheDay('10:00'),
        message: expect.stringMatching(/ was 40 °C when last measured, .*; judged anew at /),
      },
      { kind: 'CLEARED', time: onTheDay('10:10'), measuredAt: onTheDay('10:10'), message: expect.stringMatching(/ is 20 °C at /) },
    ]);
  });

  it('ends at once what a deleted or disabled one held', async () => {
    const { scope } = await sensorAt(db, 'end', 40);
    const { create, update, remove } = changesOf(db);

    const warning = await create('10:05', { scope, min: 30 });
    const critical = await create('10:06', { scope, min: 35, level: 'CRITICAL' });
    await remove('10:07', critical);
    await update('10:08', warning, { scope, min: 30, enabled: false });
    await update('10:09', warning, { scope, min: 30 });

    expect((await toldOf(db, 'end')).slice(2)).toEqual([
      `10:07:00 EASED end CRITICAL>WARNING 40 by ${critical}`,
      `10:08:00 CLEARED end WARNING>- 40 by ${warning}`,
      `10:09:00 OPENED end ->WARNING 40 by ${warning}`,
    ]);
    expect(await alertsOf(db, 'end')).toEqual(['BAND end CRITICAL 10:05:00-10:08:00', 'BAND end WARNING 10:09:00-']);
  });

  it('carries the state of a threshold over to its next version', async () => {
    const { scope } = await sensorAt(db, 'carried', 40);
    const { create, update } = changesOf(db);

    const id = await create('10:05', { scope, min: 30 });
    await update('10:06', id, { scope, min: 35, clearMargin: 2 });
    await update('10:07', id, { scope, min: 41, clearMargin: 2 });
    await update('10:08', id, { scope, min: 41, clearMargin: 2, level: 'CRITICAL' });
    await update('10:09', id, { scope, min: 41, level: 'CRITICAL' });

    expect(await toldOf(db, 'carried')).toEqual([
      `10:05:00 OPENED carried NORMAL>WARNING 40 by ${id}`,
      `10:08:00 WORSENED carried WARNING>CRITICAL 40 by ${id}`,
      `10:09:00 CLEARED carried CRITICAL>NORMAL 40 by ${id}`,
    ]);
    expect(await alertsOf(db, 'carried')).toEqual(['BAND carried CRITICAL 10:05:00-10:09:00']);
  });

  it('lets a duration begin with the change', async () => {
    const { scope } = await sensorAt(db, 'pending', 40);
    const { create } = changesOf(db);
    const id = await create('10:05', { scope, min: 30, forDuration: '10m' });

    expect(await toldOf(db, 'pending')).toEqual([]);
    await build(db, { readings: [['pending', 'temperature', onTheDay('10:14'), 41]] });
    expect(await toldOf(db, 'pending')).toEqual([]);
    await build(db, { readings: [['pending', 'temperature', onTheDay('10:15'), 42]] });
    expect(await toldOf(db, 'pending')).toEqual([`10:15:00 OPENED pending NORMAL>WARNING 42 by ${id}`]);
  });

  it('judges by the more specific one from its creation to its end', async () => {
    const { scope } = await sensorAt(db, 'specific', 40);
    const { create, remove } = changesOf(db);

    const wide = await create('10:05', { scope, min: 30 });
    const narrow = await create('10:06', { scope: { sensor: 'specific' }, min: 50 });
    await remove('10:07', narrow);

    expect(await toldOf(db, 'specific')).toEqual([
      `10:05:00 OPENED specific NORMAL>WARNING 40 by ${wide}`,
      `10:06:00 CLEARED specific WARNING>NORMAL 40 by ${wide}`,
      `10:07:00 OPENED specific NORMAL>WARNING 40 by ${wide}`,
    ]);
  });

  it('judges a place that comes into another scope, and leaves one whose scopes stay', async () => {
    const { scope } = await sensorAt(db, 'place', 40);
    const { create, saveLocation } = changesOf(db);
    const here = await create('10:05', { scope, min: 30 });
    const there = await create('10:05', { scope: { factory: 'F-other' }, min: 35, level: 'CRITICAL' });

    await saveLocation('10:06', { id: 'L-place', factory: 'F-place', area: 'A', latitude: 37 });
    expect(await toldOf(db, 'place')).toHaveLength(1);
    await saveLocation('10:07', { id: 'L-place', factory: 'F-other' });
    expect((await toldOf(db, 'place')).slice(1)).toEqual([`10:07:00 WORSENED place WARNING>CRITICAL 40 by ${there}`]);
    await saveLocation('10:08', { id: 'L-place', factory: 'F-none' });
    expect((await toldOf(db, 'place')).slice(2)).toEqual([`10:08:00 CLEARED place CRITICAL>- 40 by ${there}`]);
    expect(here).not.toBe(there);
  });

  it('ends what is open where a sensor moves away', async () => {
    const { scope } = await sensorAt(db, 'moved', 40);
    await build(db, { locations: [{ id: 'L-moved-2', factory: 'F-moved' }] });
    const { create, saveSensor } = changesOf(db);
    const id = await create('10:05', { scope, min: 30 });

    await saveSensor('10:10', { id: 'moved', location: 'L-moved-2' });
    await build(db, { readings: [['moved', 'temperature', onTheDay('10:12'), 45]] });

    expect(await toldOf(db, 'moved')).toEqual([
      `10:05:00 OPENED moved NORMAL>WARNING 40 by ${id}`,
      `10:10:00 CLEARED moved WARNING>- 40 by ${id}`,
      `10:12:00 OPENED moved NORMAL>WARNING 45 by ${id}`,
    ]);
    expect(await alertsOf(db, 'moved')).toEqual(['BAND moved WARNING 10:05:00-10:10:00', 'BAND moved WARNING 10:12:00-']);
  });

  it('judges a reading ahead of the clock at its own time', async () => {
    const { scope } = await sensorAt(db, 'ahead', 40);

    await changesOf(db).create('09:30', { scope, min: 30 });

    expect(await alertsOf(db, 'ahead')).toEqual(['BAND ahead WARNING 10:00:00-']);
  });

  it('is followed by a reading that was on its way', async () => {
    const { scope } = await sensorAt(db, 'underway', 40);
    await changesOf(db).create('10:05', { scope, min: 30 });

    await build(db, { readings: [['underway', 'temperature', onTheDay('10:04'), 20]] });

    expect((await alertsOf(db, 'underway')).filter((alert) => alert.endsWith('-'))).toEqual([]);
  });

  it('that ended what was open is followed by a reading that was on its way', async () => {
    const { scope } = await sensorAt(db, 'behind', 20);
    const { create } = changesOf(db);
    const wide = await create('10:01', { scope, min: 30 });
    await build(db, { readings: [['behind', 'temperature', onTheDay('10:05'), 40]] });
    await create('10:06', { scope: { sensor: 'behind' }, min: 50 });

    await build(db, { readings: [['behind', 'temperature', onTheDay('10:05:30'), 55]] });

    expect((await toldOf(db, 'behind')).slice(1)).toEqual([
      `10:06:00 CLEARED behind WARNING>NORMAL 40 by ${wide}`,
      `10:06:00 CORRECTED behind NORMAL>WARNING 55 by ${wide}`,
    ]);
    expect(await alertsOf(db, 'behind')).toEqual(['BAND behind WARNING 10:05:00-']);
  });

  it('counts also where the clock of an earlier change was ahead', async () => {
    const { scope } = await sensorAt(db, 'skewed', 40);
    const { create, update, remove } = changesOf(db);
    await watcherOf(db.store).passAt(instantOf('10:04'));
    const id = await create('10:05', { scope, min: 30 });
    await update('10:06', id, { scope, min: 35 });

    await remove('10:05:59', id);

    expect(await alertsOf(db, 'skewed')).toEqual(['BAND skewed WARNING 10:05:00-10:06:00']);
  });

  it('leaves nothing behind where it is refused', async () => {
    const { scope } = await sensorAt(db, 'refused', 40);
    const { create } = changesOf(db);
    await create('10:05', { scope, min: 30 });

    await expect(create('10:06', { scope, min: 35 })).rejects.toThrow('DUPLICATE_THRESHOLD');

    expect(await toldOf(db, 'refused')).toHaveLength(1);
    expect(await areNumbersDense(db)).toBe(true);
  });
});

describe('the present of many series', () => {
  const db = useDatabase();

  it('is judged with as many statements as that of one', async () => {
    const sensors = Array.from({ length: 40 }, (_, number) => ({ id: `s${number}`, location: 'Many' }));
    await build(db, {
      locations: [
        { id: 'Many', factory: 'Many' },
        { id: 'One', factory: 'One' },
      ],
      sensors: [...sensors, { id: 'one', location: 'One' }],
      readings: [...sensors.map(({ id }) => [id, 'temperature', onTheDay('10:00'), 40] as const), ['one', 'temperature', onTheDay('10:00'), 40] as const],
    });
    const create = (factory: string) =>
      execute(
        db.store,
        'mutation ($input: ThresholdInput!) { createThreshold(input: $input) { id } }',
        { input: { metric: 'temperature', level: 'WARNING', min: 30, scope: { factory } } },
        { clock: () => instantOf('10:05') },
      );

    const one = await create('One');
    const many = await create('Many');

    expect(many.errors).toEqual([]);
    expect(await toldOf(db, 's')).toHaveLength(40);
    expect(many.statements).toBe(one.statements);
    expect(await areNumbersDense(db)).toBe(true);
  });
});
