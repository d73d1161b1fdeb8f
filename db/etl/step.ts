import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import type { RunClaim } from './run-claim.ts';

/** The steps of an attempt, in their order. */
export const STEPS = ['connect', 'extract', 'transform', 'load', 'validate'] as const;

/** The name of a step. */
export type StepName = (typeof STEPS)[number];

/** How a step stands. */
export interface StepRecord {
  readonly name: StepName;
  readonly startedAt: Instant;
  /** null: it is under way. */
  readonly finishedAt: Instant | null;
  readonly error: string | null;
  /** Written as JSON. */
  readonly detail: object | null;
}

/** Writes how some steps of an attempt stand, over what was known of them. */
export async function upsertSteps(db: Queryable, { runId, attempt }: Pick<RunClaim, 'runId' | 'attempt'>, steps: readonly StepRecord[]): Promise<void> {
  await db.query({
    name: 'upsert_steps',
    text: `
      with written as (
        insert into etl_step (run_id, attempt, position, name, started_at, finished_at, error, detail)
        select $1, $2, step.*
          from unnest($3::int[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::jsonb[]) as step (position, name, started_at, finished_at, error, detail)
            on conflict (run_id, attempt, position) do update
              set started_at = excluded.started_at, finished_at = excluded.finished_at, error = excluded.error, detail = excluded.detail)
      select pg_notify('thermograph_etl', $1::text)::text`,
    values: [
      runId,
      attempt,
      steps.map(({ name }) => STEPS.indexOf(name) + 1),
      steps.map(({ name }) => name),
      steps.map(({ startedAt }) => formatInstant(startedAt)),
      steps.map(({ finishedAt }) => (finishedAt === null ? null : formatInstant(finishedAt))),
      steps.map(({ error }) => error),
      steps.map(({ detail }) => (detail === null ? null : JSON.stringify(detail))),
    ],
  });
}

/** Ends the steps that an attempt has left under way. */
export async function closeSteps(db: Queryable, { runId, attempt }: Pick<RunClaim, 'runId' | 'attempt'>, at: Instant, error: string): Promise<void> {
  await db.query({
    name: 'close_steps',
    text: 'update etl_step set finished_at = greatest(started_at, $3::timestamptz), error = coalesce(error, $4) where run_id = $1 and attempt = $2 and finished_at is null',
    values: [runId, attempt, formatInstant(at), error],
  });
}
