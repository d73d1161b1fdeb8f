import { expect, it } from 'vitest';
import { insertAlerts } from '../db/alert.ts';
import { IDLE, writeJudgements } from '../db/judgement.ts';
import { MICROS_PER_HOUR, now } from '../db/time/instant.ts';
import { ingest } from '../etl/ingest.ts';
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

  it('judges the late part of a batch from where it comes in, and then what is new: corrections of what was told, and news', async () => {
    const { warning } = await watched('mixed');
    expect((await load(minutely('mixed', [20, 20, 20, 60, 20], 10))).breaches).toBe(2);

    const summary = await load([
      { sensor: 'mixed', metric: 'temperature', time: at(5), value: 55 },
      { sensor: 'mixed', metric: 'temperature', time: at(13), value: 30 },
      { sensor: 'mixed', metric: 'temperature', time: at(20), value: 70 },
    ]);

    expect(summary).toMatchObject({ loaded: 2, corrected: 1, breaches: 3 });
    expect((await breachesOf(db, 'mixed')).map(({ kind, time, value, status, previous }) => [kind, time, value, status, previous])).toEqual([
      ['OPENED', at(13), 60, 'WARNING', 'NORMAL'],
      ['CLEARED', at(14), 20, 'NORMAL', 'WARNING'],
      ['CORRECTED', at(5), 55, 'WARNING', 'NORMAL'],
      ['CORRECTED', at(13), 30, 'NORMAL', 'WARNING'],
      ['OPENED', at(20), 70, 'WARNING', 'NORMAL'],
    ]);
    expect(await alertsOf(db, 'mixed')).toMatchObject([
      { opened: at(5), resolved: at(10), peak: 55, withdrawn: false },
      { opened: at(13), resolved: at(13), withdrawn: true },
      { opened: at(20), resolved: null, peak: 70 },
    ]);
    expect(await verdictsOf(db, 'mixed')).toEqual([
      [at(5), 'WARNING', [warning]],
      [at(10), 'NORMAL', []],
      [at(20), 'WARNING', [warning]],
    ]);
  });

  it('judges anew where a derived reading is gone because its input was corrected', async () => {
    await build(db, { sensors: [{ id: 'underived' }] });
    await addThreshold(db, { metric: 'humidity', min: 90, scope: { sensor: 'underived' } });
    const dry = minutely('underived', [5, 5, 5], 0, 'dew_point');
    expect((await load([...minutely('underived', [6, 30, 30]), ...dry])).breaches).toBe(2);

    const summary = await load([{ sensor: 'underived', metric: 'temperature', time: at(0), value: -60 }]);

    expect(summary).toMatchObject({ corrected: 1, breaches: 1 });
    expect(await alertsOf(db, 'underived')).toMatchObject([{ withdrawn: true }]);
    expect((await breachesOf(db, 'underived')).map(({ kind }) => kind)).toEqual(['OPENED', 'CLEARED', 'CORRECTED']);
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

  it('calls late what is longer past than the setting says', async () => {
    await watched('patient');
    const time = new Date((now() - 2 * MICROS_PER_HOUR) / 1000).toISOString();
    const patient = { ...db.store, lateAfter: 3 * MICROS_PER_HOUR };

    await ingest(patient, recordsOf([{ sensor: 'patient', metric: 'temperature', time, value: 60 }]), { register: false });

    expect(await breachesOf(db, 'patient')).toMatchObject([{ late: false }]);
  });

  it.runIf(db.engine === 'timescale')('judges anew what lies in compressed chunks', async () => {
    await watched('compressed');
    expect((await load(minutely('compressed', [20, 60, 61, 20, 20]))).breaches).toBe(2);
    await db.pool.query(`select compress_chunk(chunk, true) from show_chunks('reading') as chunk`);

    const summary = await load([
      { sensor: 'compressed', metric: 'temperature', time: at(2), value: 10 },
      { sensor: 'compressed', metric: 'temperature', time: at(3), value: 90 },
    ]);

    expect(summary).toMatchObject({ corrected: 2, breaches: 2 });
    expect(await alertsOf(db, 'compressed')).toMatchObject([
      { level: 'WARNING', opened: at(1), resolved: at(2) },
      { level: 'CRITICAL', opened: at(3), resolved: at(4), peak: 90 },
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

  it('says of the end of silence what the same input has corrected', async () => {
    await build(db, { sensors: [{ id: 'mended' }] });
    const threshold = await addThreshold(db, { level: 'CRITICAL', min: 50, clearMargin: 100, noDataAfter: 'PT2H', scope: { sensor: 'mended' } });
    const time = (hoursAgo: number) => now() - hoursAgo * MICROS_PER_HOUR;
    const newest = new Date(time(9) / 1000).toISOString();
    await load([{ sensor: 'mended', metric: 'temperature', time: newest, value: 60 }]);
    await fallSilent(db, 'mended', threshold, time(7));

    await load([
      { sensor: 'mended', metric: 'temperature', time: newest, value: 20 },
      { sensor: 'mended', metric: 'temperature', time: new Date(time(1) / 1000).toISOString(), value: 21 },
    ]);

    expect((await breachesOf(db, 'mended')).map(({ kind, value, status, previous }) => [kind, value, status, previous])).toEqual([
      ['OPENED', 60, 'CRITICAL', 'NORMAL'],
      ['CORRECTED', 20, 'NORMAL', 'CRITICAL'],
      ['CLEARED', 21, 'NORMAL', 'NO_DATA'],
    ]);
  });
});

/** As the watch leaves a series, in a band or not. */
async function fallSilent(db: TestDatabase, sensor: string, thresholdId: string, openedAt: number): Promise<void> {
  const seriesId = await seriesOf(db, sensor);
  const alert = { kind: 'NO_DATA', level: 'CRITICAL', thresholdId, openedAt, peak: null } as const;
  const [id = ''] = await insertAlerts(db.pool, [{ ...alert, seriesId, resolvedAt: null, withdrawn: false }]);
  await writeJudgements(db.pool, [{ seriesId, ...(await stateOf(db, sensor)), noData: { ...alert, id } }]);
}
