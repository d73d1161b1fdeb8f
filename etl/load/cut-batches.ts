import type { RawRecord, RefusedRecord } from '../record.ts';

/** Records that are loaded in one transaction. */
export type Records = readonly (RawRecord | RefusedRecord)[];

/** Cuts an input into batches of at most `size` readings, between the records of different rows of the input; a row with more is a batch of its own. Holds one batch. */
export async function* cutBatches(chunks: AsyncIterable<Records>, size: number): AsyncGenerator<Records> {
  let batch: (RawRecord | RefusedRecord)[] = [];
  let readings = 0;
  for await (const chunk of chunks) {
    for (const record of chunk) {
      const count = readingsOf(record);
      // Records without readings take memory too, hence the second limit.
      const isFull = readings + count > size || batch.length >= size;
      if (isFull && batch.length > 0 && batch.at(-1)?.index !== record.index) {
        yield batch;
        batch = [];
        readings = 0;
      }
      batch.push(record);
      readings += count;
    }
  }
  if (batch.length > 0) yield batch;
}

function readingsOf(record: RawRecord | RefusedRecord): number {
  if ('raw' in record) return 1;
  let count = 0;
  for (const value of record.values) if (value !== undefined) count += 1;
  return count;
}
