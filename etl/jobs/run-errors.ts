import { ThermographError } from '../../db/errors.ts';

/** An attempt took longer than the job's timeout. */
export class RunTimedOutError extends ThermographError {
  override readonly name = 'RunTimedOutError';
  readonly code = 'RUN_TIMED_OUT';

  constructor(timeout: string) {
    super(`the attempt took longer than the job's timeout of ${timeout} and was ended; what its batches loaded stays`);
  }
}

/** How much of what a run received was refused, and for what. */
export interface RejectedOfRun {
  readonly rejected: number;
  readonly received: number;
  /** The share that the job allows. */
  readonly allowed: number;
  /** null where what was refused is no longer kept. */
  readonly example: { readonly code: string; readonly message: string } | null;
}

/** More of what a run received was refused than its job allows. */
export class TooManyRejectsError extends ThermographError {
  override readonly name = 'TooManyRejectsError';
  readonly code = 'TOO_MANY_REJECTS';

  constructor({ rejected, received, allowed, example }: RejectedOfRun) {
    const share = `${rejected.toLocaleString('en')} of ${received.toLocaleString('en')} readings were rejected, a share of ${shareText(rejected / received, allowed)}`;
    const told = example === null ? '' : `. Most often ${example.code}, such as: ${example.message}`;
    super(`${share}, but the job's limits.rejectedShare is ${allowed}; what was loaded stays, and the rejected can be looked at and replayed${told}`);
  }
}

/** With three digits, or as many as show that it is more than what is allowed. */
function shareText(share: number, allowed: number): string {
  const texts = [3, 6, 9].map((digits) => Number(share.toPrecision(digits)));
  return String(texts.find((rounded) => rounded > allowed) ?? share);
}

/** A series whose stored readings are not what the run wrote, or that was silent for too long. */
export interface SeriesProblem {
  readonly sensor: string;
  readonly metric: string;
  readonly location: string;
  readonly problem: string;
}

const PROBLEMS_TOLD = 3;

/** What is stored after a run is not what it wrote, or has gaps that its job does not allow. */
export class ValidationFailedError extends ThermographError {
  override readonly name = 'ValidationFailedError';
  readonly code = 'VALIDATION_FAILED';
  readonly problems: readonly SeriesProblem[];

  constructor(problems: readonly SeriesProblem[]) {
    const told = problems.slice(0, PROBLEMS_TOLD).map(({ sensor, metric, problem }) => `${metric} of ${sensor} ${problem}`);
    const rest = problems.length - told.length;
    super(`${told.join('; ')}${rest > 0 ? `; and ${rest} other series` : ''}`);
    this.problems = problems;
  }
}

/** The instance that was at a run is gone. */
export class InstanceGoneError extends ThermographError {
  override readonly name = 'InstanceGoneError';
  readonly code = 'INSTANCE_GONE';

  constructor() {
    super('the instance that was at it ended or lost the database; what its batches loaded stays');
  }
}

/** The job of a run is no longer declared, or its file is broken. */
export class JobGoneError extends ThermographError {
  override readonly name = 'JobGoneError';
  readonly code = 'JOB_UNKNOWN';
}

/** Work on a run ends because the process does: another instance goes on with it. */
export class InstanceStoppingError extends Error {
  override readonly name = 'InstanceStoppingError';
}

/** Work on a run ends because this instance counts as dead: its connection broke, and others may have taken over. */
export class SeatLostError extends Error {
  override readonly name = 'SeatLostError';
}
