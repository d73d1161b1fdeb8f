import { setTimeout as sleep } from 'node:timers/promises';
import type { JobFolder } from './job-library.ts';
import { scheduleDue } from './schedule-due.ts';
import { Seat, type SeatOptions } from './seat.ts';
import { takeOver } from './take-over.ts';

/** What ends within this is recorded by whoever was at it, before the next place takes over what is left of the one that was lost. */
const LONGEST_LEAVING_MS = 5_000;

/** What an instance looks after now and again: its place, the places of those that died, schedules, streams. */
export class JobPasses {
  readonly #options: SeatOptions;
  #seat: Seat | null = null;
  #leaving: Promise<void> = Promise.resolve();
  #told: JobFolder | null = null;

  constructor(options: SeatOptions) {
    this.#options = options;
  }

  /** Looks once. Nothing is asked of the database while no job is declared. */
  async pass(): Promise<void> {
    const folder = await this.#options.library.current();
    this.#tell(folder);
    if (this.#seat?.isLost === true) {
      await this.#leave(this.#seat);
      await Promise.race([this.#leaving, sleep(LONGEST_LEAVING_MS, undefined, { ref: false })]);
    }
    if (this.#seat === null) {
      if (folder.jobs.size === 0) return;
      this.#seat = await Seat.take(this.#options);
    }
    await this.#seat.check();
    await takeOver(this.#options, folder);
    await scheduleDue(this.#options, folder.jobs.values());
    this.#seat.align(folder.jobs);
  }

  /** Ends what is under way here, putting it back for others. */
  async end(): Promise<void> {
    if (this.#seat !== null) await this.#leave(this.#seat);
    await this.#leaving;
  }

  /** Begins to leave a place. Who is slow to go, such as a consumer, does not keep the instance from another one for long, but from a third. */
  async #leave(seat: Seat): Promise<void> {
    this.#seat = null;
    await this.#leaving;
    this.#leaving = seat
      .leave()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'a place among those that run jobs could not be left in order'));
  }

  #tell(folder: JobFolder): void {
    const { log } = this.#options;
    if (folder === this.#told) return;
    for (const [job, problem] of folder.problems) log.error({ job, problem }, 'job does not run');
    if (folder.jobs.size > 0 || this.#told !== null) log.info({ jobs: [...folder.jobs.keys()] }, 'jobs declared');
    this.#told = folder;
  }
}
