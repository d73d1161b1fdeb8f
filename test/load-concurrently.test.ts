import { beforeAll, expect, it } from 'vitest';
import { refreshStaleDays } from '../db/refresh.ts';
import { ingest } from '../etl/ingest.ts';
import type { IngestSummary } from '../etl/record.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { inconsistencies, storedReadings, unmarked, wronglyDerived, wrongRollups } from './support/loading-model.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const LOADERS = 8;
const METRICS = ['temperature', 'dew_point', 'humidity', 'wind_speed', 'co2'];

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    const item = result[last];
    const swapped = result[other];
    if (item === undefined || swapped === undefined) continue;
    result[last] = swapped;
    result[other] = item;
  }
  return result;
}

/** Readings of some sensors around the first of May, humidity only now and then. */
function inputOf(name: string, sensors: number, instants: number): TestReading[] {
  const readings: TestReading[] = [];
  for (let sensor = 0; sensor < sensors; sensor += 1) {
    for (let instant = 0; instant < instants; instant += 1) {
      const time = new Date(Date.UTC(2024, 3, 30, 20) + instant * 120_000).toISOString();
      METRICS.forEach((metric, position) => {
        if (metric !== 'humidity' || instant % 3 === 0)
          readings.push({ sensor: `${name}-${sensor}`, metric, time, value: 1 + ((instant * 7 + position * 13 + sensor) % 300) / 10 });
      });
    }
  }
  return readings;
}

function sumOf(summaries: readonly IngestSummary[], field: 'received' | 'loaded' | 'corrected' | 'unchanged' | 'rejectedCount'): number {
  return summaries.reduce((sum, summary) => sum + summary[field], 0);
}

