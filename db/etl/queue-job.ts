import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { ALIVE } from './instance.ts';
import type { RunKind } from './run-kind.ts';

/** The schema in which the queue keeps itself. */
export const QUEUE_SCHEMA = 'graphile_worker';

/** The one task of the queue: to attempt a run. */
export const RUN_TASK = 'thermograph_run';

/** Stands at what the queue gives only to workers that take backfills. */
export const BACKFILL_FLAG = 'backfill';

/** A run to be attempted. */
export interface QueueJob {
  readonly runId: number;
  readonly jobId: string;
  /** The number of its attempts so far: what was queued for an earlier one is not taken for this. */
  readonly attempt: number;
  readonly kind: RunKind;
  /** By the database's clock. */
  readonly runAt: Instant;
}

/**
 * Puts the next attempt of a run into the queue, in the transaction that made it due. One that is there already is moved; one that is being worked on at this moment is left to its end and a new one added.
 * Runs of a job follow one another, but a backfill is a line of its own, so that it holds up nothing that is new.
 */
export async function addQueueJob(db: Queryable, { runId, jobId, attempt, kind, runAt }: QueueJob): Promise<void> {
  const isBackfill = kind === 'BACKFILL';
  await db.query({
    name: 'add_queue_job',
    text: `
      select ${QUEUE_SCHEMA}.add_job($1, json_build_object('run', $2::bigint, 'attempt', $8::int), queue_name := $3, run_at := $4::timestamptz, job_key := $5, priority := $6, flags := $7::text[])`,
    values: [
      RUN_TASK,
      runId,
      `${isBackfill ? 'backfill' : 'run'}:${jobId}`,
      formatInstant(runAt),
      `run:${runId}:${attempt}`,
      isBackfill ? 10 : 0,
      isBackfill ? [BACKFILL_FLAG] : null,
      attempt,
    ],
  });
}

/** A job of the queue that nobody will end, and the name under which it is locked. */
export interface DeadQueueJob {
  readonly id: number;
  readonly pool: string;
}

/** Jobs of the queue that are locked by workers whose instance is dead. */
export async function selectDeadJobs(db: Queryable): Promise<readonly DeadQueueJob[]> {
  const { rows } = await db.query<DeadQueueJob>({
    name: 'select_dead_jobs',
    text: `
      with alive as materialized (${ALIVE})
      select id, locked_by as pool
        from ${QUEUE_SCHEMA}.jobs
       where locked_by is not null and locked_by not in (select pool from etl_instance join alive using (id) where pool is not null)`,
    values: [],
  });
  return rows;
}

/**
 * Takes jobs of dead workers out of the queue, and frees the lines that they held. They are not given to others: the queue ends a job by its number alone, so a worker that was only taken
 * for dead would end the job of whoever works on it now, and its line would stay held for good. What is left of their runs is queued anew. In a transaction of the caller's.
 */
export async function removeDeadJobs(db: Queryable, jobs: readonly DeadQueueJob[]): Promise<void> {
  await db.query({
    name: 'unlock_pools',
    text: `select ${QUEUE_SCHEMA}.force_unlock_workers($1::text[])`,
    values: [[...new Set(jobs.map(({ pool }) => pool))]],
  });
  await db.query({ name: 'remove_jobs', text: `select from ${QUEUE_SCHEMA}.complete_jobs($1::bigint[])`, values: [jobs.map(({ id }) => id)] });
}

/** Whether the queue is installed. */
export async function hasQueue(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>({
    name: 'has_queue',
    text: `select to_regclass($1) is not null as found`,
    values: [`${QUEUE_SCHEMA}.jobs`],
  });
  return rows[0]?.found === true;
}
