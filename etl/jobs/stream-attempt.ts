import type { RunClaim } from '../../db/etl/run-claim.ts';
import type { StreamBatch } from '../connect/connector.ts';
import { loadOneBatch } from '../ingest.ts';
import type { BatchOutcome } from '../load-batch.ts';
import type { RunTools } from './attempt.ts';
import type { Job } from './job.ts';
import { failureOf } from './run-failure.ts';
import { StepRecorder } from './step-recorder.ts';
import { validateRun } from './validate-run.ts';
import type { WrittenSums } from './written-sums.ts';

/** What a stream's attempts are made with. */
export interface StreamAttemptOptions extends RunTools {
  readonly job: Job;
  readonly claim: RunClaim;
  /** What the batches of the run wrote, also those of attempts before this one. */
  readonly written: WrittenSums;
}

/** An attempt of a stream's run: it loads what is handed over until it is ended. */
export class StreamAttempt {
  readonly claim: RunClaim;
  readonly #options: StreamAttemptOptions;
  readonly #steps: StepRecorder;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #recorded: Promise<unknown>;
  readonly #ended: Promise<void>;
  #loadMs = 0;
  #close: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(options: StreamAttemptOptions) {
    const { store, job, claim, clock } = options;
    this.#options = options;
    this.claim = claim;
    this.#steps = new StepRecorder({ store, claim, clock, tellError: (error) => failureOf(error, job).error });
    // Made before the steps are recorded: a consumer may fail sooner than their beginning is written.
    this.#ended = new Promise((resolve, reject) => {
      this.#close = resolve;
      this.#fail = reject;
    });
    this.#ended.catch(() => undefined);
    this.#recorded = this.#record();
    this.#recorded.catch(() => undefined);
  }

  async load({ records, ...origin }: StreamBatch): Promise<BatchOutcome> {
    const { store, job } = this.#options;
    const startedMs = performance.now();
    const loading = loadOneBatch(store, records, { register: job.mapping.register, origin: { ...origin, run: this.claim } });
    this.#underWay.add(loading);
    try {
      const outcome = await loading;
      this.#options.written.add(outcome);
      return outcome;
    } finally {
      this.#underWay.delete(loading);
      this.#loadMs += performance.now() - startedMs;
    }
  }

  /** Ends it after a failure. */
  async fail(error: unknown): Promise<void> {
    await Promise.allSettled(this.#underWay);
    this.#fail(error);
    await this.#recorded.catch(() => undefined);
  }

  /** Ends it well: waits for the batches under way, then validates. Throws what is wrong. */
  async finish(): Promise<void> {
    const { store, job, written } = this.#options;
    await Promise.allSettled(this.#underWay);
    this.#close();
    await this.#recorded;
    await this.#steps.record(
      'validate',
      () => validateRun({ store, job, claim: this.claim, written: written.all() }),
      (validated) => validated,
    );
  }

  /** What is not loading is waiting for the broker; batches that are loaded at the same time add up, to the whole of the time at most. */
  #record(): Promise<void> {
    const startedMs = performance.now();
    return this.#steps.recordTurns(
      async (times) => {
        try {
          await this.#ended;
        } finally {
          times.extractMs = Math.max(0, performance.now() - startedMs - this.#loadMs);
        }
      },
      () => null,
    );
  }
}
