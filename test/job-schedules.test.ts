import { expect, it } from 'vitest';
import { formatInstant, type Instant, MICROS_PER_HOUR, MICROS_PER_MINUTE } from '../db/time/instant.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import type { Job } from '../etl/jobs/job.ts';
import { installQueue } from '../etl/jobs/queue.ts';
import { scheduleDue } from '../etl/jobs/schedule-due.ts';
import { useDatabase } from './support/database.ts';
import { jobOf, SILENT } from './support/jobs/jobs.ts';
import { simulatedClock } from './support/jobs/simulated-clock.ts';

const db = useDatabase();
const MIDNIGHT = parseRfc3339('2024-05-01T00:00:00Z') ?? 0;
const clock = simulatedClock(MIDNIGHT);
let jobs = 0;

/** A job that the schedule has met half an hour before. */
async function metJob(yaml = ''): Promise<Job> {
  await installQueue(db.store, SILENT);
  const job = jobOf(`job-${++jobs}`, yaml);
  clock.advanceTo(nextHour() + 30 * MICROS_PER_MINUTE);
  await schedule(job);
  return job;
}

function nextHour(): Instant {
  return Math.ceil(clock.now() / MICROS_PER_HOUR) * MICROS_PER_HOUR;
}

function schedule(...some: readonly Job[]): Promise<void> {
  return scheduleDue({ store: db.store, log: SILENT, clock }, some);
}

async function runsOf({ id }: Job): Promise<readonly unknown[]> {
  const { rows } = await db.pool.query<{ scheduledFor: string; to: string; jobs: number }>(
    `select scheduled_for as "scheduledFor", to_time as "to", (select count(*) from graphile_worker.jobs where key = 'run:' || run.id || ':0') as jobs
       from etl_run as run where job_id = $1 order by id`,
    [id],
  );
  return rows;
}

const missesOf = async ({ id }: Job) =>
  (await db.pool.query<{ tick: string }>('select scheduled_for as tick from sla_miss where job_id = $1 order by 1', [id])).rows.map(({ tick }) => tick);

it('begins with the first tick after a job is declared, and queues one run for a tick, however many instances look', async () => {
  const job = await metJob();
  expect(await runsOf(job)).toEqual([]);

  clock.advanceTo(nextHour());
  await Promise.all([schedule(job), schedule(job), schedule(job)]);
  await schedule(job);

  const tick = formatInstant(clock.now());
  expect(await runsOf(job)).toEqual([{ scheduledFor: tick, to: tick, jobs: 1 }]);
});

it('queues one run for all ticks that nobody was there for, of the newest of them', async () => {
  const job = await metJob();
  clock.advanceTo(nextHour() + 5 * MICROS_PER_HOUR + MICROS_PER_MINUTE);

  await schedule(job);

  const newest = formatInstant(clock.now() - MICROS_PER_MINUTE);
  expect(await runsOf(job)).toEqual([{ scheduledFor: newest, to: newest, jobs: 1 }]);
});

it('tells once of each tick for which no run had succeeded in time', async () => {
  const job = await metJob('limits: { sla: 20m }');
  const tick = nextHour();
  clock.advanceTo(tick);
  await schedule(job);

  clock.advanceTo(tick + 20 * MICROS_PER_MINUTE);
  await schedule(job);
  expect(await missesOf(job)).toEqual([]);
  clock.advanceTo(tick + 21 * MICROS_PER_MINUTE);
  await Promise.all([schedule(job), schedule(job)]);
  await schedule(job);
  expect(await missesOf(job)).toEqual([formatInstant(tick)]);
});

it('tells of no tick whose run succeeded in time, or is covered by a later one that did', async () => {
  const job = await metJob('limits: { sla: 90m }');
  const tick = nextHour();
  clock.advanceTo(tick + MICROS_PER_HOUR);
  await schedule(job);
  await db.pool.query(`update etl_run set state = 'SUCCEEDED', finished_at = $2 where job_id = $1`, [job.id, formatInstant(tick + 80 * MICROS_PER_MINUTE)]);

  clock.advanceTo(tick + 2 * MICROS_PER_HOUR - MICROS_PER_MINUTE);
  await schedule(job);

  expect(await missesOf(job)).toEqual([]);
});

it('leaves jobs alone that are disabled, and lets them begin anew when they are enabled', async () => {
  const job = await metJob('enabled: false');
  clock.advanceTo(nextHour() + 3 * MICROS_PER_HOUR);
  await schedule(job);
  expect(await runsOf(job)).toEqual([]);

  const enabled = { ...job, enabled: true };
  await schedule(enabled);
  expect(await runsOf(job)).toEqual([]);
  clock.advanceTo(clock.now() + MICROS_PER_HOUR);
  await schedule(enabled);
  expect(await runsOf(job)).toHaveLength(1);
});
