import type { StoreLog } from '../../db/open-store.ts';
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
  /** Whether its last pass failed: the first failure of several is told. */
  isFailing: boolean;
}

/** Companions of the jobs that are declared and enabled, and of no others. One that is slow or fails holds up no other, and nobody who looks after them; the log is told. */
export class JobCompanions {
  readonly #begin: (job: Job) => JobCompanion | null;
  readonly #running = new Map<string, Running>();
  readonly #ending = new Map<string, Promise<void>>();
  readonly #log: StoreLog;

  /** `begin` answers null for a job that has none. */
  constructor(log: StoreLog, begin: (job: Job) => JobCompanion | null) {
    this.#log = log;
    this.#begin = begin;
  }

  /** Ends those of jobs that are gone or have changed, begins those of new ones, and asks all others; waits for none of them. */
  align(jobs: ReadonlyMap<string, Job>): void {
    for (const [id, running] of this.#running) {
      if (jobs.get(id) === running.job) this.#pass(running);
      else this.#end(id, running.companion);
    }
    for (const job of jobs.values()) {
      if (!job.enabled || this.#running.has(job.id) || this.#ending.has(job.id)) continue;
      const companion = this.#begin(job);
      if (companion !== null) this.#running.set(job.id, { job, companion, isPassing: false, isFailing: false });
    }
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
      .then(
        () => {
          running.isFailing = false;
        },
        (error: unknown) => {
          if (!running.isFailing) this.#log.warn({ err: error, job: running.job.id }, 'looking after a job failed, will be tried again');
          running.isFailing = true;
        },
      )
      .finally(() => {
        running.isPassing = false;
      });
  }

  #end(id: string, companion: JobCompanion): void {
    this.#running.delete(id);
    const ending = companion
      .stop()
      .catch((error: unknown) => this.#log.warn({ err: error, job: id }, 'what runs beside a job did not stop in order'))
      .finally(() => this.#ending.delete(id));
    this.#ending.set(id, ending);
  }
}
