import type { Job } from './job.ts';

/** What runs beside a job for as long as it is declared: the consumer of a stream, the watch over a folder. */
export interface JobCompanion {
  /** Asked about once a second, but not again before it has answered. */
  pass?(): Promise<void>;
  /** Ends it; another one of the job is begun only afterwards. */
  stop(): Promise<void>;
}

interface Running {
  readonly job: Job;
  readonly companion: JobCompanion;
  isPassing: boolean;
}

/** Companions of the jobs that are declared and enabled, and of no others. One that is slow holds up no other, and nobody who looks after them. */
export class JobCompanions {
  readonly #begin: (job: Job) => JobCompanion | null;
  readonly #running = new Map<string, Running>();
  readonly #ending = new Map<string, Promise<void>>();
  readonly #failures: Error[] = [];

  /** `begin` answers null for a job that has none. */
  constructor(begin: (job: Job) => JobCompanion | null) {
    this.#begin = begin;
  }

  /** Ends those of jobs that are gone or have changed, begins those of new ones, and asks all others; waits for none of them. Throws what one has failed with, one failure at a time. */
  align(jobs: ReadonlyMap<string, Job>): void {
    for (const [id, running] of this.#running) {
      if (jobs.get(id) === running.job) this.#pass(running);
      else this.#end(id, running.companion);
    }
    for (const job of jobs.values()) {
      if (!job.enabled || this.#running.has(job.id) || this.#ending.has(job.id)) continue;
      const companion = this.#begin(job);
      if (companion !== null) this.#running.set(job.id, { job, companion, isPassing: false });
    }
    const failure = this.#failures.shift();
    if (failure !== undefined) throw failure;
  }

  /** Waits for all of them. */
  async stop(): Promise<void> {
    for (const [id, { companion }] of this.#running) this.#end(id, companion);
    await Promise.all(this.#ending.values());
  }

  #pass(running: Running): void {
    if (running.companion.pass === undefined || running.isPassing) return;
    running.isPassing = true;
    running.companion
      .pass()
      .catch((error: unknown) => this.#note(error))
      .finally(() => {
        running.isPassing = false;
      });
  }

  #note(error: unknown): void {
    this.#failures.push(error instanceof Error ? error : new Error(String(error)));
  }

  #end(id: string, companion: JobCompanion): void {
    this.#running.delete(id);
    const ending = companion
      .stop()
      .catch((error: unknown) => this.#note(error))
      .finally(() => this.#ending.delete(id));
    this.#ending.set(id, ending);
  }
}
