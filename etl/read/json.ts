import type { RawRecord, RefusedRecord } from '../record.ts';
import { canonicalTime } from './canonical-time.ts';
import { jsonElements } from './json-elements.ts';
import { jsonRecordReader, type ReadJsonRecord } from './json-record.ts';
import { malformed, type ReadOptions, type RecordChunk } from './reader.ts';
import { type BrokenRecord, textBlocks } from './text-blocks.ts';

/** Records of a JSON array of objects, or of one object, in the canonical form, long or wide. */
export async function* readJson(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<RecordChunk> {
  yield* records(jsonElements(bytes), jsonRecordReader(canonicalTime(options.timezone)));
}

/** Records of one JSON object a line in the canonical form, long or wide. */
export async function* readNdjson(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<RecordChunk> {
  yield* records(ndjsonLines(bytes), jsonRecordReader(canonicalTime(options.timezone)));
}

/** The lines that are not blank. */
export async function* ndjsonLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly (string | BrokenRecord)[]> {
  for await (const block of textBlocks(bytes, 'utf-8')) {
    if (typeof block !== 'string') yield [block];
    else yield block.split('\n').filter((line) => line.trim() !== '');
  }
}

async function* records(elements: AsyncIterable<readonly (string | BrokenRecord)[]>, read: ReadJsonRecord): AsyncGenerator<RecordChunk> {
  let index = 0;
  for await (const chunk of elements) {
    const found: (RawRecord | RefusedRecord)[] = [];
    for (const element of chunk) {
      found.push(typeof element === 'string' ? read(element, index) : malformed(index, element.message, element.raw));
      index++;
    }
    if (found.length > 0) yield found;
  }
}
