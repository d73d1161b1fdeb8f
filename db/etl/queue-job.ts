import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { ALIVE } from './instance.ts';

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
  readonly isBackfill: 'backfill' | 'live';
  /** By the database's clock. */
  readonly runAt: Instant;
}

/**
 * Puts a run into the queue, in the transaction that made it due. One that is there already is moved; one that is being worked on at this moment is left to its end and a new one added.
 * Runs of a job follow one another, but a backfill is a line of its own, so that it holds up nothing that is new.
 */
export async function addQueueJob(db: Queryable, { runId, jobId, isBackfill, runAt }: QueueJob): Promise<void> {
  const isBehind = isBackfill === 'backfill';
  await db.query({
    name: 'add_queue_job',
    text: `
      select ${QUEUE_SCHEMA}.add_job($1, json_build_object('run', $2::bigint), queue_name := $3, run_at := $4::timestamptz, job_key := $5, priority := $6, flags := $7::text[])`,
    values: [
      RUN_TASK,
      runId,
      `${isBehind ? 'backfill' : 'run'}:${jobId}`,
      formatInstant(runAt),
      `run:${runId}`,
      isBehind ? 10 : 0,
      isBehind ? [BACKFILL_FLAG] : null,
    ],
  });
}

/** Names under which jobs of the queue are locked by workers whose instance is dead. */
export async function selectDeadPools(db: Queryable): Promise<readonly string[]> {
  const { rows } = await db.query<{ pool: string }>({
    name: 'select_dead_pools',
    text: `
      with alive as materialized (${ALIVE})
      select distinct locked_by as pool
        from ${QUEUE_SCHEMA}.jobs
       where locked_by is not null and locked_by not in (select pool from etl_instance join alive using (id) where pool is not null)`,
    values: [],
  });
  return rows.map((row) => row.pool);
}

/** Gives free what workers that are gone have locked. */
export async function unlockPools(db: Queryable, pools: readonly string[]): Promise<void> {
  await db.query({ name: 'unlock_pools', text: `select ${QUEUE_SCHEMA}.force_unlock_workers($1::text[])`, values: [pools] });
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
