import { describe, expect, it } from 'vitest';
import { createThreshold } from '../alerts/change-threshold.ts';
import type { ThresholdInput } from '../db/check-threshold.ts';
import { formatInstant, type Instant, MICROS_PER_MINUTE, MICROS_PER_SECOND, now } from '../db/time/instant.ts';
import { describeEachEngine, type TestDatabase, useDatabase } from './support/database.ts';
import { ask } from './support/graphql.ts';
import { build } from './support/plant.ts';
import { alertsOf, areNumbersDense, toldOf } from './support/told.ts';
import { watcherOf } from './support/watching.ts';

/** Loads judge by the real present, so these tests begin an hour ago. */
const START = Math.floor(now() / MICROS_PER_SECOND) * MICROS_PER_SECOND - 60 * MICROS_PER_MINUTE;

function minute(number: number): Instant {
  return START + number * MICROS_PER_MINUTE;
}

/** As `toldOf`, with the minutes since the start in place of the time. */
async function minutesToldOf(db: TestDatabase, prefix: string): Promise<readonly string[]> {
  return (await toldOf(db, prefix)).map((line) => line.replace(/^\S+/, (time) => `${minutesSinceStart(time)}`));
}

function minutesSinceStart(clock: string): number {
  const day = formatInstant(START).slice(0, 11);
  const minutes = (Date.parse(`${day}${clock}Z`) * 1000 - START) / MICROS_PER_MINUTE;
  return minutes < 0 ? minutes + 24 * 60 : minutes;
}

function reading(sensor: string, at: number, value = 20): readonly [string, string, string, number] {
  return [sensor, 'temperature', formatInstant(minute(at)), value];
}

/** A threshold that was there from the start, unless it was made at another time. */
async function addThreshold(db: TestDatabase, input: Partial<ThresholdInput>, present: Instant = START): Promise<string> {
  return createThreshold(db.store.writePool, { metric: 'temperature', level: 'WARNING', ...input }, present);
}

/** One sensor at a place of its own factory, which reported at minute 0. */
async function sensorAt(db: TestDatabase, id: string, value = 20): Promise<{ readonly scope: { readonly factory: string } }> {
  await build(db, { locations: [{ id: `L-${id}`, factory: `F-${id}` }], sensors: [{ id, location: `L-${id}` }], readings: [reading(id, 0, value)] });
  return { scope: { factory: `F-${id}` } };
}

