import { addQueueJob, selectDeadPools, unlockPools } from '../../db/etl/queue-job.ts';
import { finishRun, putRunBack, type RunTask, selectOrphanedRuns, selectOverdueRuns } from '../../db/etl/run.ts';
import { closeSteps } from '../../db/etl/step.ts';
import type { StoreLog } from '../../db/open-store.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import { MICROS_PER_MINUTE } from '../../db/time/instant.ts';
import { type Clock, queueTime } from './clock.ts';
import type { JobFolder } from './job-library.ts';
import { InstanceGoneError } from './run-errors.ts';

/** What dead instances' runs are taken over with. */
export interface TakingOver {
  readonly store: Store;
  readonly log: StoreLog;
  readonly clock: Clock;
}

/** Of a job that is no longer declared. */
const DEFAULT_RETRIES = 2;

/** Gives what dead instances were at to those that live: runs are attempted again or have failed, their places in the queue are free. Any number of instances may do this at the same time. */
export async function takeOver({ store, log, clock }: TakingOver, { jobs }: JobFolder): Promise<void> {
  for (const task of await selectOrphanedRuns(store.writePool)) {
    const retries = jobs.get(task.jobId)?.limits.retries ?? DEFAULT_RETRIES;
    const outcome = await endOrphan({ store, log, clock }, task, retries);
    if (outcome !== null) log.warn({ run: task.id, job: task.jobId, attempt: task.attempt }, `the instance of a run is gone: ${outcome}`);
  }
  const dead = await selectDeadPools(store.writePool);
  if (dead.length > 0) await unlockPools(store.writePool, dead);
}

/** Puts runs into the queue that wait for their turn and are not in it, as happens where the queue was restored or emptied. */
export async function requeueForgotten({ store, clock }: TakingOver): Promise<void> {
  for (const task of await selectOverdueRuns(store.writePool, clock.now() - MICROS_PER_MINUTE))
    await addQueueJob(store.writePool, { runId: task.id, jobId: task.jobId, isBackfill: lineOf(task), runAt: queueTime(clock, task.dueAt) });
}

async function endOrphan({ store, clock }: TakingOver, task: RunTask, retries: number): Promise<string | null> {
  if (task.instanceId === null) return null;
  const claim = { runId: task.id, jobId: task.jobId, attempt: task.attempt, instanceId: task.instanceId };
  const { code, message: error } = new InstanceGoneError();
  const at = clock.now();
  return withTransaction(store.writePool, async (client) => {
    await closeSteps(client, claim, at, error);
    if (task.kind === 'STREAM' || task.failures >= retries) {
      return (await finishRun(client, claim, { state: 'FAILED', at, code, error })) ? 'it has failed' : null;
    }
    if (!(await putRunBack(client, claim, { dueAt: at, failed: 1, code, error }))) return null;
    await addQueueJob(client, { runId: task.id, jobId: task.jobId, isBackfill: lineOf(task), runAt: queueTime(clock, at) });
    return 'it is attempted again';
  });
}

function lineOf(task: RunTask): 'backfill' | 'live' {
  return task.kind === 'BACKFILL' ? 'backfill' : 'live';
}
