import type { Instant, TimeWindow } from '../db/time/instant.ts';
import type { IngestAnswer } from './ingest-path.ts';

/** A declared job as clients see it. */
export interface JobView {
  readonly id: string;
  readonly description: string | null;
  /** Why its file cannot be used; null where it can, and all that follows is from it. */
  readonly problem: string | null;
  readonly sourceKind: 'FILES' | 'HTTP' | 'MQTT' | 'KAFKA' | 'NATS' | 'DATABASE' | null;
  readonly enabled: boolean;
  readonly schedule: string | null;
  readonly timezone: string | null;
  readonly nextRunAt: Instant | null;
  /** ISO 8601, as the two that follow. */
  readonly sla: string | null;
  readonly timeout: string | null;
  readonly retryDelay: string | null;
  readonly retries: number | null;
}

/** A run that somebody asks for. */
export interface RunRequest {
  readonly jobId: string;
  /** To be loaded again; null: whatever is new. */
  readonly window: TimeWindow | null;
  readonly dryRun: boolean;
}

/** Jobs and their runs, given by the server: resolvers know neither files nor queues. */
export interface EtlPath {
  /** By id. */
  jobs(): Promise<readonly JobView[]>;
  /** Queues a run and gives its id. Throws a ThermographError where the job is not known, cannot be used, or cannot do what is asked. */
  start(request: RunRequest): Promise<number>;
  /** Loads rejected records again. Throws a ThermographError where one of them is not kept. */
  replay(ids: readonly number[]): Promise<IngestAnswer>;
}

/** Where nothing asks for jobs. */
export const NO_ETL: EtlPath = {
  jobs: () => Promise.resolve([]),
  start: () => Promise.reject(new Error('there are no jobs to start here')),
  replay: () => Promise.reject(new Error('nothing is loaded here')),
};
