import { setTimeout as sleep } from 'node:timers/promises';
import { addQueueJob } from '../../db/etl/queue-job.ts';
import { claimRun, finishRun, putRunBack, type RunTask, selectRunTask } from '../../db/etl/run.ts';
import type { RunClaim } from '../../db/etl/run-claim.ts';
import { closeSteps } from '../../db/etl/step.ts';
import { withTransaction } from '../../db/pool.ts';
import { formatDuration } from '../../db/time/duration.ts';
import { MICROS_PER_SECOND } from '../../db/time/instant.ts';
import { type Attempt, attemptFetch, type RunTools } from './attempt.ts';
import { attemptBackfill } from './backfill.ts';
import { queueTime } from './clock.ts';
import { endedBy } from './ended-by.ts';
import type { Job } from './job.ts';
import { findJob, type JobLibrary } from './job-library.ts';
import { reasonOf } from './reason-of.ts';
import { InstanceStoppingError, JobGoneError, RunTimedOutError, SeatLostError } from './run-errors.ts';
import { failureOf, isLost, isTimeout } from './run-failure.ts';

/** What an instance performs runs with. */
export interface RunPerforming extends RunTools {
  readonly library: JobLibrary;
  readonly instanceId: number;
  /** Aborts with InstanceStoppingError or SeatLostError. */
  readonly signal: AbortSignal;
}

const RECORD_PAUSE_MS = 1_000;
/** A run that has to wait for another one of its job is tried again after this long. */
const WAIT_FOR_TURN = 2 * MICROS_PER_SECOND;

/** Attempts a queued run, which has had so many attempts (null: any number), and records how it ended: succeeded, to be attempted again, or failed for good. Nothing is done where it is not queued any more. */
export async function performRun(performing: RunPerforming, runId: number, attempt: number | null = null): Promise<void> {
  const { store, instanceId, clock } = performing;
  const task = await withTransaction(store.writePool, (client) => claimRun(client, { runId, attempt, instanceId, at: clock.now() }));
  if (task === null) return waitForTurn(performing, runId, attempt);
  const claim: RunClaim = { runId, jobId: task.jobId, attempt: task.attempt, instanceId };
  const job = await jobOf(performing, task, claim);
  if (job === null) return;
  try {
    await attemptWithin({ ...performing, job, task, claim });
    const isOurs = await finishRun(store.writePool, claim, { state: 'SUCCEEDED', at: clock.now(), code: null, error: null });
    if (isOurs) performing.log.info({ run: runId, job: job.id, attempt: task.attempt }, 'run succeeded');
  } catch (error) {
    await untilRecorded(performing, () => recordFailure(performing, { job, task, claim, error }));
  }
}

async function waitForTurn({ store, clock }: RunPerforming, runId: number, attempt: number | null): Promise<void> {
  const task = await selectRunTask(store.writePool, runId);
  if (task === null || !task.isQueued || (attempt !== null && task.attempt !== attempt)) return;
  const runAt = queueTime(clock, clock.now() + WAIT_FOR_TURN);
  await addQueueJob(store.writePool, { runId, jobId: task.jobId, attempt: task.attempt, kind: task.kind, runAt });
}

/** null: the job is not declared any more, and the run has failed for that. */
async function jobOf(performing: RunPerforming, task: RunTask, claim: RunClaim): Promise<Job | null> {
  const { library, store, clock } = performing;
  try {
    return findJob(await library.current(), task.jobId);
  } catch (error) {
    const gone = new JobGoneError(error instanceof Error ? error.message : String(error));
    await untilRecorded(performing, async () => {
      await finishRun(store.writePool, claim, { state: 'FAILED', at: clock.now(), code: gone.code, error: gone.message });
    });
    return null;
  }
}

/** Ends the attempt at its timeout, and where the instance stops or counts as dead. */
async function attemptWithin(given: RunPerforming & Omit<Attempt, 'signal'>): Promise<void> {
  const { job, clock } = given;
  const ending = new AbortController();
  // A backfill gives its timeout to each of its chunks.
  const isBackfill = given.task.kind === 'BACKFILL';
  const cancel = isBackfill
    ? () => undefined
    : clock.after(job.limits.timeout, () => ending.abort(new RunTimedOutError(formatDuration({ months: 0, days: 0, micros: job.limits.timeout }))));
  const signal = AbortSignal.any([given.signal, ending.signal]);
  try {
    signal.throwIfAborted();
    const attempt: Attempt = { ...given, signal };
    await endedBy(signal, isBackfill ? attemptBackfill(attempt) : attemptFetch(attempt));
  } catch (error) {
    // What a source says when it is interrupted is not why it was.
    throw ending.signal.aborted ? reasonOf(ending.signal) : error;
  } finally {
    cancel();
  }
}

/** While this instance counts as alive nobody else ends its runs: how one ended is recorded as soon as the database takes it. */
async function untilRecorded({ signal, log }: RunPerforming, record: () => Promise<void>): Promise<void> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await record();
    } catch (error) {
      if (signal.aborted) throw error;
      if (failures === 0) log.warn({ err: error }, 'how a run ended cannot be recorded at present; trying again');
      await sleep(RECORD_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

interface FailedAttempt {
  readonly job: Job;
  readonly task: RunTask;
  readonly claim: RunClaim;
  readonly error: unknown;
}

async function recordFailure(performing: RunPerforming, failed: FailedAttempt): Promise<void> {
  const { log, signal } = performing;
  const { job, task, claim, error } = failed;
  const of = { run: claim.runId, job: job.id, attempt: claim.attempt };
  if (signal.aborted && signal.reason instanceof SeatLostError) {
    // Others see that this instance is dead, and put its runs back.
    log.warn(of, 'run given up: this instance lost its place and takes another');
  } else if (signal.aborted && signal.reason instanceof InstanceStoppingError) {
    await again(performing, failed, { delay: 0, failed: 0, code: null, error: null });
    log.info(of, 'run put back for another instance');
  } else if (isLost(error)) {
    log.warn(of, 'run given up: it was taken over');
  } else {
    const failure = failureOf(error, job);
    if (failure.isWorthAnother && task.failures < job.limits.retries) {
      await again(performing, failed, { delay: job.limits.retryDelay, failed: 1, code: failure.code, error: failure.error });
      log.warn({ ...of, code: failure.code, error: failure.error }, 'attempt failed, will be tried again');
    } else {
      await closeSteps(performing.store.writePool, claim, performing.clock.now(), failure.error);
      await finishRun(performing.store.writePool, claim, {
        state: isTimeout(error) ? 'TIMED_OUT' : 'FAILED',
        at: performing.clock.now(),
        code: failure.code,
        error: failure.error,
      });
      log.error({ ...of, code: failure.code, error: failure.error }, 'run failed');
    }
  }
}

async function again(
  { store, clock }: RunPerforming,
  { task, claim }: FailedAttempt,
  { delay, ...why }: { readonly delay: number; readonly failed: 0 | 1; readonly code: string | null; readonly error: string | null },
): Promise<void> {
  const at = clock.now();
  const dueAt = at + delay;
  await withTransaction(store.writePool, async (client) => {
    await closeSteps(client, claim, at, why.error ?? 'the instance stopped');
    if (!(await putRunBack(client, claim, { dueAt, ...why }))) return;
    await addQueueJob(client, { ...claim, kind: task.kind, runAt: queueTime(clock, dueAt) });
  });
}
