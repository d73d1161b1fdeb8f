import { insertFoundRun, isFetching } from '../../db/etl/found-run.ts';
import { addQueueJob } from '../../db/etl/queue-job.ts';
import type { StoreLog } from '../../db/open-store.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import type { FoundFile } from '../connect/find-files.ts';
import { type FileWatch, watchFiles } from '../connect/watch-files.ts';
import { type Clock, queueTime } from './clock.ts';
import type { Job } from './job.ts';

/** What folders are watched with. */
export interface FileWatchesOptions {
  readonly store: Store;
  readonly log: StoreLog;
  readonly clock: Clock;
  /** Whether a job has not loaded all of these files. */
  readonly hasNew: (job: Job, files: readonly FoundFile[]) => Promise<boolean>;
}

/** The folders of jobs that ask to be run as soon as a file comes. Every instance watches, and one of them queues the run. */
export class FileWatches {
  readonly #options: FileWatchesOptions;
  readonly #watches = new Map<string, { readonly job: Job; readonly watch: FileWatch }>();

  constructor(options: FileWatchesOptions) {
    this.#options = options;
  }

  /** Begins the watches that are declared now, and ends those that are not or have changed. */
  async align(jobs: ReadonlyMap<string, Job>): Promise<void> {
    for (const [id, { job, watch }] of this.#watches) {
      if (jobs.get(id) === job) continue;
      this.#watches.delete(id);
      await watch.close();
    }
    for (const job of jobs.values()) {
      const { source } = job;
      if (source.kind !== 'files' || !source.watch || !job.enabled || this.#watches.has(job.id)) continue;
      this.#watches.set(job.id, { job, watch: watchFiles(source, { log: this.#options.log, onFiles: (files) => this.#onFiles(job, files) }) });
    }
  }

  async close(): Promise<void> {
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    await Promise.all(watches.map(({ watch }) => watch.close()));
  }

  /** A run that is under way may have listed its files before these came: what it leaves is seen when it is over. */
  async #onFiles(job: Job, files: readonly FoundFile[]): Promise<'told' | 'later'> {
    const { store, clock, log, hasNew } = this.#options;
    if (await isFetching(store.writePool, job.id, clock.now())) return 'later';
    if (!(await hasNew(job, files))) return 'told';
    const runId = await withTransaction(store.writePool, async (client) => {
      const at = clock.now();
      const id = await insertFoundRun(client, job.id, at);
      if (id !== null) await addQueueJob(client, { runId: id, jobId: job.id, isBackfill: 'live', runAt: queueTime(clock, at) });
      return id;
    });
    if (runId === null) return 'later';
    log.info({ job: job.id, run: runId, files: files.length }, 'files found');
    return 'told';
  }
}
