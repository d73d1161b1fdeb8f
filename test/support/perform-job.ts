import { insertRun } from '../../db/etl/run.ts';
import type { RunKind } from '../../db/etl/run-kind.ts';
import type { Instant } from '../../db/time/instant.ts';
import { now } from '../../db/time/instant.ts';
import { CONNECTORS } from '../../etl/connect/all-connectors.ts';
import type { Connectors } from '../../etl/connect/connectors.ts';
import { SYSTEM_CLOCK } from '../../etl/jobs/clock.ts';
import { type Job, parseJob } from '../../etl/jobs/job.ts';
import { fixedJobLibrary } from '../../etl/jobs/job-library.ts';
import { performRun } from '../../etl/jobs/perform-run.ts';
import type { TestDatabase } from './database.ts';

/** A job whose YAML is given. */
export function jobOf(yaml: string, id = 'pull', variables: Readonly<Record<string, string>> = {}): Job {
  return parseJob(yaml, `${id}.yaml`, variables);
}

/** What is asked of a run beside its job. */
export interface PerformedWindow {
  readonly from: Instant;
  readonly to: Instant;
  readonly dryRun?: boolean;
}

/** How a run ended. */
export interface PerformedRun {
  readonly id: number;
  readonly state: string;
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly rejected: number;
  readonly breaches: number;
  readonly progress: number | null;
  readonly error_code: string | null;
  readonly error: string | null;
  readonly would_change: unknown;
}

/** Performs one attempt of a job as an instance would, without the queue: of a new run, or of one that is queued. */
export async function performJob(
  db: TestDatabase,
  job: Job,
  window: PerformedWindow | null = null,
  queued?: number,
  connectors: Connectors = CONNECTORS,
): Promise<PerformedRun> {
  const { pool } = db;
  const { rows: instances } = await pool.query<{ id: number }>(`insert into etl_instance (host) values ('test') returning id`);
  const kind: RunKind = window === null ? 'MANUAL' : 'BACKFILL';
  const id =
    queued ??
    (await insertRun(pool, {
      jobId: job.id,
      kind,
      scheduledFor: null,
      from: window?.from ?? null,
      to: window?.to ?? null,
      dryRun: window?.dryRun ?? false,
      dueAt: now(),
    }));
  if (id === null) throw new Error('the run was not queued');
  await performRun(
    {
      store: db.store,
      connectors,
      log: { info: ignore, warn: ignore, error: ignore },
      clock: SYSTEM_CLOCK,
      sourcesFolder: 'none',
      library: fixedJobLibrary([job]),
      instanceId: instances[0]?.id ?? 0,
      signal: new AbortController().signal,
    },
    id,
  );
  const { rows } = await pool.query<PerformedRun>('select * from etl_run where id = $1', [id]);
  const [run] = rows;
  if (run === undefined) throw new Error('the run is gone');
  return run;
}

/** What the step "connect" of a run found out about its source. */
export async function foundBy(db: TestDatabase, run: number): Promise<unknown> {
  const { rows } = await db.pool.query<{ detail: unknown }>(`select detail from etl_step where run_id = $1 and name = 'connect'`, [run]);
  return rows[0]?.detail;
}

function ignore(): void {
  // Tests look at how the run ended.
}
