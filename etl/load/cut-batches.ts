import type { RawRecord, RefusedRecord } from '../record.ts';

/** Records that are loaded in one transaction. */
export type Records = readonly (RawRecord | RefusedRecord)[];

/**
 * Cuts an input into batches of at most `size` readings, between the rows of the input, whose records share an index and a chunk;
 * a row with more is a batch of its own. Holds one batch.
 */
export async function* cutBatches(chunks: AsyncIterable<Records>, size: number): AsyncGenerator<Records> {
  let batch: (RawRecord | RefusedRecord)[] = [];
  let readings = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const { to, count } = measureRow(chunk, from);
      // Records without readings take memory too, hence the second limit.
      if (batch.length > 0 && (readings + count > size || batch.length >= size)) {
        yield batch;
        batch = [];
        readings = 0;
      }
      for (const record of chunk.slice(from, to)) batch.push(record);
      readings += count;
      from = to;
    }
  }
  if (batch.length > 0) yield batch;
}

/** Where the row that begins at `from` ends in the chunk, and how many readings it has. */
function measureRow(chunk: Records, from: number): { readonly to: number; readonly count: number } {
  const index = chunk[from]?.index;
  let count = 0;
  let to = from;
  for (let record = chunk[to]; record !== undefined && record.index === index; record = chunk[to]) {
    count += readingsOf(record);
    to += 1;
  }
  return { to, count };
}

function readingsOf(record: RawRecord | RefusedRecord): number {
  if ('raw' in record) return 1;
  let count = 0;
  for (const value of record.values) if (value !== undefined) count += 1;
  return count;
}
