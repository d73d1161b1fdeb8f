import type { Json } from '../../db/etl/position.ts';
import { holdRun } from '../../db/etl/run.ts';
import type { RunClaim } from '../../db/etl/run-claim.ts';
import { deleteRunPosition, saveRunPosition } from '../../db/etl/run-position.ts';
import { withTransaction } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import type { Piece } from '../connect/connector.ts';
import type { RecordChunk } from '../read/reader.ts';
import { BySensor } from './by-sensor.ts';
import { DONE, placeOf } from './piece-position.ts';

/** How the pieces of a backfill are loaded. */
export interface BackfillLoading {
  /** Lets through what is to be loaded of a chunk. */
  readonly select: (chunk: RecordChunk) => RecordChunk;
  /** Called after each chunk of records that was read and after each batch, and waited for: what makes room for others. */
  readonly pause: (after: 'CHUNK' | 'BATCH') => Promise<void>;
}

/** The piece sensor by sensor, from where an earlier attempt of the run has left it. In the transaction of each batch the run remembers how far it is. */
export function pieceOfBackfill(piece: Piece, { select, pause }: BackfillLoading, claim: RunClaim, left: Json | undefined): Piece {
  const { records, positionOf, resumption, alongside } = piece;
  const order = new BySensor({ select, bookmarkOf: resumption?.bookmarkOf ?? null, place: placeOf(left) });
  let under = { firstIndex: 0, lastIndex: 0 };
  let firstNumber = 0;
  return {
    ...piece,
    records: order.records(paused(records, pause)),
    // Of the first and of the last record of the batch that is under way.
    positionOf: (number) => (positionOf ?? String)(number === firstNumber ? under.firstIndex : under.lastIndex),
    alongside: async (client, batch) => {
      firstNumber = batch.firstIndex;
      under = order.indexesOf(batch.firstIndex, batch.lastIndex);
      const position = order.placeAfter(batch.firstIndex, batch.records);
      if (resumption !== undefined && position !== null) {
        await holdRun(client, claim);
        await saveRunPosition(client, { runId: claim.runId, piece: resumption.key, position: { done: false, ...position } });
      }
      await alongside?.(client, { ...batch, ...under, records: under.lastIndex + 1 });
    },
  };
}

/** Remembers of a piece that was read to its end that it needs not be read again. */
export async function endPieceOfBackfill({ resumption }: Piece, store: Store, claim: RunClaim): Promise<void> {
  const ended = resumption?.ended?.() ?? 'WHOLE';
  if (resumption === undefined || ended === 'BROKEN') return;
  await withTransaction(store.writePool, async (client) => {
    await holdRun(client, claim);
    if (ended === 'WHOLE') await saveRunPosition(client, { runId: claim.runId, piece: resumption.key, position: DONE });
    else await deleteRunPosition(client, claim.runId, resumption.key);
  });
}

async function* paused(chunks: AsyncIterable<RecordChunk>, pause: BackfillLoading['pause']): AsyncGenerator<RecordChunk> {
  for await (const chunk of chunks) {
    yield chunk;
    await pause('CHUNK');
  }
}
