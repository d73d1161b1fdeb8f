import { ThermographError } from '../../db/errors.ts';
import { RunLostError } from '../../db/etl/run-claim.ts';
import { IngestInterruptedError } from '../ingest-interrupted-error.ts';
import type { Job } from './job.ts';
import { RunTimedOutError, TooManyRejectsError, ValidationFailedError } from './run-errors.ts';
import { withoutSecrets } from './variables.ts';

/** Why an attempt failed, as it is kept and told: without a stack, and without what the job's variables hold. */
export interface RunFailure {
  readonly code: string;
  readonly error: string;
  /** Whether another attempt may succeed. */
  readonly isWorthAnother: boolean;
}

const LONGEST_TEXT = 2000;

/** What is to be told of an error. */
export function failureOf(error: unknown, job: Pick<Job, 'secrets'>): RunFailure {
  const cause = causeOf(error);
  const code = cause instanceof ThermographError ? cause.code : 'RUN_FAILED';
  const message = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
  return {
    code,
    error: withoutSecrets(message, job.secrets).slice(0, LONGEST_TEXT),
    // Another attempt would find the same rejects and the same gaps, and nothing new to compare.
    isWorthAnother: !(cause instanceof ValidationFailedError || cause instanceof TooManyRejectsError),
  };
}

/** Whether an error says that the run is no longer this attempt's. */
export function isLost(error: unknown): boolean {
  return causeOf(error) instanceof RunLostError;
}

/** Whether the attempt ended at its timeout. */
export function isTimeout(error: unknown): boolean {
  return causeOf(error) instanceof RunTimedOutError;
}

/** What is told of a load that was interrupted is what interrupted it. */
function causeOf(error: unknown): unknown {
  return error instanceof IngestInterruptedError && error.cause !== undefined ? causeOf(error.cause) : error;
}
