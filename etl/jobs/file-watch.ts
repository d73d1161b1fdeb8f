import { insertFoundRun, isFetching } from '../../db/etl/found-run.ts';
import { addQueueJob } from '../../db/etl/queue-job.ts';
import type { StoreLog } from '../../db/open-store.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import { hasNewFiles } from '../connect/files.ts';
import type { FilesSource } from '../connect/files-schema.ts';
import type { FoundFile } from '../connect/find-files.ts';
import { watchFiles } from '../connect/watch-files.ts';
import { type Clock, queueTime } from './clock.ts';
import type { Job } from './job.ts';
import type { JobCompanion } from './job-companions.ts';

/** What a folder is watched with. */
export interface FileWatchOptions {
  readonly store: Store;
  readonly log: StoreLog;
  readonly clock: Clock;
  /** The folder with source definitions of one's own. */
  readonly sourcesFolder: string;
  readonly job: Job;
}

/** Watches the folders of a job that asks for it, and queues a run as soon as a file comes. Every instance watches, and one of them queues the run. null: the job asks for none. */
export function startFileWatch(options: FileWatchOptions): JobCompanion | null {
  const { source } = options.job;
  if (source.kind !== 'files' || !source.watch) return null;
  return watching(source, options);
}

function watching(source: FilesSource, { store, log, clock, sourcesFolder, job }: FileWatchOptions): JobCompanion {
  /** A run that is under way may have listed its files before these came: what it leaves is seen when it is over. */
  const onFiles = async (files: readonly FoundFile[]): Promise<'told' | 'later'> => {
    if (await isFetching(store.writePool, job.id, clock.now())) return 'later';
    if (!(await hasNewFiles(files, { store, job, sourcesFolder }))) return 'told';
    const runId = await withTransaction(store.writePool, async (client) => {
      const at = clock.now();
      const id = await insertFoundRun(client, job.id, at);
      if (id !== null) await addQueueJob(client, { runId: id, jobId: job.id, attempt: 0, kind: 'MANUAL', runAt: queueTime(clock, at) });
      return id;
    });
    if (runId === null) return 'later';
    log.info({ job: job.id, run: runId, files: files.length }, 'files found');
    return 'told';
  };
  const watch = watchFiles(source, { log, onFiles });
  return { stop: () => watch.close() };
}
