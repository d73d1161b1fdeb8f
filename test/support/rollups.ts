import { expect } from 'vitest';
import type { Queryable } from '../../db/pool.ts';
import type { TestDatabase } from './database.ts';

const ROLLUPS = [
  ['rollup_15m', '15 minutes'],
  ['rollup_1h', '1 hour'],
  ['rollup_1d', '1 day'],
] as const;

/** So many series without readings, with room for those of January and February 2024. */
export async function createRefreshedSeries(db: TestDatabase, count: number): Promise<number[]> {
  await db.store.engine.makeRoom(db.store.writePool, [Date.UTC(2024, 0) * 1000, Date.UTC(2024, 1) * 1000]);
  const { rows } = await db.pool.query<{ id: number }>(
    `with device as (insert into sensor (id) select gen_random_uuid()::text from generate_series(1, $1) returning id)
     insert into series (sensor_id, metric_id) select id, 'temperature' from device returning id`,
    [count],
  );
  return rows.map((row) => row.id);
}

/** Readings every `step`, marked as a load marks them. Written in plain SQL so that the store is tested apart from the loading path. */
export async function writeMarked(client: Queryable, series: number, from: string, to: string, step: string): Promise<void> {
  await writeReadings(client, series, from, to, step);
  await markReadings(client, series, from, to, step);
}

/** The first half of `writeMarked`: new readings, and others corrected. */
export async function writeReadings(client: Queryable, series: number, from: string, to: string, step: string): Promise<void> {
  await client.query({
    text: `insert into reading (series_id, time, value)
           select $1, t, 20 + 5 * sin(extract(epoch from t)::float8 / 7000) from generate_series($2::timestamptz, $3::timestamptz - interval '1 microsecond', $4::interval) as t
           on conflict (series_id, time) do update set value = reading.value + 1`,
    values: [series, from, to, step],
  });
}

/** The second half of `writeMarked`: that their days are stale. */
export async function markReadings(client: Queryable, series: number, from: string, to: string, step: string): Promise<void> {
  await client.query({
    text: `insert into stale_day (series_id, day, since, touched_since)
           select $1, (t at time zone 'UTC')::date, min(t), min(t) from generate_series($2::timestamptz, $3::timestamptz - interval '1 microsecond', $4::interval) as t group by 2
           on conflict (series_id, day) do update
             set generation = stale_day.generation + 1, since = least(stale_day.since, excluded.since), touched_since = least(stale_day.touched_since, excluded.touched_since)`,
    values: [series, from, to, step],
  });
}

/** Fails where a rollup differs from what the readings give when they are summarised from scratch. */
export async function expectExactRollups(db: Queryable): Promise<void> {
  for (const [relation, width] of ROLLUPS) {
    const { rows } = await db.query<{ total: number; wrong: number }>({
      text: `
        with truth as (
          select series_id, date_bin('${width}', time, timestamptz '2000-01-01 00:00:00+00') as bucket, count(*) as n, sum(value) as sum, var_samp(value) as variance,
                 min(value) as min, max(value) as max, (array_agg(value order by time))[1] as first, (array_agg(value order by time desc))[1] as last,
                 min(time) as first_time, max(time) as last_time
            from reading group by 1, 2)
        select count(*) as total,
               count(*) filter (where m.series_id is null or t.series_id is null or m.n <> t.n or abs(m.sum - t.sum) > 1e-9 * greatest(1, abs(t.sum))
                 or abs(m.m2 / nullif(m.n - 1, 0) - t.variance) > 1e-9 * greatest(1, t.variance)
                 or m.min <> t.min or m.max <> t.max or m.first <> t.first or m.last <> t.last or m.first_time <> t.first_time or m.last_time <> t.last_time
                 or m.day <> (t.bucket at time zone 'UTC')::date) as wrong
          from ${relation} as m
          full join truth as t using (series_id, bucket)`,
    });
    expect(rows[0]?.wrong, relation).toBe(0);
    expect(rows[0]?.total, relation).toBeGreaterThan(0);
  }
}
