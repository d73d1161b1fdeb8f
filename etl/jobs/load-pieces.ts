import { insertBatchSum } from '../../db/etl/batch-sum.ts';
import { holdRun, updateRunProgress } from '../../db/etl/run.ts';
import type { RunClaim } from '../../db/etl/run-claim.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import type { Piece } from '../connect/connector.ts';
import { ingest } from '../ingest.ts';
import type { RecordChunk } from '../read/reader.ts';
import type { IngestSummary } from '../record.ts';
import { bySensor } from './by-sensor.ts';
import type { Job } from './job.ts';
import { reasonOf } from './reason-of.ts';
import type { TurnTimes } from './step-recorder.ts';

/** What pieces are loaded with. */
export interface PieceLoading {
  readonly store: Store;
  readonly job: Job;
  readonly claim: RunClaim;
  readonly signal: AbortSignal;
  readonly times: TurnTimes;
  /** Whether a piece is told that it is done; a backfill leaves positions as they are. */
  readonly positions: 'advance' | 'leave';
  /** Lets through what is to be loaded of a chunk; absent: all of it. */
  readonly select?: (chunk: RecordChunk) => RecordChunk;
  /**
   * Called after each chunk of records that was read and after each batch, and waited for: what makes room for others. Where there is one, batches are of few sensors, and nothing is read
   * while one is loaded: both are work of this process, and a transaction that waits for it keeps its locks for longer.
   */
  readonly pause?: (after: 'CHUNK' | 'BATCH') => Promise<void>;
}

/** What was loaded of the pieces of a source. */
export interface LoadedPieces {
  readonly pieces: number;
  readonly received: number;
}

const PROGRESS_EVERY_MS = 1000;

/** Loads piece after piece, batch by batch. Ends between two batches where the signal aborts. */
export async function loadPieces(pieces: AsyncIterable<Piece>, loading: PieceLoading): Promise<LoadedPieces> {
  const { store, claim, signal, times, positions } = loading;
  const tellProgress = progressTeller(store, claim);
  let count = 0;
  let received = 0;
  const waitMs = { ms: 0 };
  for await (const piece of timed(pieces, signal, waitMs)) {
    times.extractMs += waitMs.ms;
    waitMs.ms = 0;
    const loaded = await loadPiece(piece, loading, () => tellProgress(piece.progress?.() ?? null));
    received += loaded.received;
    const { done } = piece;
    if (done !== undefined && positions === 'advance')
      await withTransaction(store.writePool, async (client) => {
        await holdRun(client, claim);
        await done(client);
      });
    count += 1;
  }
  times.extractMs += waitMs.ms;
  return { pieces: count, received };
}

async function loadPiece(piece: Piece, loading: PieceLoading, onBatch: () => void): Promise<IngestSummary> {
  const { store, job, claim, signal, times, pause } = loading;
  const waitMs = { ms: 0 };
  try {
    const records = selected(timed(piece.records, signal, waitMs), loading);
    return await ingest(store, pause === undefined ? records : bySensor(records), {
      register: job.mapping.register,
      batchSize: job.limits.batchSize,
      readsAhead: pause === undefined,
      onBatch: () => {
        onBatch();
        return pause?.('BATCH');
      },
      origin: {
        source: piece.source,
        run: claim,
        reader: piece.reader,
        ...(piece.positionOf === undefined ? {} : { positionOf: piece.positionOf }),
        alongside: async (client, batch) => {
          if (batch.written.length > 0) await insertBatchSum(client, claim.runId, batch.batchId, batch.written);
          await piece.alongside?.(client, batch);
        },
      },
    });
  } finally {
    const transformMs = Math.min(piece.transformMs?.() ?? 0, waitMs.ms);
    times.transformMs += transformMs;
    times.extractMs += waitMs.ms - transformMs;
  }
}

/** What an iterable gives, with the time that it took to come; throws the signal's reason as soon as it aborts. */
async function* timed<T>(given: AsyncIterable<T>, signal: AbortSignal, spent: { ms: number }): AsyncGenerator<T> {
  const iterator = given[Symbol.asyncIterator]();
  try {
    for (;;) {
      const startedMs = performance.now();
      const next = await orAborted(iterator.next(), signal).finally(() => {
        spent.ms += performance.now() - startedMs;
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // One that hangs would not come to its end.
    iterator.return?.()?.then(undefined, () => undefined);
  }
}

/** The promise, or the signal's reason if that comes first. A listener for each wait: one that outlives it would hold on to what was awaited. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(reasonOf(signal));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

async function* selected(chunks: AsyncIterable<RecordChunk>, { select, pause }: Pick<PieceLoading, 'select' | 'pause'>): AsyncGenerator<RecordChunk> {
  for await (const chunk of chunks) {
    yield select === undefined ? chunk : select(chunk);
    await pause?.('CHUNK');
  }
}

/** Tells progress once a second at most; that it cannot be told does not keep a load from going on. */
function progressTeller(store: Store, claim: RunClaim): (progress: number | null) => void {
  let nextMs = 0;
  return (progress) => {
    const nowMs = performance.now();
    if (progress === null || nowMs < nextMs) return;
    nextMs = nowMs + PROGRESS_EVERY_MS;
    updateRunProgress(store.writePool, claim, Math.min(1, Math.max(0, progress))).catch(() => undefined);
  };
}
