import { expect, it } from 'vitest';
import { ingest } from '../etl/ingest.ts';
import { SeriesWork } from '../etl/load/series-work.ts';
import type { IngestSummary } from '../etl/record.ts';
import { describeEachEngine } from './support/database.ts';
import { fingerprint, inconsistencies, storedReadings, unmarked, wronglyDerived } from './support/loading-model.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const RANGES: Readonly<Record<string, readonly number[]>> = { humidity: [0, 100], wind_speed: [0, 4] };
const SUMMER = '2024-07-01T12:00:00Z';
const WINTER = '2024-01-01T12:00:00Z';

describeEachEngine('derived readings', (db) => {
  const load = (readings: readonly TestReading[], batchSize?: number): Promise<IngestSummary> =>
    ingest(db.store, recordsOf(readings), batchSize === undefined ? { register: true } : { register: true, batchSize });

  const at = (sensor: string, time: string, values: Readonly<Record<string, number>>): TestReading[] =>
    Object.entries(values).map(([metric, value]) => ({ sensor, metric, time, value }));

  /** Derived readings of a sensor as `metric value`, to one decimal. */
  async function derivedOf(sensor: string): Promise<string[]> {
    const rows = (await storedReadings(db.pool)).filter((row) => row.sensor === sensor && row.derived);
    return rows.map((row) => `${row.metric} ${row.value.toFixed(1)}`);
  }

  async function expectConsistent(): Promise<void> {
    expect(wronglyDerived(await storedReadings(db.pool))).toEqual([]);
    expect(await inconsistencies(db.pool)).toEqual([]);
    expect(await unmarked(db.pool)).toEqual([]);
  }

  it('come from inputs of one batch, counted apart', async () => {
    const summary = await load([...at('one', SUMMER, { temperature: 31, humidity: 75 }), ...at('one', WINTER, { temperature: -10, wind_speed: 5 })]);

    expect(summary).toMatchObject({ received: 4, loaded: 4, derived: 2 });
    expect(await derivedOf('one')).toEqual(['perceived_temperature -17.4', 'perceived_temperature 32.7']);
    await expectConsistent();
  });

  it('come from humidity that is itself derived', async () => {
    expect(await load(at('chain', SUMMER, { temperature: 30, dew_point: 25 }))).toMatchObject({ loaded: 2, derived: 2 });
    expect(await derivedOf('chain')).toEqual(['humidity 74.6', 'perceived_temperature 31.7']);
    await expectConsistent();
  });

  it('come from inputs that arrive one after the other, in any order and batch', async () => {
    const inputs = at('apart', SUMMER, { dew_point: 25, wind_speed: 3, temperature: 30 });
    expect(await load(inputs, 1)).toMatchObject({ loaded: 3, derived: 2 });
    const later = at('apart', '2024-07-01T13:00:00Z', { temperature: 30, dew_point: 20 });
    for (const input of later) await load([input]);

    expect(await derivedOf('apart')).toHaveLength(4);
    await expectConsistent();
  });

  it('are computed again when an input is corrected', async () => {
    await load(at('again', SUMMER, { temperature: 30, dew_point: 25 }));
    const summary = await load(at('again', SUMMER, { dew_point: 20, temperature: 30 }));

    expect(summary).toMatchObject({ loaded: 0, corrected: 1, unchanged: 1, derived: 2 });
    await expectConsistent();
  });

  it('vanish when a correction leaves nothing to derive, and what is known of their series goes back to what is left', async () => {
    const times = ['2024-07-01T10:00:00Z', '2024-07-01T11:00:00Z', '2024-07-02T12:00:00Z'];
    await load(times.flatMap((time) => at('gone', time, { temperature: 30, dew_point: 25 })));
    // Newest, then first, then all: a dew point above the temperature is no humidity.
    await load(at('gone', times[2] ?? '', { dew_point: 35 }));
    expect(await derivedOf('gone')).toHaveLength(4);
    await expectConsistent();
    await load(at('gone', times[0] ?? '', { dew_point: 35 }));
    await expectConsistent();
    await load(at('gone', times[1] ?? '', { dew_point: 35 }));
    expect(await derivedOf('gone')).toEqual([]);
    await expectConsistent();
    const { rows } = await db.pool.query(
      `select metric_id, time, readings from series_latest join series on id = series_id where sensor_id = 'gone' and metric_id in ('humidity', 'perceived_temperature') order by 1`,
    );
    expect(rows).toEqual([
      { metric_id: 'humidity', time: null, readings: 0 },
      { metric_id: 'perceived_temperature', time: null, readings: 0 },
    ]);
    await load(at('gone', times[1] ?? '', { dew_point: 25 }));
    expect(await derivedOf('gone')).toHaveLength(2);
    await expectConsistent();
  });

  it('never replace a measured reading, and give way to one that arrives later', async () => {
    await load(at('measured', SUMMER, { humidity: 40 }));
    expect(await load(at('measured', SUMMER, { temperature: 30, dew_point: 25 }))).toMatchObject({ loaded: 2, derived: 1 });
    expect(await derivedOf('measured')).toEqual([expect.stringMatching(/^perceived/)]);
    await expectConsistent();

    const summary = await load(at('measured', SUMMER, { perceived_temperature: 12 }));
    expect(summary).toMatchObject({ loaded: 1, corrected: 0, derived: 0 });
    expect(await derivedOf('measured')).toEqual([]);
    await load(at('measured', SUMMER, { temperature: 31 }));
    expect(await derivedOf('measured')).toEqual([]);
    await expectConsistent();
  });

  it('count a measured reading in the place of a derived one as loaded, and what came of the derived one is computed again', async () => {
    await load(at('replaced', SUMMER, { temperature: 30, dew_point: 25 }));
    expect(await load(at('replaced', SUMMER, { humidity: 50 }))).toMatchObject({ received: 1, loaded: 1, corrected: 0, unchanged: 0, derived: 1 });
    expect(await derivedOf('replaced')).toEqual([expect.stringMatching(/^perceived/)]);
    await expectConsistent();
  });

  it('are none outside of the range of their metric or the sense of their formula', async () => {
    const summary = await load([
      ...at('senseless', SUMMER, { temperature: 394.2, humidity: 20 }),
      ...at('senseless', '2024-07-01T13:00:00Z', { temperature: 61, dew_point: 20 }),
      ...at('senseless', '2024-01-01T13:00:00Z', { temperature: 11, wind_speed: 9 }),
      ...at('senseless', '2024-01-01T14:00:00Z', { temperature: -3, wind_speed: 1.2 }),
    ]);
    expect(summary).toMatchObject({ loaded: 8, derived: 0 });
    const { rows } = await db.pool.query(`select 1 from series where sensor_id = 'senseless' and metric_id = 'perceived_temperature'`);
    expect(rows).toEqual([]);
  });

  it('follow the calendar of the place where the reading was taken', async () => {
    await db.pool.query(`
      insert into location (id, factory, timezone) values ('seoul', 'f', 'Asia/Seoul'), ('honolulu', 'f', 'Pacific/Honolulu');
      insert into sensor (id) values ('moved');
      insert into placement values ('moved', '2020-01-01Z', 'seoul'), ('moved', '2024-01-01Z', 'honolulu');
      update catalogue set version = version + 1`);
    // 2023-05-01 00:30 in Seoul, 2024-04-30 14:00 in Honolulu, 2024-05-01 00:00 there; and before the first placement.
    const times = [
      '2023-04-30T15:30:00Z',
      '2023-04-30T14:59:59Z',
      '2024-05-01T00:00:00Z',
      '2024-05-01T10:00:00Z',
      '2019-09-30T14:59:59Z',
      '2019-09-30T15:00:00Z',
    ];
    await load(times.flatMap((time) => at('moved', time, { temperature: 5, humidity: 50, wind_speed: 5 })));

    const stored = (await storedReadings(db.pool)).filter((row) => row.sensor === 'moved');
    expect(new Set(stored.map((row) => `${row.location} ${row.time.slice(0, 4)}`))).toEqual(new Set(['seoul 2019', 'seoul 2023', 'honolulu 2024']));
    const zoneOfTime = (time: string) => (time < '2024' ? 'Asia/Seoul' : 'Pacific/Honolulu');
    for (const time of times) {
      const rows = stored.filter((row) => row.time === time);
      expect(rows.filter((row) => row.derived)).toHaveLength(1);
      expect(wronglyDerived(rows, () => zoneOfTime(time))).toEqual([]);
    }
  });

  it('come out the same whatever the order of many inputs, with corrections and repeats among them', async () => {
    const random = createRandom(7);
    const inputs: TestReading[] = [];
    for (let i = 0; i < 6000; i += 1) {
      const sensor = `mixed-${Math.floor(random() * 3)}`;
      // 400 instants around the turn from April to May, so that they repeat.
      const time = new Date(Date.UTC(2024, 3, 30, 12) + Math.floor(random() * 400) * 300_000).toISOString();
      const metric = ['temperature', 'dew_point', 'humidity', 'wind_speed', 'perceived_temperature'][Math.floor(random() ** 2 * 5)] ?? 'temperature';
      const value = (RANGES[metric] ?? [-20, 40]).reduce((min, max) => min + random() * (max - min));
      inputs.push({ sensor, metric, time, value });
    }
    let from = 0;
    while (from < inputs.length) {
      const to = from + Math.ceil(random() * 700);
      const summary = await load(inputs.slice(from, to), Math.ceil(random() * 300));
      expect(summary.loaded + summary.corrected + summary.unchanged).toBe(summary.received);
      from = to;
    }
    const measured = new Map(inputs.map((row) => [`${row.sensor} ${row.metric} ${row.time.replace('.000Z', 'Z')}`, row.value]));
    const stored = (await storedReadings(db.pool)).filter((row) => row.sensor.startsWith('mixed') && !row.derived);
    expect(new Map(stored.map((row) => [`${row.sensor} ${row.metric} ${row.time}`, row.value]))).toEqual(measured);
    expect((await storedReadings(db.pool)).filter((row) => row.sensor.startsWith('mixed') && row.derived).length).toBeGreaterThan(300);
    await expectMixedConsistent();
    const before = await fingerprint(db.pool);
    await load(
      [...measured].map(([key, value]) => ({ sensor: key.split(' ')[0] ?? '', metric: key.split(' ')[1] ?? '', time: key.split(' ')[2] ?? '', value })),
    );
    expect(await fingerprint(db.pool)).toBe(before);
  });

  async function expectMixedConsistent(): Promise<void> {
    const stored = (await storedReadings(db.pool)).filter((row) => row.sensor !== 'moved');
    expect(wronglyDerived(stored)).toEqual([]);
    expect(await inconsistencies(db.pool)).toEqual([]);
    expect(await unmarked(db.pool)).toEqual([]);
  }
});

/** The same numbers in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

it('marks a day stale from its first change on, where measured and derived readings of one series are corrected', () => {
  const work = new SeriesWork({ sensorId: 's', metricId: 'humidity', locationId: null }, 1, 0, 0);
  work.corrected.times.push(20, 30, 10, 15);

  expect(work.touchedDays()).toEqual([10]);
});
