import type pg from 'pg';
import type { SeriesSum } from '../db/etl/batch.ts';
import type { RunClaim } from '../db/etl/run-claim.ts';
import type { RejectReader } from '../db/rejected-reading.ts';
import type { BatchRejection } from './load/valid-batch.ts';

/** Where what is loaded comes from, and what has to become true with it. */
export interface LoadOrigin {
  /** What its batches are named after: `POST /ingest`, the path of a file, `kafka readings/0`. */
  readonly source: string;
  /** The run that loads: its counts are raised in the transaction of each batch, which throws RunLostError where the run is no longer this attempt's. null: no run. */
  readonly run: RunClaim | null;
  /** How a rejected record has to be read when it is tried again. */
  readonly reader: RejectReader;
  /** Where the record with an index stands in its source, for the batch; absent: its index. */
  readonly positionOf?: (index: number) => string;
  /**
   * Runs in the transaction of each batch, after its readings are written and before its breaches are numbered: positions, offsets.
   * Throwing rolls the batch back. A batch that brings nothing but this is a transaction too.
   */
  readonly alongside?: (client: pg.PoolClient, batch: CommittingBatch) => Promise<void>;
  /** Readings that are left out of the input because later ones of the same instants are stored already: they count as received and unchanged. */
  readonly passedOver?: number;
}

/** A batch about to be committed. */
export interface CommittingBatch {
  readonly batchId: number;
  /** Indexes of its first and its last record; -1 is the header of a file. */
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** How many leading records of the input are committed with it. */
  readonly records: number;
  /** What of it is refused. */
  readonly rejections: readonly BatchRejection[];
  /** What it writes of each series, in measured readings. */
  readonly written: readonly SeriesSum[];
}
