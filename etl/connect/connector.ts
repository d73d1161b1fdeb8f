import type pg from 'pg';
import type { Json } from '../../db/etl/position.ts';
import type { RunClaim } from '../../db/etl/run-claim.ts';
import type { StoreLog } from '../../db/open-store.ts';
import type { RejectReader } from '../../db/rejected-reading.ts';
import type { Store } from '../../db/store.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { Job } from '../jobs/job.ts';
import type { BatchOutcome } from '../load-batch.ts';
import type { LoadOrigin } from '../load-origin.ts';
import type { RecordChunk } from '../read/reader.ts';
import type { Resumption } from './resumption.ts';

/** Half-open, null on either side: whatever is new. A source that cannot ask by time ignores it; the runner lets only readings inside through. */
export interface RunWindow {
  readonly from: Instant | null;
  readonly to: Instant | null;
}

/** What a connector works with. */
export interface RunContext {
  readonly store: Store;
  readonly job: Job;
  /** null: a dry run, which loads nothing and remembers no position. */
  readonly claim: RunClaim | null;
  /**
   * SCHEDULED and MANUAL without a window: what is new since the remembered positions, which move on.
   * BACKFILL: everything in the window whatever the positions say, and they stay as they are.
   */
  readonly mode: 'NEW' | 'WINDOW';
  readonly window: RunWindow;
  /** Where to begin the pieces of a window that an earlier attempt has begun, by the keys of their resumptions; absent: it has begun none. A piece may be begun earlier, too. */
  readonly bookmarks?: ReadonlyMap<string, Json>;
  /** Aborts at the timeout, at the end of the process, and where the run is no longer this instance's. */
  readonly signal: AbortSignal;
  readonly log: StoreLog;
  /** The folder with source definitions of one's own. */
  readonly sourcesFolder: string;
  /** The present; simulated in tests. */
  readonly now: () => Instant;
}

/** A connector of a kind of source that is fetched from, in runs that end: files, http, database. */
export interface Connector<S> {
  /** Step "connect": what is needed is there and answers. Throws ConnectError saying what to do; another error is told by its message without the job's secrets. */
  connect(source: S, context: RunContext): Promise<Connected>;
}

/** A source that answers. */
export interface Connected {
  /** Whether the source itself is asked for a window, so that a part of it costs a part; absent: everything is read and looked through. */
  readonly narrows?: boolean;
  /** What was found out about the source, which is kept with the step; absent: nothing. */
  readonly found?: Readonly<Record<string, string>>;
  /** What there is to load, piece after piece; each has positions of its own. The next is asked for when the one before is loaded and done. */
  pieces(): AsyncIterable<Piece>;
  close(): Promise<void>;
}

/** Batches of a backfill have records in another order: none comes after one whose index is greater by so many or more. */
export const MOST_REORDERED = 200_000;

/** A file, a page, a query: what is read from one end to the other. */
export interface Piece {
  /** Names its batches: a path, an address, a table. Without passwords. */
  readonly source: string;
  /** Step "extract": can be iterated once. The runner takes the time of each. */
  readonly records: AsyncIterable<RecordChunk>;
  /** Time within `records` that went into taking them apart rather than into waiting for the source, in milliseconds; absent: all of it counts as extract. */
  readonly transformMs?: () => number;
  /** How its rejected records are read again. */
  readonly reader: RejectReader;
  /** Where a record stands in the piece, by its index. */
  readonly positionOf?: (index: number) => string;
  /** In each batch's transaction: remembers how far it is. */
  readonly alongside?: NonNullable<LoadOrigin['alongside']>;
  /** How another attempt of a backfill goes on in it; absent: it begins anew. */
  readonly resumption?: Resumption;
  /** In a transaction of its own after the last batch: the piece is done. Not called in a dry run. */
  readonly done?: (client: pg.PoolClient) => Promise<void>;
  /** From 0 to 1, null where the end is not known. */
  readonly progress?: () => number | null;
}

/** What a stream hands over to be loaded in exactly one transaction. */
export interface StreamBatch {
  /** Names the batch: a topic, a partition. */
  readonly source: string;
  /** At most 50,000. */
  readonly records: RecordChunk;
  readonly reader: RejectReader;
  readonly positionOf?: (index: number) => string;
  readonly alongside?: NonNullable<LoadOrigin['alongside']>;
  /** Readings that are left out because later ones of the same instants are stored already. */
  readonly passedOver?: number;
}

/** What a consumer works with. */
export interface StreamContext extends RunContext {
  readonly claim: RunClaim;
  /** Loads one bounded array as one batch and counts it to the run under way; committed when this resolves: acknowledge after it. Several may be under way at the same time. */
  load(batch: StreamBatch): Promise<BatchOutcome>;
}

/** A connector of a kind of source that hands over by itself and keeps what it has handed over, so that a window of it can be asked for beside: kafka, nats. */
export type LogConnector<S> = StreamConnector<S> & Connector<S>;

/** A connector of a kind of source that hands over by itself: mqtt, kafka, nats. */
export interface StreamConnector<S> {
  /** Consumes until `context.signal` aborts: then acknowledges what is committed, leaves the rest to others, disconnects and resolves. Throws where it cannot go on; it is begun anew by the rule for retries. */
  consume(source: S, context: StreamContext): Promise<void>;
}
