import { selectWrittenOfRun } from '../../db/etl/batch-sum.ts';
import type { RunTask } from '../../db/etl/run.ts';
import type { RunClaim } from '../../db/etl/run-claim.ts';
import type { StoreLog } from '../../db/open-store.ts';
import type { Store } from '../../db/store.ts';
import type { RunContext } from '../connect/connector.ts';
import { type Connectors, connectJob } from '../connect/connectors.ts';
import type { Clock } from './clock.ts';
import type { Job } from './job.ts';
import { loadPieces } from './load-pieces.ts';
import { failureOf } from './run-failure.ts';
import { StepRecorder } from './step-recorder.ts';
import { validateRun } from './validate-run.ts';

/** What runs are worked on with, whichever they are. */
export interface RunTools {
  readonly store: Store;
  readonly connectors: Connectors;
  readonly log: StoreLog;
  readonly clock: Clock;
  /** The folder with source definitions of one's own. */
  readonly sourcesFolder: string;
}

/** One attempt of a run. */
export interface Attempt extends RunTools {
  readonly job: Job;
  readonly task: RunTask;
  readonly claim: RunClaim;
  readonly signal: AbortSignal;
}

/** What a connector works with in an attempt. */
export function contextOf({ store, job, claim, task, signal, log, sourcesFolder, clock }: Attempt, mode: RunContext['mode']): RunContext {
  return { store, job, claim, mode, window: { from: task.from, to: task.to }, signal, log, sourcesFolder, now: clock.now };
}

/** The recorder of an attempt's steps. */
export function recorderOf({ store, claim, clock, job }: Attempt): StepRecorder {
  return new StepRecorder({ store, claim, clock, tellError: (error) => failureOf(error, job).error });
}

/** Fetches what is new: connects, loads piece after piece, and validates what it and attempts before it wrote. Throws what the attempt failed with. */
export async function attemptFetch(attempt: Attempt): Promise<void> {
  const { store, connectors, job, claim, signal } = attempt;
  const steps = recorderOf(attempt);
  const connected = await steps.record('connect', () => connectJob(connectors, contextOf(attempt, 'NEW')));
  try {
    await steps.recordTurns(
      (times) => loadPieces(connected.pieces(), { store, job, claim, signal, times }),
      ({ pieces }) => ({ pieces }),
    );
    signal.throwIfAborted();
    await steps.record(
      'validate',
      async () => validateRun({ store, job, claim, written: await selectWrittenOfRun(store.writePool, claim.runId) }),
      (validated) => validated,
    );
  } finally {
    await connected.close();
  }
}
