import { type FileHandle, open } from 'node:fs/promises';
import type { ReadingBatch, SeriesTable } from './reading-batch.ts';
import { encodeFrame, TRUTH_MAGIC } from './truth-frames.ts';

/** Writes down what is sent, before it is sent, and what has arrived: what a kill leaves behind is the truth too. */
export interface TruthLog {
  /** Resolves when it is written; gives the number by which it can be said to have arrived. */
  sending(batch: ReadingBatch): Promise<number>;
  /** All of that batch is known to have arrived. */
  arrived(batchId: number): Promise<void>;
  close(): Promise<void>;
}

/** Begins a truth file of the series in `table`, which may still grow. Throws where there is a file of this name. */
export async function openTruthLog(path: string, table: SeriesTable): Promise<TruthLog> {
  const file = await open(path, 'wx');
  await file.write(TRUTH_MAGIC);
  const append = appender(file);
  let written = 0;
  let batches = 0;
  const writeNewSeries = (): Buffer[] => {
    if (written === table.size) return [];
    const series = Array.from({ length: table.size - written }, (_, at): [string, string] => {
      const { sensor, metric } = table.at(written + at);
      return [sensor, metric];
    });
    const frame = encodeFrame({ kind: 'series', first: written, series });
    written = table.size;
    return [frame];
  };
  return {
    async sending(batch) {
      const batchId = batches++;
      await append(Buffer.concat([...writeNewSeries(), encodeFrame({ kind: 'sent', batchId, batch })]));
      return batchId;
    },
    arrived: (batchId) => append(encodeFrame({ kind: 'arrived', batchId })),
    close: () => file.close(),
  };
}

/** One write at a time: frames must not be mixed. */
function appender(file: FileHandle): (bytes: Buffer) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (bytes) => {
    const next = last.then(() => file.appendFile(bytes));
    last = next.catch(() => undefined);
    return next;
  };
}
