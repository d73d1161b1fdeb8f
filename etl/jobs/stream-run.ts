import { beginNextAttempt, claimRun, finishRun, insertRun } from '../../db/etl/run.ts';
import { type RunClaim, RunLostError } from '../../db/etl/run-claim.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { StreamBatch } from '../connect/connector.ts';
import type { BatchOutcome } from '../load-batch.ts';
import type { RunTools } from './attempt.ts';
import type { Job } from './job.ts';
import { failureOf } from './run-failure.ts';
import { StreamAttempt } from './stream-attempt.ts';
import { WrittenSums } from './written-sums.ts';

/** What a stream's runs are made with. */
export interface StreamRunOptions extends RunTools {
  readonly job: Job;
  readonly instanceId: number;
}

/** One run of a stream: what one instance takes of it between two ticks. */
export class StreamRun {
  readonly #options: StreamRunOptions;
  readonly #written = new WrittenSums();
  #attempt: StreamAttempt;
  #failures = 0;

  private constructor(options: StreamRunOptions, claim: RunClaim) {
    this.#options = options;
    this.#attempt = new StreamAttempt({ ...options, claim, written: this.#written });
  }

  /** Begins a run of the tick, under way at once. */
  static async begin(options: StreamRunOptions, tick: Instant | null): Promise<StreamRun> {
    const { store, job, clock, instanceId } = options;
    const claim = await withTransaction(store.writePool, async (client) => {
      const at = clock.now();
      const runId = await insertRun(client, { jobId: job.id, kind: 'STREAM', scheduledFor: tick, from: null, to: null, dryRun: false, dueAt: at });
      const task = runId === null ? null : await claimRun(client, { runId, attempt: null, instanceId, at });
      if (task === null) throw new Error('the run of a stream could not be begun');
      return { runId: task.id, jobId: task.jobId, attempt: task.attempt, instanceId };
    });
    return new StreamRun(options, claim);
  }

  get claim(): RunClaim {
    return this.#attempt.claim;
  }

  /** Loads one batch, counted to this run. */
  load(batch: StreamBatch): Promise<BatchOutcome> {
    return this.#attempt.load(batch);
  }

  /** The consumer failed. Answers whether it is to be begun anew in this run; else the run has failed, and another is to be begun. */
  async failAttempt(error: unknown): Promise<'again' | 'failed'> {
    const { store, job, log, clock } = this.#options;
    const failure = failureOf(error, job);
    await this.#attempt.fail(error);
    const { claim } = this.#attempt;
    const of = { run: claim.runId, job: job.id, attempt: claim.attempt, code: failure.code, error: failure.error };
    if (this.#failures >= job.limits.retries) {
      await finishRun(store.writePool, claim, { state: 'FAILED', at: clock.now(), code: failure.code, error: failure.error });
      log.error(of, 'stream failed');
      return 'failed';
    }
    if (!(await beginNextAttempt(store.writePool, claim, failure))) throw new RunLostError(claim);
    this.#failures += 1;
    this.#attempt = new StreamAttempt({ ...this.#options, claim: { ...claim, attempt: claim.attempt + 1 }, written: this.#written });
    log.warn(of, 'stream failed, will be tried again');
    return 'again';
  }

  /** Ends the run with its validation, after the batches under way. */
  async finish(): Promise<void> {
    const { store, job, log, clock } = this.#options;
    const { claim } = this.#attempt;
    const of = { run: claim.runId, job: job.id };
    try {
      await this.#attempt.finish();
      if (await finishRun(store.writePool, claim, { state: 'SUCCEEDED', at: clock.now(), code: null, error: null })) log.info(of, 'run succeeded');
    } catch (error) {
      const { code, error: told } = failureOf(error, job);
      if (await finishRun(store.writePool, claim, { state: 'FAILED', at: clock.now(), code, error: told }))
        log.error({ ...of, code, error: told }, 'run failed');
    }
  }
}
