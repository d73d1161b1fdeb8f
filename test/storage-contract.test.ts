import { expect, it } from 'vitest';
import { selectAggregates } from '../db/aggregate.ts';
import { planAggregate } from '../db/planner.ts';
import { refreshStaleDays } from '../db/refresh.ts';
import { parseBucket } from '../db/time/buckets.ts';
import { ingest } from '../etl/ingest.ts';
import { describeEachEngine } from './support/database.ts';
import { recordsOf } from './support/records.ts';
import { createRefreshedSeries, expectExactRollups, writeMarked } from './support/rollups.ts';

describeEachEngine('the store', (db) => {
  const write = writeMarked;
  const createSeries = (count: number) => createRefreshedSeries(db, count);
  const expectExact = () => expectExactRollups(db.pool);

  it('answers exactly before the refresher has run, after it, and after a correction', async () => {
    const [a = 0, b = 0] = await createSeries(2);
    await write(db.pool, a, '2024-01-03 00:00Z', '2024-01-06 00:00Z', '1 minute');
    await write(db.pool, b, '2024-01-03 12:34:56.789Z', '2024-02-02 09:00Z', '17 minutes');
    await expectExact();

    const pass = await refreshStaleDays(db.store);
    expect(pass.refreshed).toBe(3 + 31);
    expect(pass.left).toBe(0);
    await expectExact();

    await write(db.pool, a, '2024-01-04 10:07Z', '2024-01-04 10:08Z', '1 minute');
    await write(db.pool, a, '2024-01-01 10:07Z', '2024-01-01 11:08Z', '1 minute');
    await expectExact();
    await refreshStaleDays(db.store);
    await expectExact();
  });

  it('serves only the part of a stale day from the first touched bucket on from readings', async () => {
    const [series = 0] = await createSeries(1);
    await write(db.pool, series, '2024-01-10 00:00Z', '2024-01-11 00:00Z', '1 minute');
    await refreshStaleDays(db.store);
    // Without a marker nobody may notice this change; with one, only rollups that end before `since` may go on hiding it.
    await db.pool.query(`update reading set value = 1000 where series_id = $1 and time in ('2024-01-10 03:00Z', '2024-01-10 15:00Z')`, [series]);
    await db.pool.query(`insert into stale_day (series_id, day, since) values ($1, '2024-01-10', '2024-01-10 12:00Z')`, [series]);

    const { rows } = await db.pool.query<{ bucket: string; max: number }>('select bucket, max from rollup_1h where series_id = $1 and max > 999', [series]);

    expect(rows).toEqual([{ bucket: '2024-01-10T15:00:00Z', max: 1000 }]);
    await db.pool.query(`update stale_day set since = '2024-01-10' where series_id = $1`, [series]);
    await refreshStaleDays(db.store);
  });

  it('forgets a rollup whose readings are all gone', async () => {
    const [series = 0] = await createSeries(1);
    await write(db.pool, series, '2024-01-12 00:00Z', '2024-01-12 02:00Z', '1 minute');
    await refreshStaleDays(db.store);
    await db.pool.query(`delete from reading where series_id = $1 and time >= '2024-01-12 01:00Z'`, [series]);
    await db.pool.query(`insert into stale_day (series_id, day, since) values ($1, '2024-01-12', '2024-01-12 01:00Z')`, [series]);

    await expectExact();
    await refreshStaleDays(db.store);

    await expectExact();
    const { rows } = await db.pool.query<{ n: number }>('select n from rollup_1d where series_id = $1', [series]);
    expect(rows).toEqual([{ n: 60 }]);
  });

  it.each(['a day that was not stale', 'a day that was stale already'])('stays exact when a writer is held open across a refresh of %s', async (kind) => {
    const [series = 0] = await createSeries(1);
    await write(db.pool, series, '2024-01-20 00:00Z', '2024-01-21 00:00Z', '1 minute');
    if (kind === 'a day that was not stale') await refreshStaleDays(db.store);
    const writer = await db.store.writePool.connect();
    try {
      await writer.query('begin');
      await write(writer, series, '2024-01-20 06:00Z', '2024-01-20 07:00Z', '20 seconds');
      // Something else is stale too, so that the refresh really works on this window.
      await write(db.pool, (await createSeries(1))[0] ?? 0, '2024-01-20 00:00Z', '2024-01-22 00:00Z', '1 minute');

      await refreshStaleDays(db.store);
      await expectExact();
      await writer.query('commit');
    } finally {
      writer.release();
    }

    await expectExact();
    const { rows: stale } = await db.pool.query('select from stale_day where series_id = $1', [series]);
    expect(stale).toHaveLength(1);
    await refreshStaleDays(db.store);
    await expectExact();
    const { rows: current } = await db.pool.query('select from stale_day');
    expect(current).toHaveLength(0);
  });

  it('is stale only from what was touched during a refresh on, of a day that is written to all the time', async () => {
    const [series = 0] = await createSeries(1);
    const engine = { ...db.store.engine };
    for (let hour = 0; hour < 4; hour += 1) {
      await write(db.pool, series, `2024-01-25 0${hour}:00Z`, `2024-01-25 0${hour}:30Z`, '1 minute');
      // A load comes while the rollups are being written, in every pass.
      await refreshStaleDays({
        ...db.store,
        engine: {
          ...engine,
          refresh: async (pool, window) => {
            await engine.refresh(pool, window);
            await write(db.pool, series, `2024-01-25 0${hour}:30Z`, `2024-01-25 0${hour + 1}:00Z`, '1 minute');
          },
        },
      });

      const { rows } = await db.pool.query<{ since: string }>('select since from stale_day where series_id = $1', [series]);
      expect(rows).toEqual([{ since: `2024-01-25T0${hour}:30:00Z` }]);
      await expectExact();
    }
    // One that goes back.
    await write(db.pool, series, '2024-01-25 01:00Z', '2024-01-25 01:10Z', '1 minute');
    await expectExact();
    await refreshStaleDays(db.store);
    await expectExact();
    expect((await db.pool.query('select from stale_day where series_id = $1', [series])).rows).toHaveLength(0);
  });

  it('stays exact while two refreshers and four writers work at once', async () => {
    const series = await createSeries(4);
    const writers = series.map(async (id) => {
      for (let round = 0; round < 8; round++) {
        await write(db.pool, id, `2024-01-2${(round % 4) + 2} 00:0${round}Z`, `2024-01-2${(round % 4) + 4} 0${round}:00Z`, '3 minutes');
      }
    });
    let writing = true;
    const refreshers = [1, 2].map(async () => {
      while (writing) await refreshStaleDays(db.store);
    });
    await Promise.all(writers);
    await expectExact();
    writing = false;
    await Promise.all(refreshers);

    await expectExact();
    await refreshStaleDays(db.store);
    await expectExact();
  });

  it('never misses what a refresh moves from readings to rollups while a question is being planned', async () => {
    const [series = 0] = await createSeries(1);
    const window = { from: Date.UTC(1990, 0) * 1000, to: Date.UTC(1992, 0) * 1000 };
    const months = Array.from({ length: 24 }, (_, month) => Date.UTC(1990, month) * 1000);
    await db.store.engine.makeRoom(db.store.writePool, months);
    await write(db.pool, series, '1990-01-01 00:00Z', '1992-01-01 00:00Z', '1 day');
    const plan = planAggregate({ bucket: parseBucket('1y', 'bucket'), zone: 'UTC', window });
    const question = {
      seriesIds: [series],
      groups: [0],
      sensorRanks: [0],
      plan,
      measures: { count: true, sum: false, avg: false, extremes: false, stddev: false, firstLast: false, percentiles: [], averages: [], timesIn: [] },
      isCut: false,
      held: null,
    };
    const counts = new Set<number>();
    let refreshing = true;
    const asking = [1, 2].map(async () => {
      while (refreshing) {
        const { results } = await selectAggregates(db.store.readPool, question);
        counts.add(results[0]?.values.count.reduce((sum, count) => sum + count, 0) ?? 0);
      }
    });

    await refreshStaleDays(db.store);
    refreshing = false;
    await Promise.all(asking);

    expect([...counts]).toEqual([730]);
  });

  it('keeps a bounded number of statements in a connection, however many kinds of questions there are', async () => {
    const [series = 0] = await createSeries(1);
    const window = { from: Date.UTC(1990, 0) * 1000, to: Date.UTC(1990, 1) * 1000 };
    const client = await db.store.readPool.connect();
    try {
      for (const bucket of ['15m', '1h', '1d']) {
        const plan = planAggregate({ bucket: parseBucket(bucket, 'bucket'), zone: 'UTC', window });
        for (let kind = 0; kind < 64; kind++) {
          const [sum, avg, extremes, stddev, firstLast, isCut] = [1, 2, 4, 8, 16, 32].map((bit) => (kind & bit) > 0) as [
            boolean,
            boolean,
            boolean,
            boolean,
            boolean,
            boolean,
          ];
          await selectAggregates(client, {
            seriesIds: [series],
            groups: [0],
            sensorRanks: [0],
            plan,
            measures: { count: true, sum, avg, extremes, stddev, firstLast, percentiles: [], averages: [], timesIn: [] },
            isCut,
            held: null,
          });
        }
      }
      const { rows } = await client.query<{ count: number }>('select count(*)::int as count from pg_prepared_statements');

      expect(rows[0]?.count).toBeLessThanOrEqual(40);
    } finally {
      client.release();
    }
  });

  it('takes 100,000 corrections in days that were refreshed, and in compressed chunks where the engine compresses', async () => {
    const start = Date.UTC(2023, 4, 1);
    const minutes = 25_000;
    const sensors = ['c1', 'c2', 'c3', 'c4'];
    const readings = (offset: number) =>
      sensors.flatMap((sensor) =>
        Array.from({ length: minutes }, (_, i) => ({
          sensor,
          metric: 'temperature',
          time: new Date(start + i * 60_000).toISOString(),
          value: (i % 100) / 4 + offset,
        })),
      );
    await ingest(db.store, recordsOf(readings(0)), { register: true });
    await refreshStaleDays(db.store);
    if (db.store.engine.name === 'timescale') await db.pool.query(`select compress_chunk(c) from show_chunks('reading') as c`);

    const summary = await ingest(db.store, recordsOf(readings(0.5)), { register: true });

    expect(summary).toMatchObject({ received: 100_000, loaded: 0, corrected: 100_000, unchanged: 0, rejectedCount: 0 });
    await expectExact();
    await refreshStaleDays(db.store);
    await expectExact();
    const { rows } = await db.pool.query<{ sum: number }>(
      `select sum(r.sum) as sum from rollup_1d as r join series as s on s.id = r.series_id where s.sensor_id = any ($1)`,
      [sensors],
    );
    expect(rows[0]?.sum).toBeCloseTo(
      readings(0.5).reduce((sum, reading) => sum + reading.value, 0),
      6,
    );
  });
});

describeEachEngine('the upkeep of the store', (db) => {
  it('is set up once, however often gateways start, and works by night', async () => {
    const { engine, writePool } = db.store;

    const zone = 'Asia/Seoul';
    await Promise.all([engine.maintain(writePool, zone), engine.maintain(writePool, zone)]);
    await engine.maintain(writePool, zone);

    const { rows } = await db.pool.query<{ hasJobs: boolean }>(`select to_regclass('timescaledb_information.jobs') is not null as "hasJobs"`);
    expect(rows).toEqual([{ hasJobs: engine.name === 'timescale' }]);
    if (engine.name === 'timescale') {
      const { rows: policies } = await db.pool.query(`
        select (config ->> 'compress_after')::interval = interval '30 days' as "afterAMonth", schedule_interval = interval '1 day' as "isDaily",
               next_start > now() as "isLater", to_char(next_start at time zone '${zone}', 'HH24:MI') as "startsAt"
          from timescaledb_information.jobs where proc_name = 'policy_compression' and hypertable_name = 'reading'`);
      expect(policies).toEqual([{ afterAMonth: true, isDaily: true, isLater: true, startsAt: '03:00' }]);
    }
  });
});
