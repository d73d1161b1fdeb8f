import type { Job } from './job.ts';

/** What runs beside a job for as long as it is declared: the consumer of a stream, the watch over a folder. */
export interface JobCompanion {
  /** Asked about once a second. */
  pass?(): Promise<void>;
  stop(): Promise<void>;
}

/** Companions of the jobs that are declared and enabled, and of no others. */
export class JobCompanions {
  readonly #begin: (job: Job) => JobCompanion | null;
  readonly #running = new Map<string, { readonly job: Job; readonly companion: JobCompanion }>();

  /** `begin` answers null for a job that has none. */
  constructor(begin: (job: Job) => JobCompanion | null) {
    this.#begin = begin;
  }

  /** Ends those of jobs that are gone or have changed, and begins those of new ones. */
  async align(jobs: ReadonlyMap<string, Job>): Promise<void> {
    for (const [id, { job, companion }] of this.#running) {
      if (jobs.get(id) === job) await companion.pass?.();
      else {
        this.#running.delete(id);
        await companion.stop();
      }
    }
    for (const job of jobs.values()) {
      if (!job.enabled || this.#running.has(job.id)) continue;
      const companion = this.#begin(job);
      if (companion !== null) this.#running.set(job.id, { job, companion });
    }
  }

  async stop(): Promise<void> {
    const companions = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(companions.map(({ companion }) => companion.stop()));
  }
}