describeEachEngine('eight loaders at once', (db) => {
  beforeAll(async () => {
    await db.pool.query(`insert into metric (id, name, unit) values ('co2', 'Carbon dioxide', '[ppm]'); update catalogue set version = version + 1`);
  });

  it('over the same new series, with shuffled overlapping batches: no deadlock reaches them, and the store is what one alone would have left', async () => {
    const input = inputOf('same', 4, 240);
    const summaries = await Promise.all(
      Array.from({ length: LOADERS }, () => {
        // Two thirds each, so that all overlap and every reading is most likely sent.
        const part = shuffled(input).slice(0, Math.ceil((input.length * 2) / 3));
        return ingest(db.store, recordsOf(part), { register: true, batchSize: 150 });
      }),
    );
    summaries.push(await ingest(db.store, recordsOf(shuffled(input)), { register: true, batchSize: 400 }));

    expect(sumOf(summaries, 'loaded')).toBe(input.length);
    expect(sumOf(summaries, 'loaded') + sumOf(summaries, 'corrected') + sumOf(summaries, 'unchanged')).toBe(sumOf(summaries, 'received'));
    expect(sumOf(summaries, 'corrected') + sumOf(summaries, 'rejectedCount')).toBe(0);
    const stored = (await storedReadings(db.pool)).filter((row) => !row.derived);
    expect(new Map(stored.map((row) => [`${row.sensor} ${row.metric} ${row.time}`, row.value]))).toEqual(
      new Map(input.map((row) => [`${row.sensor} ${row.metric} ${row.time.replace('.000Z', 'Z')}`, row.value])),
    );
    await expectExact(db);
  }, 120_000);

  it('that contradict each other: the counts add up, and what is derived fits the values that stand', async () => {
    const input = inputOf('contrary', 3, 120);
    const summaries = await Promise.all(
      Array.from({ length: LOADERS }, (_, loader) =>
        ingest(db.store, recordsOf(shuffled(input).map((row) => ({ ...row, value: row.value + loader }))), { register: true, batchSize: 130 }),
      ),
    );

    expect(sumOf(summaries, 'loaded')).toBe(input.length);
    expect(sumOf(summaries, 'loaded') + sumOf(summaries, 'corrected') + sumOf(summaries, 'unchanged')).toBe(LOADERS * input.length);
    await expectExact(db);
  }, 120_000);

  it('with the refresher running: every rollup is right at the end', async () => {
    const input = inputOf('refreshed', 2, 200);
    let isLoading = true;
    const refreshing = (async () => {
      while (isLoading) await refreshStaleDays(db.store);
    })();
    await Promise.all(
      Array.from({ length: LOADERS }, (_, loader) =>
        ingest(db.store, recordsOf(shuffled(input).map((row) => ({ ...row, value: row.value + loader }))), { register: true, batchSize: 150 }),
      ),
    );
    isLoading = false;
    await refreshing;

    expect(await wrongRollups(db.pool)).toEqual([]);
    await refreshStaleDays(db.store);
    expect(await wrongRollups(db.pool)).toEqual([]);
    expect(await inconsistencies(db.pool)).toEqual([]);
    expect(wronglyDerived(await storedReadings(db.pool))).toEqual([]);
  }, 120_000);

  it('each with one metric of the same unknown sensors: they are registered once, and everything is derived', async () => {
    const input = inputOf('registered', 30, 3);
    await Promise.all(
      Array.from({ length: LOADERS }, (_, loader) => {
        const metric = METRICS[loader % METRICS.length];
        return ingest(db.store, recordsOf(shuffled(input.filter((row) => row.metric === metric))), { register: true, batchSize: 40 });
      }),
    );

    const { rows } = await db.pool.query(`select count(*) as sensors from sensor where id like 'registered-%'`);
    expect(rows).toEqual([{ sensors: 30 }]);
    const stored = (await storedReadings(db.pool)).filter((row) => row.sensor.startsWith('registered'));
    expect(wronglyDerived(stored)).toEqual([]);
    expect(stored.filter((row) => row.derived).length).toBeGreaterThan(0);
    expect(await inconsistencies(db.pool)).toEqual([]);
  }, 120_000);

  it('with the same rejects in different orders: each is kept once, with how often it came', async () => {
    const bad = Array.from({ length: 200 }, (_, i) => ({ sensor: 'nobody', metric: 'temperature', time: '2024-01-01T00:00:00Z', value: i }));
    await Promise.all(Array.from({ length: LOADERS }, () => ingest(db.store, recordsOf(shuffled(bad)), { register: false, batchSize: 70 })));

    const { rows } = await db.pool.query('select count(*) as reasons, min(count) as least, max(count) as most from rejected_reading');
    expect(rows).toEqual([{ reasons: 200, least: LOADERS, most: LOADERS }]);
  }, 60_000);

  it('while sensors are being placed: every reading is of the place where it was taken', async () => {
    await db.pool.query(`insert into location (id, factory, timezone) values ('here', 'f', 'UTC')`);
    const input = inputOf('placed', 4, 60);
    const loading = Promise.all(Array.from({ length: LOADERS }, () => ingest(db.store, recordsOf(shuffled(input)), { register: true, batchSize: 50 })));
    for (let sensor = 0; sensor < 4; sensor += 1) await place(db, `placed-${sensor}`, 'here');
    await loading;

    const stored = (await storedReadings(db.pool)).filter((row) => row.sensor.startsWith('placed'));
    expect(new Set(stored.map((row) => row.location))).toEqual(new Set(['here']));
    expect(stored.filter((row) => !row.derived)).toHaveLength(input.length);
    expect(await inconsistencies(db.pool)).toEqual([]);
  }, 60_000);
});

/** As the mutation does it: under the lock of the catalogue, with the series of a sensor that was nowhere so far. */
async function place(db: TestDatabase, sensor: string, location: string): Promise<void> {
  const client = await db.pool.connect();
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1, $2)', [0x7468726d, 3]);
  await client.query('insert into sensor (id) values ($1) on conflict do nothing', [sensor]);
  await client.query(`insert into placement values ($1, '2024-01-01Z', $2)`, [sensor, location]);
  await client.query('update series set location_id = $2 where sensor_id = $1 and location_id is null', [sensor, location]);
  await client.query('update catalogue set version = version + 1');
  await client.query('commit');
  client.release();
}

async function expectExact(db: TestDatabase): Promise<void> {
  expect(wronglyDerived(await storedReadings(db.pool))).toEqual([]);
  expect(await inconsistencies(db.pool)).toEqual([]);
  expect(await unmarked(db.pool)).toEqual([]);
  expect(await wrongRollups(db.pool)).toEqual([]);
}
