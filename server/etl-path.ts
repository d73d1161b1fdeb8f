import type { StoreLog } from '../db/open-store.ts';
import type { Store } from '../db/store.ts';
import { formatDuration } from '../db/time/duration.ts';
import { type Instant, now } from '../db/time/instant.ts';
import type { Job } from '../etl/jobs/job.ts';
import type { JobLibrary } from '../etl/jobs/job-library.ts';
import { startRun } from '../etl/jobs/start-run.ts';
import { nextTick } from '../etl/jobs/ticks.ts';
import { replayRejected } from '../etl/replay-rejected.ts';
import type { EtlPath, JobView } from '../resolvers/etl-path.ts';

/** What GraphQL is told of jobs with. */
export interface EtlPathOptions {
  readonly store: Store;
  readonly library: JobLibrary;
  /** The folder with source definitions of one's own. */
  readonly sourcesFolder: string;
  readonly batchSize: number;
  readonly log: StoreLog;
}

/** The jobs of a folder and what can be done with them, for resolvers. */
export function createEtlPath({ store, library, sourcesFolder, batchSize, log }: EtlPathOptions): EtlPath {
  return {
    async jobs() {
      const { jobs, problems } = await library.current();
      const present = now();
      const views = [...[...jobs.values()].map((job) => viewOf(job, present)), ...[...problems].map(([id, problem]) => brokenView(id, problem))];
      return views.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    start: ({ jobId, window, dryRun }) => startRun({ store, library, log }, jobId, { from: window?.from ?? null, to: window?.to ?? null, dryRun }),
    replay: (ids) => replayRejected(store, ids, { sourcesFolder, batchSize }),
  };
}

const KINDS = { files: 'FILES', http: 'HTTP', mqtt: 'MQTT', kafka: 'KAFKA', nats: 'NATS', database: 'DATABASE' } as const;

function viewOf(job: Job, present: Instant): JobView {
  const { id, description, enabled, schedule, timezone, limits } = job;
  return {
    id,
    description,
    problem: null,
    sourceKind: KINDS[job.source.kind],
    enabled,
    schedule,
    timezone,
    nextRunAt: enabled ? nextTick(job, present) : null,
    sla: limits.sla === null ? null : duration(limits.sla),
    timeout: duration(limits.timeout),
    retries: limits.retries,
    retryDelay: duration(limits.retryDelay),
  };
}

function brokenView(id: string, problem: string): JobView {
  return {
    id,
    description: null,
    problem,
    sourceKind: null,
    enabled: false,
    schedule: null,
    timezone: null,
    nextRunAt: null,
    sla: null,
    timeout: null,
    retries: null,
    retryDelay: null,
  };
}

function duration(micros: number): string {
  return formatDuration({ months: 0, days: 0, micros });
}
