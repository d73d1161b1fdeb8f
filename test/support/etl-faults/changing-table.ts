import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Random } from '../random.ts';

/** A table of another application, which changes all the time. */
export interface ChangingTable {
  /** Ends the changes, once those under way are committed. */
  stop(): Promise<void>;
}

const SENSORS = 20;
const WRITERS = 3;
const STEPS_BETWEEN_CORRECTIONS = 4;
/** Commits come so late after their rows say when they were changed, now and then. */
const LATE_S = 1.5;

/** Creates `plant.sample` and lets several writers add to it and correct what they added, each in transactions that commit out of order. What fails is done again. */
export async function openChangingTable(pool: pg.Pool, random: Random): Promise<ChangingTable> {
  await pool.query('create schema plant');
  await pool.query('create table plant.sample (sensor text, time timestamptz, value float8, changed_at timestamptz, primary key (sensor, time))');
  await pool.query('create index on plant.sample (changed_at, time, sensor)');
  const stopping = new AbortController();
  const writing = Array.from({ length: WRITERS }, (_, writer) => write(pool, writer, random, stopping.signal));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(writing);
    },
  };
}

async function write(pool: pg.Pool, writer: number, random: Random, stopping: AbortSignal): Promise<void> {
  for (let step = 0; !stopping.aborted; step += 1) {
    // One of the steps before is corrected.
    const steps = step > 0 && step % STEPS_BETWEEN_CORRECTIONS === 0 ? [step, Math.floor(random.next() * step)] : [step];
    const lateS = random.next() < 0.2 ? random.next() * LATE_S : 0;
    const value = 20 + Math.floor(random.next() * 1000) / 100;
    await untilDone(() => change(pool, writer, steps, value, lateS));
    await sleep(20 + random.next() * 100);
  }
}

async function change(pool: pg.Pool, writer: number, steps: readonly number[], value: number, lateS: number): Promise<void> {
  await pool.query(
    `with changed as (
       insert into plant.sample
       select 'f-' || sensor, timestamptz '2026-01-01' + step * interval '1 minute' + $1::int * interval '1 second', $3::float8 + sensor, clock_timestamp()
         from generate_series(1, ${SENSORS}) as sensor, unnest($2::int[]) as step
           on conflict (sensor, time) do update set value = excluded.value, changed_at = excluded.changed_at
       returning 1)
     select count(*), pg_sleep($4) from changed`,
    [writer, steps, value, lateS],
  );
}

async function untilDone(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch {
      // The server is away.
      await sleep(200);
    }
  }
}

/** What of the table is not in the store as it is there, and what the store has beside it. */
export async function compareWithTable(pool: pg.Pool): Promise<Readonly<Record<string, number>>> {
  const { rows } = await pool.query<Record<string, number>>(`
    with stored as (
      select series.sensor_id as sensor, reading.time, reading.value from reading join series on series.id = reading.series_id where not derived)
    select count(*) filter (where stored.time is null)::int as lost,
           count(*) filter (where sample.time is null)::int as unexpected,
           count(*) filter (where stored.value <> sample.value)::int as wrong,
           count(sample.time)::int as rows
      from plant.sample
      full join stored using (sensor, time)`);
  return rows[0] ?? {};
}
