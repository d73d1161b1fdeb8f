import { type InputFormat, readRecords } from '../../etl/open-input.ts';
import type { ReadOptions, RecordChunk } from '../../etl/read/reader.ts';
import type { RawRecord, RefusedRecord } from '../../etl/record.ts';

/** The metrics that the inputs of these tests may name. */
export const KNOWN_METRICS: ReadonlySet<string> = new Set(['temperature', 'humidity', 'dew_point']);

/** An input as bytes, cut into pieces of so many. */
async function* bytesOf(input: string | Uint8Array, pieceBytes = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, Math.min(at + pieceBytes, bytes.length));
}

/** All records of an input, in order. */
export function readAll(
  input: string | Uint8Array,
  format: InputFormat,
  options: Partial<ReadOptions> & { readonly pieceBytes?: number } = {},
): Promise<(RawRecord | RefusedRecord)[]> {
  const { pieceBytes, ...readOptions } = options;
  return flat(readRecords(bytesOf(input, pieceBytes), format, { knownMetrics: KNOWN_METRICS, ...readOptions }));
}

/** The records of all chunks. */
export async function flat(chunks: AsyncIterable<RecordChunk>): Promise<(RawRecord | RefusedRecord)[]> {
  const records: (RawRecord | RefusedRecord)[] = [];
  for await (const chunk of chunks) records.push(...chunk);
  return records;
}

/** Without those that were refused. */
export function accepted(records: readonly (RawRecord | RefusedRecord)[]): RawRecord[] {
  return records.filter((record): record is RawRecord => !('code' in record));
}

/** Those that were refused. */
export function refused(records: readonly (RawRecord | RefusedRecord)[]): RefusedRecord[] {
  return records.filter((record): record is RefusedRecord => 'code' in record);
}
