import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { changesOf, instantOf, onTheDay } from './support/changes.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { build } from './support/plant.ts';
import { alertsOf, areNumbersDense, toldOf } from './support/told.ts';
import { watcherOf } from './support/watching.ts';

/** One sensor at a place of its own factory, and its temperature at nine o'clock. */
async function sensorAt(db: TestDatabase, id: string, value: number): Promise<{ readonly scope: { readonly factory: string } }> {
  await build(db, {
    locations: [{ id: `L-${id}`, factory: `F-${id}` }],
    sensors: [{ id, location: `L-${id}` }],
    readings: [[id, 'temperature', onTheDay('09:00'), value]],
  });
  return { scope: { factory: `F-${id}` } };
}

/** Begins to watch at an hour, as if nobody had before. */
async function watchFrom(db: TestDatabase, clock: string) {
  await db.pool.query('update watch set judged_until = null');
  const watcher = watcherOf(db.store);
  await watcher.passAt(instantOf(clock));
  return watcher;
}

const SHIFT = { effectiveFrom: onTheDay('10:00'), effectiveTo: onTheDay('11:00') };

describeEachEngine('the edge of a window', (db) => {
  it('is told as late where a change comes upon it long after', async () => {
    const { scope } = await sensorAt(db, 'unwatched', 40);
    const { create } = changesOf(db);
    await watchFrom(db, '09:30');
    await create('09:31', { scope, min: 30, ...SHIFT });

    await create('11:30', { scope: { factory: 'F-nobody' }, min: 30 });

    const { rows } = await db.pool.query(`
      select breach.kind, late from breach join series on series.id = breach.series_id where sensor_id = 'unwatched' order by number`);
    expect(rows).toEqual([
      { kind: 'OPENED', late: true },
      { kind: 'CLEARED', late: false },
    ]);
  });

  it('is judged when it is reached, once', async () => {
    const { scope } = await sensorAt(db, 'shift', 40);
    const watcher = await watchFrom(db, '09:30');
    const id = await changesOf(db).create('09:31', { scope, min: 30, ...SHIFT });

    await watcher.passAt(instantOf('09:59:59'));
    expect(await toldOf(db, 'shift')).toEqual([]);
    for (const clock of ['10:00', '10:00', '10:01', '11:05', '11:06']) await watcher.passAt(instantOf(clock));

    expect(await toldOf(db, 'shift')).toEqual([`10:00:00 OPENED shift ->WARNING 40 by ${id}`, `11:00:00 CLEARED shift WARNING>- 40 by ${id}`]);
    expect(await alertsOf(db, 'shift')).toEqual(['BAND shift WARNING 10:00:00-11:00:00']);
  });

  it('is what the watcher wakes up for', async () => {
    const { scope } = await sensorAt(db, 'wake', 40);
    const watcher = await watchFrom(db, '08:30');
    await changesOf(db).create('08:31', { scope, min: 30, effectiveFrom: onTheDay('08:59:59') });

    expect(await watcher.passAt(instantOf('08:59:59') - 100_000)).toBe(instantOf('08:59:59'));
  });

  it('is judged in order with others where nobody watched meanwhile', async () => {
    const { scope } = await sensorAt(db, 'late', 40);
    await watchFrom(db, '09:30');
    const { create } = changesOf(db);
    const warning = await create('09:31', { scope, min: 30, ...SHIFT });
    const critical = await create('09:31', { scope, min: 35, level: 'CRITICAL', effectiveFrom: onTheDay('10:30') });

    await watcherOf(db.store).passAt(instantOf('12:00'));

    expect(await toldOf(db, 'late')).toEqual([`10:00:00 OPENED late ->WARNING 40 by ${warning}`, `10:30:00 WORSENED late WARNING>CRITICAL 40 by ${critical}`]);
  });

  it('does not count as news for a threshold that is created in its window', async () => {
    const { scope } = await sensorAt(db, 'inside', 40);
    const watcher = await watchFrom(db, '09:30');
    const { create } = changesOf(db);

    const begun = await create('10:15', { scope, min: 30, ...SHIFT });
    await create('10:20', { scope, min: 35, level: 'CRITICAL', effectiveTo: onTheDay('10:10') });
    await watcher.passAt(instantOf('10:30'));

    expect(await toldOf(db, 'inside')).toEqual([`10:15:00 OPENED inside NORMAL>WARNING 40 by ${begun}`]);
  });

  it('is judged of all other series where a change comes between it and the watcher', async () => {
    const { scope } = await sensorAt(db, 'between', 40);
    const other = await sensorAt(db, 'beside', 40);
    const watcher = await watchFrom(db, '09:30');
    const { create } = changesOf(db);
    const shift = await create('09:31', { scope, min: 30, ...SHIFT });

    await create('10:00:01', { scope: other.scope, min: 30 });
    await watcher.passAt(instantOf('10:00:02'));

    expect(await toldOf(db, 'between')).toEqual([`10:00:00 OPENED between ->WARNING 40 by ${shift}`]);
    expect(await toldOf(db, 'beside')).toHaveLength(1);
  });

  it('starts a duration, and does not let one elapse', async () => {
    const { scope } = await sensorAt(db, 'duration', 40);
    const watcher = await watchFrom(db, '09:30');
    const { create } = changesOf(db);
    await create('09:31', { scope, min: 30, forDuration: '10m', ...SHIFT });
    await create('09:31', { scope, min: 45, level: 'CRITICAL', effectiveFrom: onTheDay('10:30') });

    await watcher.passAt(instantOf('10:45'));

    expect(await toldOf(db, 'duration')).toEqual([]);
  });

  it('is the end of a series where its sensor moves at a time to come', async () => {
    const { scope } = await sensorAt(db, 'leaves', 40);
    await build(db, { locations: [{ id: 'L-leaves-2', factory: 'F-leaves' }] });
    const watcher = await watchFrom(db, '09:30');
    const { create, saveSensor } = changesOf(db);
    const id = await create('09:31', { scope, min: 30 });
    await saveSensor('09:40', { id: 'leaves', location: 'L-leaves-2', since: onTheDay('10:00') });

    await watcher.passAt(instantOf('09:59'));
    expect(await toldOf(db, 'leaves')).toHaveLength(1);
    await watcher.passAt(instantOf('10:00'));
    expect((await toldOf(db, 'leaves')).slice(1)).toEqual([`10:00:00 CLEARED leaves WARNING>- 40 by ${id}`]);
  });

  it('is judged once by several watchers at a time', async () => {
    const { scope } = await sensorAt(db, 'several', 40);
    await watchFrom(db, '09:30');
    const id = await changesOf(db).create('09:31', { scope, min: 30, ...SHIFT });
    const watchers = Array.from({ length: 4 }, () => watcherOf(db.store));

    for (const clock of ['10:00', '10:01', '11:01', '11:02']) await Promise.all(watchers.map((watcher) => watcher.passAt(instantOf(clock))));

    expect(await toldOf(db, 'several')).toEqual([`10:00:00 OPENED several ->WARNING 40 by ${id}`, `11:00:00 CLEARED several WARNING>- 40 by ${id}`]);
  });

  it('is judged by another watcher where one dies in the middle', async () => {
    const { scope } = await sensorAt(db, 'dies', 40);
    await watchFrom(db, '09:30');
    const id = await changesOf(db).create('09:31', { scope, min: 30, ...SHIFT });
    const holder = await db.pool.connect();
    await holder.query('begin');
    await holder.query('select from outbox for update');

    const failure = watcherOf(db.store)
      .passAt(instantOf('10:00'))
      .catch((error: unknown) => error);
    await untilKilled(db);
    expect(await failure).toBeInstanceOf(Error);
    await holder.query('rollback');
    holder.release();
    await watcherOf(db.store).passAt(instantOf('10:00'));

    expect(await toldOf(db, 'dies')).toEqual([`10:00:00 OPENED dies ->WARNING 40 by ${id}`]);
  });

  it('is judged later of a series that is being loaded, and only of that', async () => {
    const { scope } = await sensorAt(db, 'busy', 40);
    await build(db, { sensors: [{ id: 'busy-not', location: 'L-busy' }], readings: [['busy-not', 'temperature', onTheDay('09:00'), 40]] });
    const watcher = await watchFrom(db, '09:30');
    const id = await changesOf(db).create('09:31', { scope, min: 30, ...SHIFT });
    const load = await db.pool.connect();
    await load.query('begin');
    await load.query(`select from series_latest where series_id = (select id from series where sensor_id = 'busy') for update`);

    await watcher.passAt(instantOf('10:00'));
    await watcher.passAt(instantOf('10:01'));
    expect(await toldOf(db, 'busy')).toEqual([`10:00:00 OPENED busy-not ->WARNING 40 by ${id}`]);
    await load.query('rollback');
    load.release();
    await watcher.passAt(instantOf('10:02'));
    await watcher.passAt(instantOf('10:03'));

    expect((await toldOf(db, 'busy')).slice(1)).toEqual([`10:00:00 OPENED busy ->WARNING 40 by ${id}`]);
  });

  it('counts for a reading that comes after it was judged and is of a time before', async () => {
    const { scope } = await sensorAt(db, 'after-a', 20);
    const other = await sensorAt(db, 'after-b', 40);
    const watcher = await watchFrom(db, '09:30');
    const { create } = changesOf(db);
    const a = await create('09:31', { scope, min: 30, ...SHIFT });
    const b = await create('09:31', { ...other, min: 30, ...SHIFT });
    await watcher.passAt(instantOf('10:00'));

    await build(db, {
      readings: [
        ['after-a', 'temperature', onTheDay('09:59'), 40],
        ['after-b', 'temperature', onTheDay('09:59'), 20],
      ],
    });

    expect(await toldOf(db, 'after')).toEqual([
      `10:00:00 OPENED after-b ->WARNING 40 by ${b}`,
      `10:00:00 OPENED after-a ->WARNING 40 by ${a}`,
      `10:00:00 CORRECTED after-b WARNING>NORMAL 20 by ${b}`,
    ]);
    expect(await alertsOf(db, 'after')).toEqual(['BAND after-a WARNING 10:00:00-']);
  });

  it('ends what a late reading opens at a place that the sensor has left', async () => {
    const { scope } = await sensorAt(db, 'left', 20);
    await build(db, { locations: [{ id: 'L-left-2', factory: 'F-elsewhere' }] });
    const watcher = await watchFrom(db, '09:30');
    const { create, saveSensor } = changesOf(db);
    const id = await create('09:31', { scope, min: 30, noDataAfter: '1h' });
    await saveSensor('09:50', { id: 'left', location: 'L-left-2' });

    await build(db, { readings: [['left', 'temperature', onTheDay('09:40'), 40]] });
    await watcher.passAt(instantOf('11:00'));

    expect(await toldOf(db, 'left')).toEqual([`09:40:00 OPENED left NORMAL>WARNING 40 by ${id}`, `09:50:00 CLEARED left WARNING>- 40 by ${id}`]);
  });

  it('has nothing to do with a store that was never watched: there the present is judged once', async () => {
    const { scope } = await sensorAt(db, 'upgraded', 40);
    await changesOf(db).create('09:10', { scope, min: 30 });
    const tables = 'breach, alert, verdict, judgement';
    await db.pool.query(`truncate ${tables}`);
    await db.pool.query('update outbox set last_number = 0');

    const watcher = await watchFrom(db, '09:30');
    await watcher.passAt(instantOf('09:31'));

    expect(await alertsOf(db, 'upgraded')).toEqual(['BAND upgraded WARNING 09:30:00-']);
    expect(await areNumbersDense(db)).toBe(true);
  });
});

/** Ends the connection that waits for the outbox. */
async function untilKilled({ pool }: TestDatabase): Promise<void> {
  for (;;) {
    const { rowCount } = await pool.query(`
      select pg_terminate_backend(pid)
        from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%update outbox%'`);
    if ((rowCount ?? 0) > 0) return;
    await sleep(10);
  }
}
