import type { RunClaim } from '../../db/etl/run-claim.ts';
import { type StepName, type StepRecord, upsertSteps } from '../../db/etl/step.ts';
import type { Store } from '../../db/store.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { Clock } from './clock.ts';

/** Milliseconds that went into each of the steps that take turns: every one counts to exactly one of them, so together they are what the clock showed. */
export interface TurnTimes {
  extractMs: number;
  transformMs: number;
  /** All that was neither of them. */
  totalMs: number;
}

/** Tells what becomes of an error in a step, in words. */
export type TellError = (error: unknown) => string;

/** Records the steps of an attempt as they begin and end. */
export class StepRecorder {
  readonly #store: Store;
  readonly #claim: RunClaim | null;
  readonly #clock: Clock;
  readonly #tellError: TellError;

  /** `claim` null: nothing is recorded. */
  constructor(options: { readonly store: Store; readonly claim: RunClaim | null; readonly clock: Clock; readonly tellError: TellError }) {
    this.#store = options.store;
    this.#claim = options.claim;
    this.#clock = options.clock;
    this.#tellError = options.tellError;
  }

  /** Does the work of one step; `detailOf` says what it found. */
  async record<T>(name: StepName, work: () => Promise<T>, detailOf: (result: T) => object | null = () => null): Promise<T> {
    const startedAt = this.#clock.now();
    await this.#write([{ name, startedAt, finishedAt: null, error: null, detail: null }]);
    const startedMs = performance.now();
    const end = () => after(startedAt, performance.now() - startedMs);
    try {
      const result = await work();
      await this.#write([{ name, startedAt, finishedAt: end(), error: null, detail: detailOf(result) }]);
      return result;
    } catch (error) {
      await this.#fail({ name, startedAt, finishedAt: end(), error: this.#tellError(error), detail: detailOfError(error) });
      throw error;
    }
  }

  /** Does the work of extract, transform and load, which take turns; `work` adds to the times of the first two. Each is recorded with the time that it took altogether. */
  async recordTurns<T>(work: (times: TurnTimes) => Promise<T>, detailOf: (result: T) => object | null): Promise<T> {
    const startedAt = this.#clock.now();
    const times: TurnTimes = { extractMs: 0, transformMs: 0, totalMs: 0 };
    const steps = (error: string | null, detail: object | null): readonly StepRecord[] => {
      const loadMs = Math.max(0, times.totalMs - times.extractMs - times.transformMs);
      return [
        { name: 'extract', startedAt, finishedAt: after(startedAt, times.extractMs), error: null, detail: null },
        { name: 'transform', startedAt, finishedAt: after(startedAt, times.transformMs), error: null, detail: null },
        { name: 'load', startedAt, finishedAt: after(startedAt, loadMs), error, detail },
      ];
    };
    await this.#write(steps(null, null).map((step) => ({ ...step, finishedAt: null })));
    const startedMs = performance.now();
    try {
      const result = await work(times);
      times.totalMs = performance.now() - startedMs;
      await this.#write(steps(null, detailOf(result)));
      return result;
    } catch (error) {
      times.totalMs = performance.now() - startedMs;
      for (const step of steps(this.#tellError(error), null)) await this.#fail(step);
      throw error;
    }
  }

  async #write(steps: readonly StepRecord[]): Promise<void> {
    if (this.#claim !== null) await upsertSteps(this.#store.writePool, this.#claim, steps);
  }

  /** What went wrong matters more than that it could not be written. */
  async #fail(step: StepRecord): Promise<void> {
    await this.#write([step]).catch(() => undefined);
  }
}

function after(startedAt: Instant, ms: number): Instant {
  return startedAt + Math.round(ms * 1000);
}

function detailOfError(error: unknown): object | null {
  return typeof error === 'object' && error !== null && 'problems' in error ? { problems: error.problems } : null;
}
