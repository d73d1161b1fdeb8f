import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { insertRun } from './run.ts';

/** First number of the advisory locks under which instances decide, one after the other, whether what they found of a job needs a run; the second is of the job's id. */
const FOUND_LOCKS = 0x74687270; // "thrp"

/** Whether a run of the job that fetches what is new is under way, or would be if a worker were free. */
export async function isFetching(db: Queryable, jobId: string, at: Instant): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>({
    name: 'is_fetching',
    text: `
      select exists (
        select from etl_run
         where job_id = $1 and kind in ('SCHEDULED', 'MANUAL') and (state = 'RUNNING' or (state = 'QUEUED' and due_at <= $2::timestamptz))) as found`,
    values: [jobId, formatInstant(at)],
  });
  return rows[0]?.found === true;
}

/** Queues a run for what was found; null: one is under way, which may find it too. The caller's transaction holds others back until it ends. */
export async function insertFoundRun(db: Queryable, jobId: string, at: Instant): Promise<number | null> {
  await db.query({ name: 'lock_found', text: `select pg_advisory_xact_lock(${FOUND_LOCKS}, hashtext($1))`, values: [jobId] });
  if (await isFetching(db, jobId, at)) return null;
  return insertRun(db, { jobId, kind: 'MANUAL', scheduledFor: null, from: null, to: null, dryRun: false, dueAt: at });
}
