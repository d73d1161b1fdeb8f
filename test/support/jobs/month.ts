import { setTimeout as sleep } from 'node:timers/promises';
import { formatInstant, type Instant } from '../../../db/time/instant.ts';
import type { RunContext } from '../../../etl/connect/connector.ts';
import { parseJob } from '../../../etl/jobs/job.ts';
import { ticksBetween } from '../../../etl/jobs/ticks.ts';
import type { TestDatabase } from '../database.ts';
import { createRandom } from '../random.ts';
import { drawFaults, type Fault } from './month-faults.ts';
import { MonthInstance, type MonthInstanceOptions } from './month-instance.ts';
import { simulatedClock } from './simulated-clock.ts';

/** How long the month is, and which one. */
export interface MonthOptions {
  readonly database: TestDatabase;
  readonly start: Instant;
  readonly end: Instant;
  readonly seed: number;
}

/** What was lived through. */
export interface Month {
  readonly ticks: readonly Instant[];
  readonly faults: Readonly<Record<string, number>>;
  readonly instances: number;
}

/** Asked for a window, and followed by a position. Attempts and batches are small, so that much can go wrong between them. */
export const MONTH_JOBS = [
  parseJob(
    'source: { kind: http, url: http://127.0.0.1:9/never }\ntimezone: Europe/Berlin\nmapping: { register: true }\nlimits: { batchSize: 10 }',
    'windowed.yaml',
    {},
  ),
  parseJob('source: { kind: files, paths: never }\ntimezone: Europe/Berlin\nmapping: { register: true }\nlimits: { batchSize: 10 }', 'followed.yaml', {}),
];

/** Nobody is there at every so many ticks, for so many. */
const DOWN_EVERY = 97;
const DOWN_FOR = 4;
/** A tick that does not come to rest for so long never does. */
const PATIENCE_MS = 30_000;

/** Lets two instances run two jobs by the hour in simulated time, while everything goes wrong. */
export async function liveThrough({ database, start, end, seed }: MonthOptions): Promise<Month> {
  const clock = simulatedClock(start);
  const random = createRandom(seed);
  const hourly = { schedule: '0 * * * *', timezone: 'Europe/Berlin' };
  const ticks = ticksBetween(hourly, start, end);
  const faultAt = drawFaults(random);
  const faults: Record<string, number> = {};
  const hangs: { readonly instance: MonthInstance; readonly fault: Fault }[] = [];
  let started = 0;
  const options: Omit<MonthInstanceOptions, 'host'> = {
    database,
    jobs: MONTH_JOBS,
    clock,
    start,
    faultOf: ({ job, window, claim }: RunContext) => {
      // The last tick brings what is missing.
      const fault = window.to === null || window.to === ticks.at(-1) ? null : faultAt(job.id, window.to, claim?.attempt ?? 0);
      if (fault !== null) faults[fault] = (faults[fault] ?? 0) + 1;
      return fault;
    },
    onHang: (instance, fault) => hangs.push({ instance, fault }),
  };
  const startInstance = () => MonthInstance.start({ ...options, host: `instance-${++started}` });
  const instances = [await startInstance(), await startInstance()];
  const dead: MonthInstance[] = [];

  const doWhatHangs = async () => {
    for (const { instance, fault } of hangs.splice(0)) {
      if (fault === 'timeout') clock.advanceTo(clock.now() + 30 * 60_000_000);
      if (fault === 'network parted') await instance.part();
      if (fault === 'place lost') await instance.unseat();
      if (fault === 'instance killed' && !instance.isDead) {
        await instance.kill();
        dead.push(...instances.splice(instances.indexOf(instance), 1));
        instances.push(await startInstance());
      }
    }
  };
  let lastFailure: unknown = null;
  const untilRest = async () => {
    const startedMs = performance.now();
    for (;;) {
      await doWhatHangs();
      await Promise.all(instances.map(({ passes }) => passes.pass().catch((error: unknown) => (lastFailure = error))));
      const { busy, next } = await look(database, clock.now());
      if (busy === 0 && next === null) return;
      if (busy === 0 && next !== null) clock.advanceTo(next);
      else await sleep(5);
      await moveQueue(database, clock.now());
      if (performance.now() - startedMs > PATIENCE_MS)
        throw new Error(`at ${formatInstant(clock.now())} runs do not come to an end: ${await unfinished(database)}; passes fail with ${String(lastFailure)}`);
    }
  };
  try {
    await Promise.all(instances.map(({ passes }) => passes.pass()));
    for (const [number, tick] of ticks.entries()) {
      const isDown = number % DOWN_EVERY >= DOWN_EVERY - DOWN_FOR && number < ticks.length - 1;
      clock.advanceTo(tick);
      if (!isDown) await untilRest();
    }
    clock.advanceTo(end);
    await untilRest();
  } finally {
    for (const instance of [...dead, ...instances]) await instance.close();
  }
  return { ticks, faults, instances: started };
}

/** How many runs are under way or due, and when the next one is that waits for its attempt. */
async function look(database: TestDatabase, present: Instant): Promise<{ readonly busy: number; readonly next: Instant | null }> {
  const { rows } = await database.pool.query<{ busy: number; next: number | null }>(
    `select count(*) filter (where state = 'RUNNING' or due_at <= $1) as busy, (extract(epoch from min(due_at) filter (where state = 'QUEUED' and due_at > $1)) * 1000000)::bigint as next
       from etl_run where state in ('QUEUED', 'RUNNING')`,
    [formatInstant(present)],
  );
  return rows[0] ?? { busy: 0, next: null };
}

/** What runs, queue and instances look like, for whoever has to find out why a run does not end. */
async function unfinished(database: TestDatabase): Promise<string> {
  const { rows } = await database.pool.query<{ state: string }>(`
    select json_build_object(
      'runs', (select json_agg(run) from (select id, job_id, kind, state, attempt, failures, instance_id, due_at, error from etl_run where state in ('QUEUED', 'RUNNING')) as run),
      'queue', (select json_agg(job) from (select key, queue_name, run_at, now(), attempts, max_attempts, locked_at, locked_by, last_error from graphile_worker.jobs) as job),
      'queues', (select json_agg(q) from graphile_worker._private_job_queues as q),
      'alive', (select json_agg(instance) from etl_instance as instance where exists (select from pg_locks where locktype = 'advisory' and objid = id and classid = ${0x7468726e})))::text as state`);
  return rows[0]?.state ?? '';
}

/** Instead of waiting, what the queue keeps until later is due as soon as the simulated clock says so. */
async function moveQueue(database: TestDatabase, present: Instant): Promise<void> {
  const { rowCount } = await database.pool.query(
    `update graphile_worker._private_jobs as job
        set run_at = now()
       from etl_run as run
      where job.key = 'run:' || run.id || ':' || run.attempt and run.state = 'QUEUED' and run.due_at <= $1 and job.run_at > now() and job.locked_at is null`,
    [formatInstant(present)],
  );
  if ((rowCount ?? 0) > 0) await database.pool.query(`select pg_notify('jobs:insert', '{"count":1}')`);
}
