import { describe, expect, it } from 'vitest';
import { formatInstant, type Instant, MICROS_PER_HOUR } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { availableEngines, type TestDatabase, useDatabase } from './support/database.ts';
import { liveThrough, MONTH_JOBS, type Month } from './support/jobs/month.ts';
import { FAULTS } from './support/jobs/month-faults.ts';
import { measured } from './support/jobs/month-source.ts';

/** Eight hours; ETL_MONTH=31 for a month, in which the clocks go forward, ETL_SEED for the draws of another one. */
const DAYS = Number(process.env.ETL_MONTH ?? 0.35);
const SEED = Number(process.env.ETL_SEED ?? Math.floor(Math.random() * 1_000_000));
const END = parseRfc3339('2024-03-31T22:30:00Z') ?? 0;
const START = END - DAYS * 24 * MICROS_PER_HOUR;

describe.each(availableEngines())('jobs by the hour, with a fault at every step (%s)', (engine) => {
  const db = useDatabase(engine);

  it(
    `every run ends, no window is missing, no reading is loaded twice: ${DAYS} days, ETL_SEED=${SEED}`,
    async () => {
      const month = await liveThrough({ database: db, start: START, end: END, seed: SEED });

      expect(Object.keys(month.faults).sort()).toEqual([...FAULTS].sort());
      for (const { id } of MONTH_JOBS) {
        const last = month.ticks.at(-1) ?? 0;
        expect(await storedOf(db, id)).toEqual(
          measured(id, START, last)
            .map((reading) => `${reading.sensor} ${reading.time} ${reading.value}`)
            .sort(),
        );
        expect(await gapsOf(db, id, last)).toEqual([]);
        expect(await missesOf(db, id)).toEqual(await reckonedMisses(db, id, month));
      }
      expect(await flaws(db)).toEqual({
        unfinishedRuns: 0,
        unfinishedSteps: 0,
        corrected: 0,
        wronglyCounted: 0,
        readAgainAlthoughFollowed: 0,
        attemptsOverLimit: 0,
      });
      if (DAYS > 2) process.stdout.write(`${await report(db, month)}\n`);
    },
    120_000 + DAYS * 120_000,
  );
});

async function storedOf(db: TestDatabase, jobId: string): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ sensor: string; time: string; value: number }>(
    `select sensor_id as sensor, time, value from reading join series on series.id = series_id where not derived and sensor_id like $1 || '-%'`,
    [jobId],
  );
  return rows.map(({ sensor, time, value }) => `${sensor} ${formatInstant(parseRfc3339(time) ?? 0)} ${value}`).sort();
}

/** Windows of runs that succeeded reach from the beginning to the last tick. One that waited for its next attempt may be overtaken by the run of the next tick, which covers it too. */
async function gapsOf(db: TestDatabase, jobId: string, last: Instant): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ from: string | null; to: string }>(
    `select from_time as "from", to_time as "to" from etl_run where job_id = $1 and state = 'SUCCEEDED' order by to_time`,
    [jobId],
  );
  const gaps: string[] = [];
  let until: string | null = null;
  for (const { from, to } of rows) {
    if (from !== null && (until === null || from > until)) gaps.push(`${until} to ${from}`);
    until = to;
  }
  if (until === null || parseRfc3339(until) !== last) gaps.push(`after ${until}`);
  return gaps;
}

async function missesOf(db: TestDatabase, jobId: string): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ tick: string }>('select scheduled_for as tick from sla_miss where job_id = $1 order by 1', [jobId]);
  return rows.map(({ tick }) => tick);
}

async function reckonedMisses(db: TestDatabase, jobId: string, { ticks }: Month): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ tick: string; finishedAt: string }>(
    `select scheduled_for as tick, finished_at as "finishedAt" from etl_run where job_id = $1 and state = 'SUCCEEDED'`,
    [jobId],
  );
  const successes = rows.map(({ tick, finishedAt }) => ({ tick: parseRfc3339(tick) ?? 0, at: parseRfc3339(finishedAt) ?? 0 }));
  return ticks
    .filter((tick) => tick + MICROS_PER_HOUR < END)
    .filter((tick) => !successes.some((success) => success.tick >= tick && success.at <= tick + MICROS_PER_HOUR))
    .map((tick) => formatInstant(tick));
}

async function flaws(db: TestDatabase): Promise<Readonly<Record<string, number>>> {
  const { rows } = await db.pool.query<Record<string, number>>(`
    select (select count(*) from etl_run where state in ('QUEUED', 'RUNNING')) as "unfinishedRuns",
           (select count(*) from etl_step where finished_at is null) as "unfinishedSteps",
           (select sum(corrected)::bigint from etl_run) as corrected,
           (select count(*)
              from etl_run as run
             where run.loaded <> (select count(*) from reading join batch on batch.id = batch_id where batch.run_id = run.id and not reading.derived)
                or run.loaded <> (select coalesce(sum(batch.loaded), 0) from batch where batch.run_id = run.id)) as "wronglyCounted",
           (select sum(unchanged)::bigint from etl_run where job_id = 'followed') as "readAgainAlthoughFollowed",
           (select count(*) from etl_run where failures > 3) as "attemptsOverLimit"`);
  return rows[0] ?? {};
}

async function report(db: TestDatabase, { ticks, faults, instances }: Month): Promise<string> {
  const { rows } = await db.pool.query(
    `select job_id, state, count(*) as runs, sum(attempt) as attempts, sum(loaded) as loaded, sum(unchanged) as unchanged from etl_run group by 1, 2 order by 1, 2`,
  );
  const misses = await db.pool.query('select count(*) as count from sla_miss');
  return JSON.stringify({ engine: db.engine, seed: SEED, ticks: ticks.length, instances, faults, runs: rows, slaMisses: misses.rows[0] });
}
