import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { type RunClaim, RunLostError } from './run-claim.ts';

/** Notes up to where a backfill is done, so that whoever resumes it begins there, and how far it has come, from 0 to 1; positions in what lies before are forgotten. Throws RunLostError where it is no longer this attempt's. */
export async function advanceBackfill(
  db: Queryable,
  claim: RunClaim,
  { doneUntil, progress }: { readonly doneUntil: Instant; readonly progress: number },
): Promise<void> {
  const { rowCount } = await db.query({
    name: 'advance_backfill',
    text: `
      with advanced as (
        update etl_run set done_until = $4, progress = $5
         where id = $1 and attempt = $2 and instance_id = $3 and state = 'RUNNING'
        returning id),
      left_behind as (
        delete from etl_run_position using advanced where etl_run_position.run_id = advanced.id)
      select pg_notify('thermograph_etl', id::text)::text from advanced`,
    values: [claim.runId, claim.attempt, claim.instanceId, formatInstant(doneUntil), progress],
  });
  if (rowCount !== 1) throw new RunLostError(claim);
}

/** Keeps what a dry run found. Throws RunLostError where it is no longer this attempt's. */
export async function saveWouldChange(db: Queryable, claim: RunClaim, wouldChange: object): Promise<void> {
  const { rowCount } = await db.query({
    name: 'save_would_change',
    text: `
      with told as (
        update etl_run set would_change = $4::jsonb
         where id = $1 and attempt = $2 and instance_id = $3 and state = 'RUNNING'
        returning id)
      select pg_notify('thermograph_etl', id::text)::text from told`,
    values: [claim.runId, claim.attempt, claim.instanceId, JSON.stringify(wouldChange)],
  });
  if (rowCount !== 1) throw new RunLostError(claim);
}

/** An unfinished backfill of a job over a window, newest first; null where there is none. */
export async function selectUnfinishedBackfill(
  db: Queryable,
  wanted: { readonly jobId: string; readonly from: Instant; readonly to: Instant; readonly dryRun: boolean },
): Promise<number | null> {
  const { rows } = await db.query<{ id: number }>({
    name: 'select_unfinished_backfill',
    text: `
      select id from etl_run
       where job_id = $1 and kind = 'BACKFILL' and from_time = $2 and to_time = $3 and dry_run = $4 and state in ('QUEUED', 'RUNNING')
       order by id desc
       limit 1`,
    values: [wanted.jobId, formatInstant(wanted.from), formatInstant(wanted.to), wanted.dryRun],
  });
  return rows[0]?.id ?? null;
}

/** A backfill as it stands; `W` is what dry runs save. */
export interface BackfillRow<W> {
  readonly id: string;
  readonly jobId: string;
  readonly state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly dryRun: boolean;
  /** When its next attempt may begin, while it is queued. */
  readonly dueAt: Instant;
  readonly progress: number | null;
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly derived: number;
  readonly rejected: number;
  readonly breaches: number;
  readonly error: string | null;
  /** As it was saved. */
  readonly wouldChange: W | null;
}

/** A backfill by its number; null where there is none. */
export async function selectBackfill<W extends object>(db: Queryable, id: number): Promise<BackfillRow<W> | null> {
  const { rows } = await db.query<BackfillRow<W> & Record<string, unknown>>({
    name: 'select_backfill',
    text: `
      select id::text as id, job_id as "jobId", state, dry_run as "dryRun", progress, received, loaded, corrected, unchanged, derived, rejected, breaches, error,
             would_change as "wouldChange", (extract(epoch from due_at) * 1000000)::bigint as "dueAt"
        from etl_run
       where id = $1 and kind = 'BACKFILL'`,
    values: [id],
  });
  return rows[0] ?? null;
}
