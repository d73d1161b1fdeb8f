import { expect, it } from 'vitest';
import { selectBreachesAfter } from '../db/breach.ts';
import { ingest } from '../etl/ingest.ts';
import { meteredStore } from '../server/meter.ts';
import { describeEachEngine } from './support/database.ts';
import { alertsOf, breachesOf } from './support/judged-series.ts';
import { addThreshold, build } from './support/plant.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const at = (minute: number): string => `${new Date(Date.UTC(2024, 4, 1) + minute * 60_000).toISOString().slice(0, 19)}Z`;

/** A reading a minute. */
const minutely = (sensor: string, values: readonly number[]): TestReading[] =>
  values.map((value, minute) => ({ sensor, metric: 'temperature', time: at(minute), value }));

describeEachEngine('the transaction of a load', (db) => {
  const load = (readings: readonly TestReading[], batchSize?: number) =>
    ingest(db.store, recordsOf(readings), { register: true, ...(batchSize === undefined ? {} : { batchSize }) });

  async function watched(sensor: string): Promise<void> {
    await build(db, { sensors: [{ id: sensor }] });
    await addThreshold(db, { min: 50, scope: { sensor } });
  }

  it('never shows a reading without its breach', async () => {
    await watched('together');
    let isLoading = true;
    const loading = load(
      minutely(
        'together',
        Array.from({ length: 600 }, (_, minute) => (minute % 2 === 0 ? 60 : 20)),
      ),
      25,
    ).finally(() => {
      isLoading = false;
    });
    let looks = 0;
    while (isLoading) {
      const { rows } = await db.pool.query<{ hot: number; opened: number }>(`
        select (select count(*) from reading join series on series.id = series_id where sensor_id = 'together' and value > 50) as hot,
               (select count(*) from breach join series on series.id = series_id where sensor_id = 'together' and kind = 'OPENED') as opened`);
      expect(rows[0]?.opened).toBe(rows[0]?.hot);
      looks += 1;
    }

    expect((await loading).breaches).toBe(600);
    expect(looks).toBeGreaterThan(1);
  });

  it('leaves, where it is tried again, no trace of the first try, and no gap in the numbers', async () => {
    await watched('tried');
    const { lastNumber } = await selectBreachesAfter(db.pool, 0, 1);
    // What sequences count is not rolled back.
    await db.pool.query(`
      create sequence tries;
      create function fail_once () returns trigger language plpgsql as $$
        begin
          if nextval('tries') = 1 then raise exception 'deadlock, as if' using errcode = '40P01'; end if;
          return null;
        end $$;
      create trigger fail_once after insert on breach for each statement execute function fail_once()`);
    try {
      expect(await load(minutely('tried', [60, 20]))).toMatchObject({ loaded: 2, breaches: 2 });
    } finally {
      await db.pool.query('drop trigger fail_once on breach; drop function fail_once; drop sequence tries');
    }

    expect((await breachesOf(db, 'tried')).map(({ number }) => number)).toEqual([lastNumber + 1, lastNumber + 2]);
    expect(await alertsOf(db, 'tried')).toHaveLength(1);
  });

  it('numbers breaches in the order in which eight loaders commit them: a reader never sees one appear below one that it has seen', async () => {
    const sensors = Array.from({ length: 8 }, (_, loader) => `racer-${loader}`);
    for (const sensor of sensors) await watched(sensor);
    const { lastNumber } = await selectBreachesAfter(db.pool, 0, 1);
    let isLoading = true;
    const loading = Promise.all(
      sensors.map((sensor, loader) =>
        load(
          minutely(
            sensor,
            Array.from({ length: 200 }, (_, minute) => (minute % 3 === loader % 3 ? 60 : 20)),
          ),
          10,
        ),
      ),
    ).finally(() => {
      isLoading = false;
    });
    const seen: number[] = [];
    for (let isLast = false; !isLast; ) {
      isLast = !isLoading;
      const page = await selectBreachesAfter(db.pool, seen.at(-1) ?? lastNumber, 10_000);
      seen.push(...page.rows.map(({ number }) => number));
      expect(page.lastNumber).toBe(seen.at(-1) ?? lastNumber);
    }

    const summaries = await loading;
    const count = summaries.reduce((sum, { breaches }) => sum + breaches, 0);
    expect(count).toBeGreaterThan(1000);
    expect(seen).toEqual(Array.from({ length: count }, (_, position) => lastNumber + 1 + position));
    const { rows } = await db.pool.query('select number from breach where number > $1 order by recorded_at, number', [lastNumber]);
    expect(rows.map(({ number }) => number)).toEqual(seen);
  });

  it('sends as many statements for one series as for a hundred, and none for judging where no rule speaks of them', async () => {
    const sensors = Array.from({ length: 100 }, (_, number) => `many-${number}`);
    await build(db, {
      locations: [{ id: 'many', factory: 'Many' }],
      sensors: [...sensors, 'many-plain'].map((id) => ({ id, ...(id === 'many-plain' ? {} : { location: 'many' }) })),
    });
    await addThreshold(db, { metric: 'dew_point', min: 50, scope: { factory: 'Many' } });
    await load([...sensors, 'many-plain'].map((sensor) => ({ sensor, metric: 'dew_point', time: at(0), value: 1 })));
    const statementsOf = async (readings: readonly TestReading[]) => {
      const meter = { statements: 0, sqlMs: 0 };
      await ingest(meteredStore(db.store, meter), recordsOf(readings), { register: false });
      return meter.statements;
    };
    const of = (sensor: string, minute: number, value: number) => ({ sensor, metric: 'dew_point', time: at(minute), value });
    await statementsOf([of('many-plain', 1, 1)]);

    const plain = await statementsOf([of('many-plain', 2, 60)]);
    const quiet = await statementsOf(sensors.map((sensor) => of(sensor, 2, 2)));
    const one = await statementsOf([of('many-0', 3, 60)]);
    const all = await statementsOf(sensors.slice(1).map((sensor) => of(sensor, 3, 60)));

    expect(quiet - plain).toBe(1);
    expect(all).toBe(one);
    // The state before and after; verdicts, alerts, breaches.
    expect(all - plain).toBe(5);
  });
});
