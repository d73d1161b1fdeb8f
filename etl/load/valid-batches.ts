import type { RawRecord, RefusedRecord } from '../record.ts';
import type { ValidationRules } from '../validate.ts';
import type { BatchPace } from './batch-pace.ts';
import { BatchParts } from './batch-parts.ts';
import type { ValidBatch } from './valid-batch.ts';

type Records = readonly (RawRecord | RefusedRecord)[];

/** A batch in its parts, the least and the greatest index of its records, and how many leading records of the input are in it or before it, where they come in order. */
export interface NumberedBatch {
  readonly parts: readonly ValidBatch[];
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly records: number;
}

/** A batch ends when about so many characters of refused input are kept for it: records are up to 1 MB long, and two batches are in memory at a time. */
const MAX_KEPT = 16 * 1024 * 1024;

/**
 * Cuts an input into checked batches of at most as many readings as the pace says, between the rows of the input, whose records share an index and a chunk;
 * a row with more is a batch of its own. `rules` is asked for at the start of each batch.
 */
export async function* validBatches(chunks: AsyncIterable<Records>, pace: BatchPace, rules: () => Promise<ValidationRules>): AsyncGenerator<NumberedBatch> {
  let parts: BatchParts | null = null;
  let records = 0;
  let firstIndex = 0;
  let lastIndex = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const { to, count } = measureRow(chunk, from);
      // Records without readings make no batch, but the sender should hear of them too.
      if (parts !== null && isFull(parts, count, pace)) {
        yield { parts: parts.finish(), firstIndex, lastIndex, records };
        parts = null;
        pace.beginNext();
      }
      if (parts === null) {
        parts = new BatchParts(await rules(), pace.parts);
        firstIndex = Number.POSITIVE_INFINITY;
        lastIndex = -1;
      }
      for (; from < to; from += 1) {
        const index = take(parts, chunk[from]);
        firstIndex = Math.min(firstIndex, index);
        lastIndex = Math.max(lastIndex, index);
      }
      records = Math.max(records, lastIndex + 1);
    }
  }
  if (parts !== null) yield { parts: parts.finish(), firstIndex, lastIndex, records };
}

/** Whether a row with so many readings begins the next batch. */
function isFull(parts: BatchParts, count: number, { size, partSize }: BatchPace): boolean {
  return parts.received + count > size || parts.largest + count > partSize || parts.records >= size || parts.kept >= MAX_KEPT;
}

/** Returns the index of the record. */
function take(parts: BatchParts, record: RawRecord | RefusedRecord | undefined): number {
  if (record === undefined) throw new RangeError('a row ends inside of its chunk');
  parts.take(record);
  return record.index;
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
  const { values } = record;
  let count = 0;
  for (let at = 0; at < values.length; at += 1) if (values[at] !== undefined) count += 1;
  return count;
}
