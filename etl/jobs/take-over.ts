import { evictInstance } from '../../db/etl/instance.ts';
import { addQueueJob, type QueueJob, removeDeadJobs, selectDeadJobs } from '../../db/etl/queue-job.ts';
import { finishRunIn, putRunBack, type RunTask, selectForgottenRuns, selectOrphanedRuns, selectRunningAttempts } from '../../db/etl/run.ts';
import { closeSteps } from '../../db/etl/step.ts';
import type { StoreLog } from '../../db/open-store.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import { type Instant, MICROS_PER_MINUTE } from '../../db/time/instant.ts';
import { type Clock, queueTime } from './clock.ts';
import type { JobFolder } from './job-library.ts';
import { InstanceGoneError } from './run-errors.ts';

/** What dead instances' runs are taken over with. */
export interface TakingOver {
  readonly store: Store;
  readonly log: StoreLog;
  readonly clock: Clock;
}

/** An instance ends its attempts at their timeout by itself. One that has not done so for this much longer hangs, however alive its connection looks. */
const LONGEST_OVER = 2 * MICROS_PER_MINUTE;
/** Of a job that is no longer declared. */
const DEFAULT_RETRIES = 2;

/** Gives what dead instances were at to those that live: runs are attempted again or have failed, their places in the queue are free. Any number of instances may do this at the same time. */
export async function takeOver({ store, log, clock }: TakingOver, { jobs }: JobFolder): Promise<void> {
  for (const { id, jobId, instanceId, begunAt } of await selectRunningAttempts(store.writePool)) {
    const timeout = jobs.get(jobId)?.limits.timeout;
    if (timeout === undefined || clock.now() - begunAt <= timeout + LONGEST_OVER) continue;
    log.warn({ run: id, job: jobId }, 'an instance has not ended a run at its timeout and counts as dead');
    await evictInstance(store.writePool, instanceId);
  }
  for (const task of await selectOrphanedRuns(store.writePool)) {
    const retries = jobs.get(task.jobId)?.limits.retries ?? DEFAULT_RETRIES;
    const outcome = await endOrphan({ store, log, clock }, task, retries);
    if (outcome !== null) log.warn({ run: task.id, job: task.jobId, attempt: task.attempt }, `the instance of a run is gone: ${outcome}`);
  }
  const dead = await selectDeadJobs(store.writePool);
  if (dead.length > 0) await withTransaction(store.writePool, (client) => removeDeadJobs(client, dead));
  // Also where somebody has emptied the queue.
  for (const task of await selectForgottenRuns(store.writePool)) await addQueueJob(store.writePool, queueJobOf(task, queueTime(clock, task.dueAt)));
}

async function endOrphan({ store, clock }: TakingOver, task: RunTask, retries: number): Promise<string | null> {
  if (task.instanceId === null) return null;
  const claim = { runId: task.id, jobId: task.jobId, attempt: task.attempt, instanceId: task.instanceId };
  const { code, message: error } = new InstanceGoneError();
  const at = clock.now();
  return withTransaction(store.writePool, async (client) => {
    await closeSteps(client, claim, at, error);
    if (task.kind === 'STREAM' || task.failures >= retries) {
      return (await finishRunIn(client, claim, { state: 'FAILED', at, code, error })) ? 'it has failed' : null;
    }
    if (!(await putRunBack(client, claim, { dueAt: at, failed: 1, code, error }))) return null;
    await addQueueJob(client, queueJobOf(task, queueTime(clock, at)));
    return 'it is attempted again';
  });
}

function queueJobOf({ id, jobId, attempt, kind }: RunTask, runAt: Instant): QueueJob {
  return { runId: id, jobId, attempt, kind, runAt };
}
