import type { JobFolder } from './job-library.ts';
import { scheduleDue } from './schedule-due.ts';
import { Seat, type SeatOptions } from './seat.ts';
import { takeOver } from './take-over.ts';

/** What an instance looks after now and again: its place, the places of those that died, schedules, streams. */
export class JobPasses {
  readonly #options: SeatOptions;
  #seat: Seat | null = null;
  #told: JobFolder | null = null;

  constructor(options: SeatOptions) {
    this.#options = options;
  }

  /** Looks once. Nothing is asked of the database while no job is declared. */
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
    await scheduleDue(this.#options, folder.jobs.values());
    await this.#seat.align(folder.jobs);
  }

  /** Ends what is under way here, putting it back for others. */
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
