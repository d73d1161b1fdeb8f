import { InvalidArgumentError } from '../../db/errors.ts';
import { addQueueJob } from '../../db/etl/queue-job.ts';
import { insertRun } from '../../db/etl/run.ts';
import type { StoreLog } from '../../db/open-store.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import type { Instant } from '../../db/time/instant.ts';
import { type Clock, queueTime, SYSTEM_CLOCK } from './clock.ts';
import { isStream, type Job } from './job.ts';
import { findJob, type JobLibrary } from './job-library.ts';
import { ensureQueue } from './queue.ts';

/** What is to be run. */
export interface RunRequest {
  /** null: whatever is new, and then `to` is null too. */
  readonly from: Instant | null;
  /** null: now. */
  readonly to: Instant | null;
  readonly dryRun: boolean;
}

/** What runs are started with. */
export interface RunStarting {
  readonly store: Store;
  readonly library: JobLibrary;
  readonly log: StoreLog;
  readonly clock?: Clock;
}

/** Queues a run of a job: of a window, to be loaded again, or of what is new. Answers its number. Throws NotFoundError or InvalidArgumentError where it cannot be. */
export async function startRun({ store, library, log, clock = SYSTEM_CLOCK }: RunStarting, jobId: string, request: RunRequest): Promise<number> {
  const job = findJob(await library.current(), jobId);
  const present = clock.now();
  const window = windowOf(job, request, present);
  await ensureQueue(store, log);
  return withTransaction(store.writePool, async (client) => {
    const kind = window.from === null ? 'MANUAL' : 'BACKFILL';
    const id = await insertRun(client, { jobId, kind, scheduledFor: null, ...window, dryRun: request.dryRun, dueAt: present });
    if (id === null) throw new Error('a run without a tick was not queued');
    await addQueueJob(client, { runId: id, jobId, attempt: 0, kind, runAt: queueTime(clock, present) });
    return id;
  });
}

/** The window of a run that can be; throws InvalidArgumentError for any other. */
export function windowOf(job: Job, { from, to, dryRun }: RunRequest, present: Instant): { readonly from: Instant | null; readonly to: Instant | null } {
  if (job.source.kind === 'mqtt')
    throw new InvalidArgumentError(
      'job',
      job.id,
      'it takes what an MQTT broker hands over, all the time: it cannot be started, and has no past to load again, as such a broker keeps nothing of what it has handed over',
    );
  if (isStream(job) && from === null)
    throw new InvalidArgumentError(
      'job',
      job.id,
      `it takes what the broker of its kind (${job.source.kind}) hands over, all the time: it is not started; with "from" a window of what the broker has kept is loaded again`,
    );
  if (from === null) {
    if (to !== null) throw new InvalidArgumentError('to', to, 'a window needs "from" too; without both the run loads whatever is new');
    if (dryRun) throw new InvalidArgumentError('dryRun', dryRun, 'a dry run is of a window: give "from"');
    return { from, to };
  }
  const end = to ?? present;
  if (end <= from) throw new InvalidArgumentError('to', end, 'a window ends after it begins');
  return { from, to: end };
}
