import type { Store } from '../db/store.ts';
import type { IngestSummary, RawRecord, RefusedRecord } from './record.ts';

/** How an input is loaded. */
export interface IngestOptions {
  /** Whether sensors that nobody knows are registered rather than refused. */
  readonly register: boolean;
  /** Called after every commit with the counts so far and the number of leading records that are committed. Throwing ends the load. */
  readonly onBatch?: (soFar: IngestSummary, committedRecords: number) => void;
  /** At most so many readings a transaction. */
  readonly batchSize?: number;
}

/** Loads an input, batch by batch, each in one transaction, committed in input order. Throws IngestInterruptedError where the input or the database fails midway. */
export async function ingest(_store: Store, _records: AsyncIterable<readonly (RawRecord | RefusedRecord)[]>, _options: IngestOptions): Promise<IngestSummary> {
  throw new Error('not yet');
}
