import { sendInLanes } from './lanes.ts';
import { countPeculiar, NONE_PECULIAR, PECULIARITIES, type Peculiarity, type ReadingBatch, type SeriesTable } from './reading-batch.ts';
import { addSent, NOTHING_SENT, type SentCounts, type Sink } from './sink.ts';
import type { TruthLog } from './truth-log.ts';

/** How readings are sent. */
export interface SendOptions {
  readonly table: SeriesTable;
  readonly sink: Sink;
  /** Where it is written down; null: nowhere. */
  readonly truth: TruthLog | null;
  readonly lanes: number;
  readonly batchSize: number;
  readonly gatherMs: number;
  /** After every batch. */
  readonly onSent: (soFar: SentTotal) => void;
}

/** What came of what was sent, and what of it was peculiar. */
export interface SentTotal {
  readonly counts: SentCounts;
  readonly peculiar: Readonly<Record<Peculiarity, number>>;
}

export const NOTHING_TOLD: SentTotal = { counts: NOTHING_SENT, peculiar: NONE_PECULIAR };

/** Sends all that comes, each batch written down before it is sent and again when it has arrived. */
export async function sendStory(
  batches: AsyncIterable<ReadingBatch>,
  { table, sink, truth, lanes, batchSize, gatherMs, onSent }: SendOptions,
): Promise<SentTotal> {
  let total = NOTHING_TOLD;
  const send = async (batch: ReadingBatch) => {
    const batchId = await truth?.sending(batch);
    const counts = await sink.send(batch);
    if (batchId !== undefined) await truth?.arrived(batchId);
    const peculiar = countPeculiar(batch);
    total = { counts: addSent(total.counts, counts), peculiar: addPeculiar(total.peculiar, peculiar) };
    onSent(total);
  };
  await sendInLanes(batches, { table, lanes, batchSize, gatherMs, send });
  return total;
}

function addPeculiar(one: SentTotal['peculiar'], other: SentTotal['peculiar']): SentTotal['peculiar'] {
  const sum = { ...one };
  for (const name of PECULIARITIES) sum[name] += other[name];
  return sum;
}