describeEachEngine('silence', (db) => {
  it('opens an alert of its own once it has lasted too long, and is over with the next reading', async () => {
    const { scope } = await sensorAt(db, 'quiet');
    const id = await addThreshold(db, { scope, min: 30, noDataAfter: '10m', level: 'CRITICAL' });
    const watcher = watcherOf(db.store);

    await watcher.passAt(minute(10));
    expect(await toldOf(db, 'quiet')).toEqual([]);
    for (const at of [10.01, 11, 20]) await watcher.passAt(minute(at));
    expect(await minutesToldOf(db, 'quiet')).toEqual([`10 OPENED quiet NORMAL>NO_DATA - by ${id}`]);
    await build(db, { readings: [reading('quiet', 59)] });
    await watcher.passAt(minute(60));

    expect((await minutesToldOf(db, 'quiet')).slice(1)).toEqual([`59 CLEARED quiet NO_DATA>NORMAL 20 by ${id}`]);
    expect((await alertsOf(db, 'quiet')).map((line) => line.slice(0, 22))).toEqual(['NO_DATA quiet CRITICAL']);
  });

  it('goes on where a reading comes that is too old itself', async () => {
    const { scope } = await sensorAt(db, 'delayed');
    const id = await addThreshold(db, { scope, min: 30, noDataAfter: '10m' });
    const watcher = watcherOf(db.store);
    await watcher.passAt(minute(15));

    await build(db, { readings: [reading('delayed', 5)] });
    await watcher.passAt(minute(60));
    expect(await minutesToldOf(db, 'delayed')).toEqual([`10 OPENED delayed NORMAL>NO_DATA - by ${id}`]);
    await build(db, { readings: [reading('delayed', 58)] });

    expect(await toldOf(db, 'delayed')).toHaveLength(2);
  });

  it('ends no earlier than it began where what was held back is from before it had lasted too long', async () => {
    const { scope } = await sensorAt(db, 'buffered');
    const id = await addThreshold(db, { scope, min: 30, noDataAfter: '50m' });
    await watcherOf(db.store).passAt(minute(55));

    await build(db, { readings: [20, 30, 40].map((at) => reading('buffered', at)) });

    expect(await minutesToldOf(db, 'buffered')).toEqual([`50 OPENED buffered NORMAL>NO_DATA - by ${id}`, `50 CLEARED buffered NO_DATA>NORMAL 20 by ${id}`]);
  });

  it('is all that a threshold without bounds minds', async () => {
    const { scope } = await sensorAt(db, 'alone');
    const id = await addThreshold(db, { scope, noDataAfter: '10m', level: 'CRITICAL' });
    const { readings } = await ask(db.store, '{ readings(where: { factories: ["F-alone"] }, from: "now-1d") { nodes { status } } }');

    await watcherOf(db.store).passAt(minute(15));
    await build(db, { readings: [reading('alone', 59, 99)] });

    expect(readings.nodes).toEqual([{ status: 'NORMAL' }]);
    expect(await minutesToldOf(db, 'alone')).toEqual([`10 OPENED alone NORMAL>NO_DATA - by ${id}`, `59 CLEARED alone NO_DATA>NORMAL 99 by ${id}`]);
  });

  it('stands beside what is open by values', async () => {
    const { scope } = await sensorAt(db, 'both', 40);
    const id = await addThreshold(db, { scope, min: 30, noDataAfter: '10m' });

    await watcherOf(db.store).passAt(minute(15));

    expect((await minutesToldOf(db, 'both')).slice(1)).toEqual([`10 OPENED both WARNING>NO_DATA - by ${id}`]);
    expect((await alertsOf(db, 'both')).map((line) => line.split(' ')[0])).toEqual(['NO_DATA', 'BAND']);
  });

  it('is minded by the strictest of the rules that decide', async () => {
    const { scope } = await sensorAt(db, 'strict');
    await addThreshold(db, { scope, min: 90, noDataAfter: '1m' });
    const warning = await addThreshold(db, { scope: { sensor: 'strict' }, min: 90, noDataAfter: '20m' });
    const critical = await addThreshold(db, { scope: { sensor: 'strict' }, min: 90, level: 'CRITICAL', noDataAfter: '20m' });
    await addThreshold(db, { scope: { sensor: 'strict' }, max: -90, noDataAfter: '30m' });

    await watcherOf(db.store).passAt(minute(59));

    expect(await minutesToldOf(db, 'strict')).toEqual([`20 OPENED strict NORMAL>NO_DATA - by ${critical}`]);
    expect(warning).not.toBe(critical);
  });

  it('is over when its threshold is deleted, disabled or minds only a longer one', async () => {
    const { create, update, remove } = mutations(db);
    const scopes = await Promise.all(['gone-a', 'gone-b', 'gone-c'].map((id) => sensorAt(db, id)));
    const [a = '', b = '', c = ''] = await Promise.all(scopes.map(({ scope }) => create({ scope, min: 30, noDataAfter: '10m' })));
    await watcherOf(db.store).passAt(minute(60));
    expect(await toldOf(db, 'gone')).toHaveLength(3);

    await remove(a);
    await update(b, { ...scopes[1], min: 30, noDataAfter: '10m', enabled: false });
    await update(c, { ...scopes[2], min: 30, noDataAfter: '2h' });
    await watcherOf(db.store).passAt(now());

    expect((await toldOf(db, 'gone')).slice(3).map((line) => line.slice(9))).toEqual([
      `CLEARED gone-a NO_DATA>- - by ${a}`,
      `CLEARED gone-b NO_DATA>- - by ${b}`,
      `CLEARED gone-c NO_DATA>NORMAL - by ${c}`,
    ]);
  });

  it('goes on when its threshold is changed and still minds it', async () => {
    const { create, update } = mutations(db);
    const { scope } = await sensorAt(db, 'still');
    const id = await create({ scope, min: 30, noDataAfter: '10m' });
    await watcherOf(db.store).passAt(minute(60));

    await update(id, { scope, min: 30, noDataAfter: '5m' });
    await watcherOf(db.store).passAt(now());

    expect(await toldOf(db, 'still')).toHaveLength(1);
  });

  it('is nobody’s concern where the sensor has moved away', async () => {
    const { scope } = await sensorAt(db, 'walks');
    await build(db, { locations: [{ id: 'L-walks-2', factory: 'F-walks' }] });
    const id = await addThreshold(db, { scope, min: 30, noDataAfter: '10m' });
    const watcher = watcherOf(db.store);
    await watcher.passAt(minute(60));

    await build(db, { sensors: [{ id: 'walks', location: 'L-walks-2' }] });
    await watcher.passAt(now());
    expect((await toldOf(db, 'walks')).map((line) => line.slice(9))).toEqual([`OPENED walks NORMAL>NO_DATA - by ${id}`, `CLEARED walks NO_DATA>- - by ${id}`]);
    await build(db, { readings: [['walks', 'temperature', formatInstant(now()), 20]] });
    await watcher.passAt(now() + 20 * MICROS_PER_MINUTE);

    expect((await toldOf(db, 'walks')).slice(2).map((line) => line.slice(9))).toEqual([`OPENED walks NORMAL>NO_DATA - by ${id}`]);
  });

  it('begins and ends with the window of its threshold', async () => {
    const { scope } = await sensorAt(db, 'window');
    const opens = now() + 10 * MICROS_PER_MINUTE;
    const id = await addThreshold(db, {
      scope,
      min: 30,
      noDataAfter: '10m',
      effectiveFrom: formatInstant(opens),
      effectiveTo: formatInstant(now() + 20 * MICROS_PER_MINUTE),
    });
    const watcher = watcherOf(db.store);

    await watcher.passAt(now() + 5 * MICROS_PER_MINUTE);
    expect(await toldOf(db, 'window')).toEqual([]);
    await watcher.passAt(now() + 15 * MICROS_PER_MINUTE);
    expect(await minutesToldOf(db, 'window')).toEqual([`${minutesSinceStart(formatInstant(opens).slice(11, 19))} OPENED window NORMAL>NO_DATA - by ${id}`]);
    await watcher.passAt(now() + 25 * MICROS_PER_MINUTE);
    expect((await toldOf(db, 'window')).slice(1).map((line) => line.slice(9))).toEqual([`CLEARED window NO_DATA>- - by ${id}`]);
    await db.pool.query('update watch set judged_until = now()');
  });

  it('is told of the time since which it is minded, and not as late, where the sensor was dead before', async () => {
    const { scope } = await sensorAt(db, 'dead');
    const shift = await sensorAt(db, 'shift');
    const created = await addThreshold(db, { scope, noDataAfter: '1s' }, minute(50));
    const window = await addThreshold(db, { ...shift, noDataAfter: '1s', effectiveFrom: formatInstant(minute(55)) });

    await watcherOf(db.store).passAt(minute(60));

    const { rows } = await db.pool.query(`
      select sensor_id, late from breach join series on series.id = series_id where sensor_id in ('dead', 'shift') order by 1`);
    expect(await minutesToldOf(db, 'dead')).toEqual([`50 OPENED dead NORMAL>NO_DATA - by ${created}`]);
    expect(await minutesToldOf(db, 'shift')).toEqual([`55 OPENED shift NORMAL>NO_DATA - by ${window}`]);
    expect(rows.map(({ late }) => late)).toEqual([false, false]);
  });

  it('is found once by several watchers at a time', async () => {
    await build(db, {
      locations: [{ id: 'L-crowd', factory: 'F-crowd' }],
      sensors: Array.from({ length: 50 }, (_, number) => ({ id: `crowd${number}`, location: 'L-crowd' })),
      readings: Array.from({ length: 50 }, (_, number) => reading(`crowd${number}`, 0)),
    });
    await addThreshold(db, { scope: { factory: 'F-crowd' }, min: 30, noDataAfter: '10m' });
    const watchers = Array.from({ length: 4 }, () => watcherOf(db.store));

    for (const at of [11, 12]) await Promise.all(watchers.map((watcher) => watcher.passAt(minute(at))));

    expect(await toldOf(db, 'crowd')).toHaveLength(50);
    expect(await areNumbersDense(db)).toBe(true);
  });

  it('is found later of a series that is being loaded, unless the load ends it', async () => {
    const { scope } = await sensorAt(db, 'held');
    await addThreshold(db, { scope, min: 30, noDataAfter: '10m' });
    const watcher = watcherOf(db.store);
    const load = await db.pool.connect();
    await load.query('begin');
    await load.query(`select from series_latest where series_id = (select id from series where sensor_id = 'held') for update`);

    await watcher.passAt(minute(11));
    expect(await toldOf(db, 'held')).toEqual([]);
    await load.query('rollback');
    load.release();
    await watcher.passAt(minute(12));

    expect(await toldOf(db, 'held')).toHaveLength(1);
  });
});

describe('the watcher of silence', () => {
  const db = useDatabase();

  it('wakes up when the next series will have been silent for too long, and is quiet until then', async () => {
    const { scope } = await sensorAt(db, 'deadline');
    await addThreshold(db, { scope, min: 30, noDataAfter: '10m' });
    const watcher = watcherOf(db.store);

    expect(await watcher.passAt(minute(10) - 300_000)).toBe(minute(10));
    expect(await watcher.passAt(minute(1))).toBe(minute(1) + 500_000);
  });
});

/** Changes by the real present. */
function mutations(db: TestDatabase) {
  const terms = (input: object) => ({ metric: 'temperature', level: 'WARNING', ...input });
  return {
    create: (input: Partial<ThresholdInput>) => addThreshold(db, input),
    update: (id: string, input: object) =>
      ask(db.store, 'mutation ($id: ID!, $input: ThresholdInput!) { updateThreshold(id: $id, input: $input) { id } }', { id, input: terms(input) }),
    remove: (id: string) => ask(db.store, 'mutation ($id: ID!) { deleteThreshold(id: $id) { id } }', { id }),
  };
}
