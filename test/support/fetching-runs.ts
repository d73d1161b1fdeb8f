import { takeInstanceSeat } from '../../db/etl/instance.ts';
import { insertRun } from '../../db/etl/run.ts';
import { now } from '../../db/time/instant.ts';
import type { Connectors } from '../../etl/connect/connectors.ts';
import { filesConnector } from '../../etl/connect/files.ts';
import { httpConnector } from '../../etl/connect/http.ts';
import { SYSTEM_CLOCK } from '../../etl/jobs/clock.ts';
import { type Job, parseJob } from '../../etl/jobs/job.ts';
import { fixedJobLibrary } from '../../etl/jobs/job-library.ts';
import { performRun } from '../../etl/jobs/perform-run.ts';
import { installQueue } from '../../etl/jobs/queue.ts';
import type { TestDatabase } from './database.ts';

/** How a run ended, as it is recorded. */
export interface EndedRun {
  readonly id: number;
  readonly state: string;
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly rejected: number;
  readonly breaches: number;
  readonly batches: number;
  readonly code: string | null;
  readonly error: string | null;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const none = () => Promise.reject(new Error('a fetching run has files or http'));
const connectors: Connectors = {
  files: () => Promise.resolve(filesConnector),
  http: () => Promise.resolve(httpConnector),
  database: none,
  mqtt: none,
  kafka: none,
  nats: none,
};

/** A job from YAML. */
export function jobOf(yaml: string, id = 'job', environment: Readonly<Record<string, string>> = {}): Job {
  return parseJob(yaml, `${id}.yaml`, environment);
}

/** Runs a job once, from the claim to the recorded end, as an instance of its own. Its retries wait in the queue, where nobody takes them. */
export async function runOnce(
  db: TestDatabase,
  job: Job,
  { window, signal }: { readonly window?: { readonly from: number; readonly to: number }; readonly signal?: AbortSignal } = {},
): Promise<EndedRun> {
  await installQueue(db.store, silent);
  const seat = await takeInstanceSeat(db.store.listenPool, 'test', () => undefined);
  try {
    const id = await insertRun(db.pool, {
      jobId: job.id,
      kind: window === undefined ? 'MANUAL' : 'BACKFILL',
      scheduledFor: null,
      from: window?.from ?? null,
      to: window?.to ?? null,
      dryRun: false,
      dueAt: now(),
    });
    if (id === null) throw new Error('the run was not queued');
    await performRun(
      {
        store: db.store,
        connectors,
        log: silent,
        clock: SYSTEM_CLOCK,
        sourcesFolder: 'sources',
        library: fixedJobLibrary([job]),
        instanceId: seat.id,
        signal: signal ?? new AbortController().signal,
      },
      id,
    );
    return await endOf(db, id);
  } finally {
    seat.close();
  }
}

async function endOf(db: TestDatabase, id: number): Promise<EndedRun> {
  const { rows } = await db.pool.query<EndedRun>(
    `select id, state, received, loaded, corrected, unchanged, rejected, breaches, error_code as code, error,
            (select count(*) from batch where run_id = etl_run.id) as batches
       from etl_run where id = $1`,
    [id],
  );
  const [run] = rows;
  if (run === undefined) throw new Error(`run ${id} is gone`);
  return run;
}

/** The measured readings of a sensor in the order of time, as `time value`. */
export async function readingsOf(db: TestDatabase, sensor: string): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ text: string }>(
    `select concat(to_char(time, 'HH24:MI'), ' ', value) as text
       from reading join series on series.id = series_id where sensor_id = $1 and not derived order by time`,
    [sensor],
  );
  return rows.map(({ text }) => text);
}
