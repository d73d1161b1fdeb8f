import type { JobView } from '../../resolvers/etl-path.ts';
import type { TestDatabase } from './database.ts';

/** A run as a test needs it; the rest is filled in. */
export interface TestRun {
  readonly job: string;
  readonly kind?: 'SCHEDULED' | 'MANUAL' | 'BACKFILL' | 'STREAM';
  readonly state?: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly scheduledFor?: string;
  readonly dryRun?: boolean;
  readonly error?: string;
}

/** Writes runs as whoever runs jobs would, without running anything; answers their ids in order. */
export async function recordRuns(db: TestDatabase, runs: readonly TestRun[]): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ id: number }>(
    `insert into etl_run (job_id, kind, state, scheduled_for, dry_run, error_code, error, attempt, started_at, finished_at)
     select run->>'job', coalesce(run->>'kind', 'MANUAL'), coalesce(run->>'state', 'SUCCEEDED'), (run->>'scheduledFor')::timestamptz, coalesce((run->>'dryRun')::boolean, false),
            case when run ? 'error' then 'SOURCE_UNAVAILABLE' end, run->>'error', 1, now(), case when run->>'state' in ('QUEUED', 'RUNNING') then null else now() end
       from jsonb_array_elements($1::jsonb) with ordinality as given (run, position)
      order by position
     returning id`,
    [JSON.stringify(runs)],
  );
  return rows.map(({ id }) => String(id));
}

/** Declared jobs with these ids, and nothing that could start them. */
export function declaredJobs(...ids: readonly string[]): readonly JobView[] {
  return ids.map((id) => ({
    id,
    description: `What ${id} brings`,
    problem: null,
    sourceKind: 'FILES',
    enabled: true,
    schedule: '0 * * * *',
    timezone: 'Asia/Seoul',
    nextRunAt: null,
    sla: 'PT1H',
    timeout: 'PT30M',
    retries: 2,
    retryDelay: 'PT2M',
  }));
}
