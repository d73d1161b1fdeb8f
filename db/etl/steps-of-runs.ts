import type { Queryable } from '../pool.ts';

/** A step of an attempt of a run as it is told. */
export interface ToldStep {
  readonly runId: number;
  readonly attempt: number;
  readonly name: string;
  readonly startedAt: string;
  /** So far, where it is under way. */
  readonly durationMs: number;
  readonly finished: boolean;
  /** JSON. */
  readonly detail: string | null;
  readonly error: string | null;
}

/** The steps of runs, by run, attempt and position. */
export async function selectStepsOfRuns(db: Queryable, runIds: readonly number[]): Promise<readonly ToldStep[]> {
  const { rows } = await db.query<ToldStep>({
    name: 'select_steps_of_runs',
    text: `
      select run_id as "runId", attempt, name, started_at as "startedAt",
             greatest(0, extract(epoch from coalesce(finished_at, clock_timestamp()) - started_at) * 1000)::double precision as "durationMs",
             finished_at is not null as finished, detail::text as detail, error
        from etl_step
       where run_id = any ($1::bigint[])
       order by run_id, attempt, position`,
    values: [runIds],
  });
  return rows;
}
