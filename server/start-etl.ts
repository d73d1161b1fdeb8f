import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Store } from '../db/store.ts';
import { CONNECTORS } from '../etl/connect/all-connectors.ts';
import { SYSTEM_CLOCK } from '../etl/jobs/clock.ts';
import { type JobLibrary, openJobLibrary } from '../etl/jobs/job-library.ts';
import { startJobs } from '../etl/jobs/start-jobs.ts';
import type { Environment, ServingSettings } from './settings.ts';

/** What the jobs of a gateway are run with. */
export interface EtlOptions {
  readonly store: Store;
  readonly settings: ServingSettings;
  /** Has the variables that jobs name. */
  readonly environment: Environment;
  readonly log: Logger;
}

/** The jobs of a gateway, running. */
export interface RunningEtl {
  readonly library: JobLibrary;
  /** Puts back what is under way, for other gateways or the next start. */
  stop(): Promise<void>;
}

/** Runs the jobs of the folder that the settings name. */
export function startEtl({ store, settings, environment, log }: EtlOptions): RunningEtl {
  const library = openJobLibrary(settings.THERMOGRAPH_JOBS, environment);
  const jobs = startJobs({
    store,
    library,
    connectors: CONNECTORS,
    log,
    clock: SYSTEM_CLOCK,
    sourcesFolder: settings.THERMOGRAPH_SOURCES,
    host: settings.INSTANCE ?? hostname(),
    concurrency: settings.MAX_CONCURRENT_RUNS,
  });
  return { library, stop: () => jobs.stop() };
}
