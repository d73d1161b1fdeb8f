import { setTimeout as sleep } from 'node:timers/promises';
import type { JobFolder } from './job-library.ts';
import { scheduleDue } from './schedule-due.ts';
import { Seat, type SeatOptions } from './seat.ts';
import { requeueForgotten, takeOver } from './take-over.ts';

/** Jobs that are run by this process. */
export interface RunningJobs {
  /** Ends what is under way, putting it back for others, and waits until it is. */
  stop(): Promise<void>;
}

/** Ticks begin a second late at most, and so does taking over from an instance that died. */
const PASS_EVERY_MS = 1_000;
/** What is lost in the queue is noticed half a minute later at most. */
const REQUEUE_EVERY = 30;

/** Runs the jobs of a folder until it is stopped, beside other instances over the same store. While the folder declares none, nothing is asked of the database. */
export function startJobs(options: SeatOptions): RunningJobs {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: SeatOptions, stopping: AbortSignal): Promise<void> {
  const passing = new Passing(options);
  let isFailing = false;
  while (!stopping.aborted) {
    try {
      await passing.pass();
      if (isFailing) options.log.info({}, 'running jobs again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) options.log.warn({ err: error }, 'running jobs failed, will be tried again');
      isFailing = true;
    }
    // A timer that is cut short by the signal has no other way to say so than to throw.
    await sleep(PASS_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  await passing.end();
}

class Passing {
  readonly #options: SeatOptions;
  #seat: Seat | null = null;
  #told: JobFolder | null = null;
  #passes = 0;

  constructor(options: SeatOptions) {
    this.#options = options;
  }

  async pass(): Promise<void> {
    const folder = await this.#options.library.current();
    this.#tell(folder);
    if (this.#seat?.isLost === true) await this.end();
    if (this.#seat === null) {
      if (folder.jobs.size === 0) return;
      this.#seat = await Seat.take(this.#options);
    }
    await this.#seat.check();
    await takeOver(this.#options, folder);
    if (this.#passes++ % REQUEUE_EVERY === 0) await requeueForgotten(this.#options);
    await scheduleDue(this.#options, folder.jobs.values());
    await this.#seat.alignStreams(folder.jobs);
  }

  async end(): Promise<void> {
    const seat = this.#seat;
    this.#seat = null;
    await seat?.leave();
  }

  #tell(folder: JobFolder): void {
    const { log } = this.#options;
    if (folder === this.#told) return;
    for (const [job, problem] of folder.problems) log.error({ job, problem }, 'job does not run');
    if (folder.jobs.size > 0 || this.#told !== null) log.info({ jobs: [...folder.jobs.keys()] }, 'jobs declared');
    this.#told = folder;
  }
}
