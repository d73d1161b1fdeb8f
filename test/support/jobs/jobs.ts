import type { Store } from '../../../db/store.ts';
import type { Connected, Connector, Piece, RunContext } from '../../../etl/connect/connector.ts';
import type { Connectors } from '../../../etl/connect/connectors.ts';
import { SYSTEM_CLOCK } from '../../../etl/jobs/clock.ts';
import { type Job, parseJob } from '../../../etl/jobs/job.ts';
import { fixedJobLibrary } from '../../../etl/jobs/job-library.ts';
import { type RunningJobs, startJobs } from '../../../etl/jobs/start-jobs.ts';
import type { RecordChunk } from '../../../etl/read/reader.ts';
import { recordsOf, type TestReading } from '../records.ts';

/** A job as a test declares it; its source is an address that nobody asks, because the test brings the connector. */
export function jobOf(id: string, yaml = ''): Job {
  return parseJob(`source: { kind: http, url: http://127.0.0.1:9/never }\nmapping: { register: true }\n${yaml}`, `${id}.yaml`, {});
}

/** A connector that hands over what `fetch` gives. */
export function connectorOf(fetch: (context: RunContext) => AsyncIterable<Piece>): Connector<unknown> {
  return {
    connect: (_source, context): Promise<Connected> => Promise.resolve({ pieces: () => fetch(context), close: () => Promise.resolve() }),
  };
}

/** Connectors that all do the same. */
export function connectorsOf(connector: Connector<unknown>): Connectors {
  const none = () => Promise.reject(new Error('the test has no streams'));
  const one = () => Promise.resolve(connector);
  return { files: one, http: one, database: one, mqtt: none, kafka: none, nats: none };
}

/** A piece of some readings. */
export function pieceOf(source: string, readings: readonly TestReading[], more: Partial<Piece> = {}): Piece {
  return { source, records: recordsOf(readings), reader: { format: 'json', register: true }, ...more };
}

/** Records that never come. */
export function never(): AsyncIterable<RecordChunk> {
  return { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<RecordChunk>>(() => undefined) }) };
}

/** Runs jobs over a store, as an instance of its own. */
export function runJobs(store: Store, jobs: readonly Job[], connectors: Connectors, more: Partial<Parameters<typeof startJobs>[0]> = {}): RunningJobs {
  return startJobs({
    store,
    connectors,
    library: fixedJobLibrary(jobs),
    log: SILENT,
    clock: SYSTEM_CLOCK,
    sourcesFolder: 'sources',
    host: 'test',
    concurrency: 2,
    ...more,
  });
}

const ignore = () => undefined;

/** A log that nobody reads. */
export const SILENT = { info: ignore, warn: ignore, error: ignore };
