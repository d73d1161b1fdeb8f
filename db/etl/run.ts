import { type Pool, type Queryable, withTransaction } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { ALIVE } from './instance.ts';
import { QUEUE_SCHEMA } from './queue-job.ts';
import { type RunClaim, RunLostError } from './run-claim.ts';
import type { RunKind } from './run-kind.ts';

/** A run to be queued. */
export interface NewRun {
  readonly jobId: string;
  readonly kind: RunKind;
  readonly scheduledFor: Instant | null;
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly dryRun: boolean;
  readonly dueAt: Instant;
}

/** A run as whoever works on it needs it. */
export interface RunTask {
  readonly id: number;
  readonly jobId: string;
  readonly kind: RunKind;
  /** Whether it waits for its turn, or for its next attempt. */
  readonly isQueued: boolean;
  readonly scheduledFor: Instant | null;
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly dryRun: boolean;
  readonly attempt: number;
  /** How many attempts before this one failed. */
  readonly failures: number;
  readonly instanceId: number | null;
  readonly dueAt: Instant;
  /** Of a backfill: up to where whole chunks are done. */
  readonly doneUntil: Instant | null;
}

/** How an attempt that is not to be repeated ended. */
export interface RunEnd {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly at: Instant;
  readonly code: string | null;
  readonly error: string | null;
}

