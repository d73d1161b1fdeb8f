import { type InstanceSeat, takeInstanceSeat } from '../../db/etl/instance.ts';
import type { Connectors } from '../connect/connectors.ts';
import type { RunTools } from './attempt.ts';
import { startFileWatch } from './file-watch.ts';
import type { Job } from './job.ts';
import { isStream } from './job.ts';
import { JobCompanions } from './job-companions.ts';
import type { JobLibrary } from './job-library.ts';
import { performRun } from './perform-run.ts';
import { installQueue, type RunningQueue, startQueue } from './queue.ts';
import { InstanceStoppingError, SeatLostError } from './run-errors.ts';
import { startStream } from './stream-consumer.ts';

/** What an instance runs jobs with. */
export interface SeatOptions extends RunTools {
  readonly connectors: Connectors;
  readonly library: JobLibrary;
  /** How this instance is called. */
  readonly host: string;
  /** Runs at the same time. */
  readonly concurrency: number;
}

/** An instance's place among those that run jobs, with what it is at. A new one is taken where it is lost. */
export class Seat {
  readonly #options: SeatOptions;
  readonly #seat: InstanceSeat;
  readonly #ending: AbortController;
  readonly #companions: JobCompanions;
  #queue: RunningQueue | null = null;
  #backfills = 0;

  private constructor(options: SeatOptions, seat: InstanceSeat, ending: AbortController) {
    this.#options = options;
    this.#seat = seat;
    this.#ending = ending;
    const { store, connectors, log, clock, sourcesFolder } = options;
    this.#companions = new JobCompanions(log, (job) =>
      isStream(job)
        ? startStream({ store, connectors, log, clock, sourcesFolder, job, instanceId: seat.id })
        : startFileWatch({ store, log, clock, sourcesFolder, job }),
    );
  }

  /** Takes a place and begins to take runs from the queue. */
  static async take(options: SeatOptions): Promise<Seat> {
    const { store, log, host } = options;
    await installQueue(store, log);
    const ending = new AbortController();
    const lose = (error: unknown) => {
      if (ending.signal.aborted) return;
      log.warn({ err: error }, 'this instance lost its place among those that run jobs and takes another');
      ending.abort(new SeatLostError('the place is lost', { cause: error }));
    };
    const taken = new Seat(options, await takeInstanceSeat(store.listenPool, host, lose), ending);
    try {
      taken.#queue = await startQueue({
        store,
        log,
        instanceId: taken.#seat.id,
        concurrency: options.concurrency,
        backfillsUnderWay: () => taken.#backfills,
        perform: (runId, attempt, isBackfill) => taken.#perform(runId, attempt, isBackfill),
        onEnd: lose,
      });
    } catch (error) {
      await taken.leave();
      throw error;
    }
    return taken;
  }

  get isLost(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Notices where the connection went without a word. */
  async check(): Promise<void> {
    await this.#seat.check();
  }

  /** Consumes the streams and watches the folders of the jobs that are declared now, and no others. */
  align(jobs: ReadonlyMap<string, Job>): void {
    if (!this.isLost) this.#companions.align(jobs);
  }

  /** Puts back what is under way, waits until it is, and gives the place up. */
  async leave(): Promise<void> {
    if (!this.#ending.signal.aborted) this.#ending.abort(new InstanceStoppingError('the instance stops'));
    await Promise.all([this.#queue?.stop(), this.#companions.stop()]);
    this.#seat.close();
  }

  async #perform(runId: number, attempt: number, isBackfill: boolean): Promise<void> {
    if (isBackfill) this.#backfills += 1;
    try {
      await performRun({ ...this.#options, instanceId: this.#seat.id, signal: this.#ending.signal }, runId, attempt);
    } finally {
      if (isBackfill) this.#backfills -= 1;
    }
  }
}
