import { ThermographError } from '../errors.ts';

/** The attempt of a run that an instance works on. */
export interface RunClaim {
  readonly runId: number;
  readonly jobId: string;
  readonly attempt: number;
  readonly instanceId: number;
}

/** The run is no longer this attempt's: it timed out, or another instance took it over because this one was taken for dead. Nothing of the batch is committed. */
export class RunLostError extends ThermographError {
  override readonly name = 'RunLostError';
  readonly code = 'RUN_LOST';
  readonly runId: number;
  readonly attempt: number;

  constructor({ runId, jobId, attempt }: RunClaim) {
    super(
      `attempt ${attempt} of run ${runId} of job ${jobId} is over: the run ended or was taken over by another instance; what this attempt had not committed is left to the next`,
    );
    this.runId = runId;
    this.attempt = attempt;
  }
}