/** First number of the advisory locks under which runs of a job are claimed one after the other; the second is of the job's id. */
const CLAIM_LOCKS = 0x7468726f; // "thro"

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`;

const TASK = `id, job_id as "jobId", kind, state = 'QUEUED' as "isQueued", ${micros('scheduled_for')} as "scheduledFor", ${micros('from_time')} as "from", ${micros('to_time')} as "to",
         dry_run as "dryRun", attempt, failures, instance_id as "instanceId", ${micros('due_at')} as "dueAt", ${micros('done_until')} as "doneUntil"`;

const text = (instant: Instant | null) => (instant === null ? null : formatInstant(instant));

/** Queues a run; null where the tick has one already. */
export async function insertRun(db: Queryable, run: NewRun): Promise<number | null> {
  const { rows } = await db.query<{ id: number }>({
    name: 'insert_run',
    text: `
      with inserted as (
        insert into etl_run (job_id, kind, scheduled_for, from_time, to_time, dry_run, due_at, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7)
            on conflict (job_id, scheduled_for) where kind = 'SCHEDULED' do nothing
        returning id)
      select id, pg_notify('thermograph_etl', id::text)::text as notified from inserted`,
    values: [run.jobId, run.kind, text(run.scheduledFor), text(run.from), text(run.to), run.dryRun, formatInstant(run.dueAt)],
  });
  return rows[0]?.id ?? null;
}

/** Who wants a run, and which attempt of it. */
export interface RunClaiming {
  readonly runId: number;
  /** The number of attempts that it must have had; null: any. */
  readonly attempt: number | null;
  readonly instanceId: number;
  readonly at: Instant;
}

/**
 * Makes a queued run the next attempt of an instance. null: it is not queued, or its job is at another run that fetches what is new, of which there is one at a time.
 * A run by the schedule that has no beginning yet begins where those before it ended. The caller's transaction holds the job until it ends.
 */
export async function claimRun(db: Queryable, claim: RunClaiming): Promise<RunTask | null> {
  await db.query({
    name: 'lock_job_of_run',
    text: `select pg_advisory_xact_lock(${CLAIM_LOCKS}, hashtext(job_id)) from etl_run where id = $1`,
    values: [claim.runId],
  });
  const { rows } = await db.query<RunTask>({
    name: 'claim_run',
    text: `
      with claimed as (
        update etl_run as run
           set state = 'RUNNING', attempt = attempt + 1, instance_id = $2, started_at = coalesce(started_at, $3), error_code = null, error = null,
               from_time = case when kind = 'SCHEDULED' and attempt = 0 then coalesce(from_time, (select least(done_until, run.to_time) from etl_schedule where job_id = run.job_id and done_until is not null)) else from_time end
         where id = $1 and state = 'QUEUED' and attempt = coalesce($4, attempt)
           and (kind in ('BACKFILL', 'STREAM')
                or not exists (select from etl_run as other where other.job_id = run.job_id and other.state = 'RUNNING' and other.kind in ('SCHEDULED', 'MANUAL')))
        returning *)
      select ${TASK}, pg_notify('thermograph_etl', id::text)::text as notified from claimed`,
    values: [claim.runId, claim.instanceId, formatInstant(claim.at), claim.attempt],
  });
  return rows[0] ?? null;
}

/** Ends a run, if it is still this attempt's; of one by the schedule that succeeded also notes how far the schedule is done. What was kept to validate it and to go on with it is deleted. */
export function finishRun(pool: Pool, claim: RunClaim, end: RunEnd): Promise<boolean> {
  return withTransaction(pool, (client) => finishRunIn(client, claim, end));
}

/** The same, in a transaction of the caller's. */
export async function finishRunIn(db: Queryable, claim: RunClaim, end: RunEnd): Promise<boolean> {
  const { rows } = await db.query<{ id: number }>({
    name: 'finish_run',
    text: `
      with finished as (
        update etl_run
           set state = $4, finished_at = $5, error_code = $6, error = $7, progress = case when $4 = 'SUCCEEDED' and progress is not null then 1 else progress end
         where id = $1 and attempt = $2 and instance_id = $3 and state = 'RUNNING'
        returning id, job_id, kind, to_time),
      advanced as (
        update etl_schedule
           set done_until = greatest(etl_schedule.done_until, finished.to_time)
          from finished
         where etl_schedule.job_id = finished.job_id and finished.kind = 'SCHEDULED' and $4 = 'SUCCEEDED')
      select id, pg_notify('thermograph_etl', id::text)::text as notified from finished`,
    values: [claim.runId, claim.attempt, claim.instanceId, end.state, formatInstant(end.at), end.code, end.error],
  });
  if (rows.length !== 1) return false;
  // A statement of its own: it sees what a batch committed while the one before waited for the row of the run. No batch of the run is committed after it.
  await db.query({
    name: 'forget_run',
    text: `
      with positions as (
        delete from etl_run_position where run_id = $1)
      delete from batch_sum where run_id = $1`,
    values: [claim.runId],
  });
  return true;
}

/** When a run is attempted again, and why. `failed` 0: the attempt was cut short by no fault of its own, and as many are left as before. */
export interface PutBack {
  readonly dueAt: Instant;
  readonly failed: 0 | 1;
  readonly code: string | null;
  readonly error: string | null;
}

/** Puts a run back to be attempted again, if it is still this attempt's. */
export async function putRunBack(db: Queryable, claim: RunClaim, { dueAt, failed, code, error }: PutBack): Promise<boolean> {
  const { rows } = await db.query<{ id: number }>({
    name: 'put_run_back',
    text: `
      with waiting as (
        update etl_run
           set state = 'QUEUED', due_at = $4, failures = failures + $7, error_code = $5, error = $6
         where id = $1 and attempt = $2 and instance_id = $3 and state = 'RUNNING'
        returning id)
      select id, pg_notify('thermograph_etl', id::text)::text as notified from waiting`,
    values: [claim.runId, claim.attempt, claim.instanceId, formatInstant(dueAt), code, error, failed],
  });
  return rows.length === 1;
}

/** Makes a run that is under way the next attempt of the same instance, after one that failed; false where it is not this attempt's any more. */
export async function beginNextAttempt(db: Queryable, claim: RunClaim, { code, error }: Pick<RunEnd, 'code' | 'error'>): Promise<boolean> {
  const { rows } = await db.query<{ id: number }>({
    name: 'begin_next_attempt',
    text: `
      with begun as (
        update etl_run
           set attempt = attempt + 1, failures = failures + 1, error_code = $4, error = $5
         where id = $1 and attempt = $2 and instance_id = $3 and state = 'RUNNING'
        returning id)
      select id, pg_notify('thermograph_etl', id::text)::text as notified from begun`,
    values: [claim.runId, claim.attempt, claim.instanceId, code, error],
  });
  return rows.length === 1;
}

/**
 * Keeps a run this attempt's until the transaction ends, which may count to it. What belongs to a run is written once it is held: who ends a run locks it first, and then
 * deletes that. Throws RunLostError where it is not any more.
 */
export async function holdRun(db: Queryable, claim: RunClaim): Promise<void> {
  const { rowCount } = await db.query({
    name: 'hold_run',
    text: `select from etl_run where id = $1 and attempt = $2 and instance_id = $3 and state = 'RUNNING' for no key update`,
    values: [claim.runId, claim.attempt, claim.instanceId],
  });
  if (rowCount !== 1) throw new RunLostError(claim);
}

/** Tells how far a run has come, from 0 to 1, if it is still this attempt's. */
export async function updateRunProgress(db: Queryable, claim: RunClaim, progress: number | null): Promise<void> {
  await db.query({
    name: 'update_run_progress',
    text: `
      with told as (update etl_run set progress = $4 where id = $1 and attempt = $2 and instance_id = $3 and state = 'RUNNING' returning id)
      select pg_notify('thermograph_etl', id::text)::text from told`,
    values: [claim.runId, claim.attempt, claim.instanceId, progress],
  });
}

/** What a run has counted so far, over all of its attempts. */
export async function selectRunCounts(db: Queryable, runId: number): Promise<{ readonly received: number; readonly rejected: number }> {
  const { rows } = await db.query<{ received: number; rejected: number }>({
    name: 'select_run_counts',
    text: 'select received, rejected from etl_run where id = $1',
    values: [runId],
  });
  return rows[0] ?? { received: 0, rejected: 0 };
}

/** A run, by its number; null where there is none. */
export async function selectRunTask(db: Queryable, id: number): Promise<RunTask | null> {
  const { rows } = await db.query<RunTask>({ name: 'select_run_task', text: `select ${TASK} from etl_run where id = $1`, values: [id] });
  return rows[0] ?? null;
}

/** Runs that an instance was at when it died: RUNNING, and the instance's lock is free. */
export async function selectOrphanedRuns(db: Queryable): Promise<readonly RunTask[]> {
  const { rows } = await db.query<RunTask>({
    name: 'select_orphaned_runs',
    text: `
      with alive as materialized (${ALIVE})
      select ${TASK}
        from etl_run
       where state = 'RUNNING' and instance_id not in (select id from alive)
       order by id`,
    values: [],
  });
  return rows;
}

/** An attempt that is under way, and since when. */
export interface RunningAttempt {
  readonly id: number;
  readonly jobId: string;
  readonly instanceId: number;
  readonly begunAt: Instant;
}

/** Attempts to fetch what is new that are under way and have come to their first step. */
export async function selectRunningAttempts(db: Queryable): Promise<readonly RunningAttempt[]> {
  const { rows } = await db.query<RunningAttempt>({
    name: 'select_running_attempts',
    text: `
      select run.id, run.job_id as "jobId", run.instance_id as "instanceId", ${micros('min(step.started_at)')} as "begunAt"
        from etl_run as run
        join etl_step as step on step.run_id = run.id and step.attempt = run.attempt
       where run.state = 'RUNNING' and run.kind in ('SCHEDULED', 'MANUAL')
       group by run.id`,
    values: [],
  });
  return rows;
}

/** Runs that wait for their next attempt, for which the queue has no job. */
export async function selectForgottenRuns(db: Queryable): Promise<readonly RunTask[]> {
  const { rows } = await db.query<RunTask>({
    name: 'select_forgotten_runs',
    text: `
      select ${TASK}
        from etl_run as run
       where state = 'QUEUED' and kind <> 'STREAM'
         and not exists (select from ${QUEUE_SCHEMA}.jobs as job where job.key = 'run:' || run.id || ':' || run.attempt and job.attempts < job.max_attempts)
       order by id`,
    values: [],
  });
  return rows;
}
