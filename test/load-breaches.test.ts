import { expect, it } from 'vitest';
import { insertAlerts } from '../db/alert.ts';
import { selectBreachesAfter } from '../db/breach.ts';
import { IDLE, writeJudgements } from '../db/judgement.ts';
import { MICROS_PER_HOUR, now } from '../db/time/instant.ts';
import { ingest } from '../etl/ingest.ts';
import { meteredStore } from '../server/meter.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { alertsOf, breachesOf, seriesOf, stateOf, verdictsOf, written } from './support/judged-series.ts';
import { addThreshold, build } from './support/plant.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const at = (minute: number): string => `${new Date(Date.UTC(2024, 4, 1) + minute * 60_000).toISOString().slice(0, 19)}Z`;

/** A reading a minute. */
const minutely = (sensor: string, values: readonly number[], from = 0, metric = 'temperature'): TestReading[] =>
  values.map((value, minute) => ({ sensor, metric, time: at(from + minute), value }));

describeEachEngine('a load', (db) => {
  const load = (readings: readonly TestReading[], batchSize?: number) =>
    ingest(db.store, recordsOf(readings), { register: true, ...(batchSize === undefined ? {} : { batchSize }) });

  /** A sensor with both levels: WARNING from 50, CRITICAL from 80. */
  async function watched(sensor: string, terms: Readonly<Record<string, unknown>> = {}) {
    await build(db, { sensors: [{ id: sensor }] });
    const warning = await addThreshold(db, { level: 'WARNING', min: 50, scope: { sensor }, ...terms });
    const critical = await addThreshold(db, { level: 'CRITICAL', min: 80, scope: { sensor }, ...terms });
    return { warning, critical };
  }

  it('records what each reading does: opened, worsened, eased, cleared', async () => {
    const { warning, critical } = await watched('levels');

    const summary = await load(minutely('levels', [20, 55, 60, 85, 90, 70, 30, 20]));

    expect(summary.breaches).toBe(4);
    expect(await breachesOf(db, 'levels')).toMatchObject([
      { kind: 'OPENED', time: at(1), value: 55, status: 'WARNING', previous: 'NORMAL', thresholdId: warning, levels: ['WARNING'], late: true },
      { kind: 'WORSENED', time: at(3), value: 85, status: 'CRITICAL', previous: 'WARNING', thresholdId: critical, levels: ['WARNING', 'CRITICAL'] },
      { kind: 'EASED', time: at(5), value: 70, status: 'WARNING', previous: 'CRITICAL', thresholdId: critical, levels: ['WARNING', 'CRITICAL'] },
      { kind: 'CLEARED', time: at(6), value: 30, status: 'NORMAL', previous: 'WARNING', thresholdId: warning, levels: ['WARNING'] },
    ]);
    expect(await alertsOf(db, 'levels')).toEqual([
      { kind: 'BAND', level: 'CRITICAL', threshold: warning, opened: at(1), resolved: at(6), peak: 90, withdrawn: false },
    ]);
    expect(await verdictsOf(db, 'levels')).toEqual([
      [at(1), 'WARNING', [warning]],
      [at(3), 'CRITICAL', [warning, critical]],
      [at(5), 'WARNING', [warning]],
      [at(6), 'NORMAL', []],
    ]);
  });

  it('goes on where the batch before has stopped, with the alert that is open and durations that have begun', async () => {
    await watched('goes-on', { forDuration: 'PT2M', clearDuration: 'PT2M', clearMargin: 5 });
    const values = [55, 56, 20, 60, 61, 62, 99, 70, 48, 44, 30, 30, 30, 55];

    for (const reading of minutely('goes-on', values)) await load([reading]);

    expect((await breachesOf(db, 'goes-on')).map(({ kind, time }) => [kind, time])).toEqual([
      ['OPENED', at(5)],
      ['CLEARED', at(11)],
    ]);
    expect(await alertsOf(db, 'goes-on')).toMatchObject([{ opened: at(5), resolved: at(11), peak: 99 }]);
    expect(await stateOf(db, 'goes-on')).toMatchObject({ rules: [{ phase: 'PENDING' }], band: null });
  });

  it('is the same in one batch and in many', async () => {
    const values = Array.from({ length: 300 }, (_, minute) => 60 + 40 * Math.sin(minute / 7) + ((minute * 7919) % 13));
    await watched('whole', { forDuration: 'PT3M', clearMargin: 4, clearDuration: 'PT1M' });
    await watched('parts', { forDuration: 'PT3M', clearMargin: 4, clearDuration: 'PT1M' });

    const whole = await load(minutely('whole', values));
    const parts = await load(minutely('parts', values), 17);

    expect(whole.breaches).toBeGreaterThan(10);
    expect(parts.breaches).toBe(whole.breaches);
    const told = async (sensor: string) =>
      (await breachesOf(db, sensor)).map(({ kind, time, value, status, previous }) => [kind, time, value, status, previous]);
    expect(await told('parts')).toEqual(await told('whole'));
    const lives = async (sensor: string) => (await alertsOf(db, sensor)).map(({ level, opened, resolved, peak }) => [level, opened, resolved, peak]);
    expect(await lives('parts')).toEqual(await lives('whole'));
  });

  it('keeps the least value as the peak where only the upper bound is set', async () => {
    await build(db, { sensors: [{ id: 'cold' }] });
    await addThreshold(db, { max: 0, scope: { sensor: 'cold' } });

    await load(minutely('cold', [5, -1, -7, -3]));
    expect(await alertsOf(db, 'cold')).toMatchObject([{ opened: at(1), resolved: null, peak: -7 }]);
    await load(minutely('cold', [-9, 4], 4));
    expect(await alertsOf(db, 'cold')).toMatchObject([{ opened: at(1), resolved: at(5), peak: -9 }]);
  });

  it('records no second breach and rewrites nothing when the same input comes again', async () => {
    await watched('again');
    const input = minutely('again', [20, 55, 85, 90, 70, 30, 20, 60, 61]);
    expect((await load(input)).breaches).toBe(5);
    const before = await written(db);

    expect(await load(input)).toMatchObject({ unchanged: 9, breaches: 0 });
    expect(await load(input, 4)).toMatchObject({ unchanged: 9, breaches: 0 });
    expect(await written(db)).toEqual(before);
  });

  it('calls a breach late by its time, and one of now not', async () => {
    await watched('punctual');
    const time = (hoursAgo: number) => new Date((now() - hoursAgo * MICROS_PER_HOUR) / 1000).toISOString();

    await load([
      { sensor: 'punctual', metric: 'temperature', time: time(1.1), value: 60 },
      { sensor: 'punctual', metric: 'temperature', time: time(0.9), value: 90 },
    ]);

    expect((await breachesOf(db, 'punctual')).map(({ kind, late }) => [kind, late])).toEqual([
      ['OPENED', true],
      ['WORSENED', false],
    ]);
  });

  it('judges series that it creates itself, by what holds at their place', async () => {
    await build(db, { locations: [{ id: 'new-hall', factory: 'New' }], sensors: [{ id: 'new-placed', location: 'new-hall' }] });
    await addThreshold(db, { min: 50, metric: 'wind_speed', scope: { factory: 'New' } });

    const summary = await load([...minutely('new-placed', [60, 10], 0, 'wind_speed'), ...minutely('new-stranger', [60, 10], 0, 'wind_speed')]);

    expect(summary.breaches).toBe(2);
    expect((await breachesOf(db, 'new-placed')).map(({ kind }) => kind)).toEqual(['OPENED', 'CLEARED']);
    expect(await breachesOf(db, 'new-stranger')).toEqual([]);
  });

  it('judges a sensor that was moved by where it was', async () => {
    await build(db, {
      locations: [
        { id: 'hot-hall', factory: 'Hot' },
        { id: 'cool-hall', factory: 'Cool' },
      ],
      sensors: [{ id: 'moved', location: 'hot-hall' }],
    });
    await addThreshold(db, { min: 80, scope: { factory: 'Hot' } });
    await addThreshold(db, { min: 30, scope: { factory: 'Cool' } });
    await load(minutely('moved', [40, 40]));
    await build(db, { sensors: [{ id: 'moved', location: 'cool-hall', since: at(10) }] });

    const summary = await load(minutely('moved', [40, 41, 29], 9));

    expect(summary.breaches).toBe(2);
    expect((await breachesOf(db, 'moved')).map(({ kind, time }) => [kind, time])).toEqual([
      ['OPENED', at(10)],
      ['CLEARED', at(11)],
    ]);
  });

  it('judges derived readings like measured ones', async () => {
    await build(db, { sensors: [{ id: 'felt' }] });
    await addThreshold(db, { metric: 'perceived_temperature', min: 33, scope: { sensor: 'felt' } });

    const summary = await load([...minutely('felt', [25, 35, 25]), ...minutely('felt', [60, 60, 60], 0, 'humidity')]);

    expect(summary).toMatchObject({ derived: 3, breaches: 2 });
    expect((await breachesOf(db, 'felt')).map(({ kind, time }) => [kind, time])).toEqual([
      ['OPENED', at(1)],
      ['CLEARED', at(2)],
    ]);
  });

  it('ends silence with the first reading that is not too old itself, and leaves its alert open for others', async () => {
    await build(db, { sensors: [{ id: 'silent' }] });
    const threshold = await addThreshold(db, { level: 'CRITICAL', min: 50, noDataAfter: 'PT2H', scope: { sensor: 'silent' } });
    const time = (hoursAgo: number) => now() - hoursAgo * MICROS_PER_HOUR;
    const reading = (hoursAgo: number, value: number) => ({
      sensor: 'silent',
      metric: 'temperature',
      time: new Date(time(hoursAgo) / 1000).toISOString(),
      value,
    });
    await load([reading(9, 20)]);
    await fallSilent(db, 'silent', threshold, time(7));

    expect((await load([reading(5, 21)])).breaches).toBe(0);
    expect(await alertsOf(db, 'silent')).toMatchObject([{ kind: 'NO_DATA', resolved: null }]);
    const summary = await load([reading(3, 60), reading(1, 61), reading(0.5, 10)]);

    expect(summary.breaches).toBe(3);
    expect((await breachesOf(db, 'silent')).map(({ kind, value, status, previous, levels }) => [kind, value, status, previous, levels])).toEqual([
      ['OPENED', 60, 'CRITICAL', 'NORMAL', ['CRITICAL']],
      ['CLEARED', 61, 'CRITICAL', 'NO_DATA', ['CRITICAL']],
      ['CLEARED', 10, 'NORMAL', 'CRITICAL', ['CRITICAL']],
    ]);
    expect(await alertsOf(db, 'silent')).toMatchObject([{ kind: 'NO_DATA' }, { kind: 'BAND' }]);
    expect(await stateOf(db, 'silent')).toEqual(IDLE);
  });

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

  it('that is tried again leaves no trace of the first try, and no gap in the numbers', async () => {
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
    await build(db, { sensors: sensors.map((id) => ({ id })) });
    for (const sensor of sensors) await addThreshold(db, { min: 50, scope: { sensor } });
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

/** As the watch leaves it. */
async function fallSilent(db: TestDatabase, sensor: string, thresholdId: string, openedAt: number): Promise<void> {
  const seriesId = await seriesOf(db, sensor);
  const alert = { kind: 'NO_DATA', level: 'CRITICAL', thresholdId, openedAt, peak: null } as const;
  const [id = ''] = await insertAlerts(db.pool, [{ ...alert, seriesId, resolvedAt: null, withdrawn: false }]);
  await writeJudgements(db.pool, [{ seriesId, ...IDLE, noData: { ...alert, id } }]);
}
