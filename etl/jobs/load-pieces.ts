import { insertBatchSum } from '../../db/etl/batch-sum.ts';
import type { Json } from '../../db/etl/position.ts';
import { holdRun, updateRunProgress } from '../../db/etl/run.ts';
import type { RunClaim } from '../../db/etl/run-claim.ts';
import { selectRunPositions } from '../../db/etl/run-position.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import type { Piece } from '../connect/connector.ts';
import { ingest } from '../ingest.ts';
import type { IngestSummary } from '../record.ts';
import { type BackfillLoading, endPieceOfBackfill, pieceOfBackfill } from './backfill-piece.ts';
import type { Job } from './job.ts';
import { isDone } from './piece-position.ts';
import { reasonOf } from './reason-of.ts';
import type { TurnTimes } from './step-recorder.ts';

/** What pieces are loaded with. */
export interface PieceLoading {
  readonly store: Store;
  readonly job: Job;
  readonly claim: RunClaim;
  readonly signal: AbortSignal;
  readonly times: TurnTimes;
  /**
   * Absent: pieces are told that they are done. A backfill leaves positions as they are and remembers its own. Its batches are of few sensors, and nothing is read while one is loaded:
   * both are work of this process, and a transaction that waits for it keeps its locks for longer.
   */
  readonly backfill?: BackfillLoading;
}

/** What was loaded of the pieces of a source. */
export interface LoadedPieces {
  readonly pieces: number;
  readonly received: number;
}

const PROGRESS_EVERY_MS = 1000;

/** Loads piece after piece, batch by batch. Ends between two batches where the signal aborts. */
export async function loadPieces(pieces: AsyncIterable<Piece>, loading: PieceLoading): Promise<LoadedPieces> {
  const { store, claim, signal, times, backfill } = loading;
  const remembered = backfill === undefined ? new Map<string, Json>() : await selectRunPositions(store.writePool, claim.runId);
  const tellProgress = progressTeller(store, claim);
  let count = 0;
  let received = 0;
  const waitMs = { ms: 0 };
  for await (const piece of timed(pieces, signal, waitMs)) {
    times.extractMs += waitMs.ms;
    waitMs.ms = 0;
    const left = remembered.get(piece.resumption?.key ?? '');
    if (!isDone(left)) {
      const loaded = await loadPiece(piece, left, loading, () => tellProgress(piece.progress?.() ?? null));
      received += loaded.received;
      await endPiece(piece, loading);
    }
    count += 1;
  }
  times.extractMs += waitMs.ms;
  return { pieces: count, received };
}

async function endPiece(piece: Piece, { store, claim, backfill }: PieceLoading): Promise<void> {
  if (backfill !== undefined) return endPieceOfBackfill(piece, store, claim);
  const { done } = piece;
  if (done === undefined) return;
  await withTransaction(store.writePool, async (client) => {
    await holdRun(client, claim);
    await done(client);
  });
}

async function loadPiece(given: Piece, left: Json | undefined, loading: PieceLoading, onBatch: () => void): Promise<IngestSummary> {
  const { store, job, claim, signal, times, backfill } = loading;
  const waitMs = { ms: 0 };
  const whole: Piece = { ...given, records: timed(given.records, signal, waitMs) };
  const piece = backfill === undefined ? whole : pieceOfBackfill(whole, backfill, claim, left);
  try {
    return await ingest(store, piece.records, {
      register: job.mapping.register,
      batchSize: job.limits.batchSize,
      readsAhead: backfill === undefined,
      onBatch: () => {
        onBatch();
        return backfill?.pause('BATCH');
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
