import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileProblem } from './file-problem.ts';
import { readCsv } from './read/csv.ts';
import { decompressed, resumed } from './read/decompress.ts';
import { readJson, readNdjson } from './read/json.ts';
import { type ReadOptions, type RecordChunk, UnreadableInputError } from './read/reader.ts';
import { readSource } from './read/source.ts';
import type { SourceDefinition } from './source-definition.ts';

/** The form of an input: one of the canonical ones, or any other as a source definition describes it. */
export type InputFormat =
  | { readonly kind: 'csv' }
  | { readonly kind: 'ndjson' }
  | { readonly kind: 'json' }
  | { readonly kind: 'source'; readonly definition: SourceDefinition; readonly fileName?: string };

/** A file, or standard input, that is being read. */
export interface OpenedInput {
  /** The path as given; `-` for standard input. */
  readonly name: string;
  /** Bytes of the file as it is stored (compressed, if it is); null where that is not known: standard input, a pipe. */
  readonly size: number | null;
  /** Bytes worked off so far, of those of `size`: for a progress bar. */
  readonly bytesRead: () => number;
  /** Can be iterated once. */
  readonly records: AsyncIterable<RecordChunk>;
}

/** `format` absent: by the ending of the file's name, else by the first character. With `source`, `fileName` is the path's unless given. */
export interface OpenFileOptions extends ReadOptions {
  readonly format?: InputFormat;
}

const READ_BYTES = 256 * 1024;

/** Opens a file, or standard input for `-`. Gzip is recognised by its first bytes, whatever the name. Throws UnreadableInputError where there is no such file. */
export async function openFile(path: string, options: OpenFileOptions): Promise<OpenedInput> {
  const size = path === '-' ? null : await sizeOf(path);
  const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: READ_BYTES });
  const progress = { bytes: 0 };
  const bytes = decompressed(bytesOf(stream, path), progress);
  const format = options.format ?? formatByName(path);
  const named = format?.kind === 'source' && format.fileName === undefined && path !== '-' ? { ...format, fileName: path } : format;
  return { name: path, size, bytesRead: () => progress.bytes, records: named === null ? readUnnamed(bytes, options) : readPlain(bytes, named, options) };
}

/** Records of an input in input order. Gzip is recognised by its first bytes. Throws UnreadableInputError, possibly after some records. */
export function readRecords(bytes: AsyncIterable<Uint8Array>, format: InputFormat, options: ReadOptions): AsyncIterable<RecordChunk> {
  return readPlain(decompressed(bytes), format, options);
}

function readPlain(bytes: AsyncIterable<Uint8Array>, format: InputFormat, options: ReadOptions): AsyncIterable<RecordChunk> {
  switch (format.kind) {
    case 'csv':
      return readCsv(bytes, options);
    case 'ndjson':
      return readNdjson(bytes, options);
    case 'json':
      return readJson(bytes, options);
    case 'source':
      return readSource(bytes, format.definition, format.fileName);
  }
}

/** The form that the name of a file promises; null: none that we know. */
export function formatByName(path: string): InputFormat | null {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === 'csv') return { kind: 'csv' };
  if (ending === 'json') return { kind: 'json' };
  return ending === 'ndjson' || ending === 'jsonl' ? { kind: 'ndjson' } : null;
}

/** A brace begins NDJSON (one object alone is NDJSON of one line, unless it is spread over several), a bracket JSON, anything else CSV. */
async function* readUnnamed(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<RecordChunk> {
  const iterator = bytes[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let kind: 'csv' | 'ndjson' | 'json' | null = null;
  while (kind === null) {
    const next = await iterator.next();
    if (next.done === true) kind = 'csv';
    else {
      head.push(next.value);
      const [first] = Buffer.from(next.value)
        .toString('latin1')
        .replace(/^\xef\xbb\xbf/, '')
        .trimStart();
      if (first !== undefined) kind = kindByFirst(first);
    }
  }
  yield* readPlain(resumed(head, iterator), { kind }, options);
}

/** The form that the first character of an input tells. */
export function kindByFirst(character: string): 'csv' | 'ndjson' | 'json' {
  if (character === '[') return 'json';
  return character === '{' ? 'ndjson' : 'csv';
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new UnreadableInputError(`${path} is a directory: name the files in it`);
    return found.isFile() ? found.size : null;
  } catch (cause) {
    if (cause instanceof UnreadableInputError) throw cause;
    throw cannotRead(path, cause);
  }
}

async function* bytesOf(stream: AsyncIterable<unknown>, path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const block of stream) {
      if (!(block instanceof Uint8Array)) throw new TypeError('a stream of bytes gives bytes');
      yield block;
    }
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}

function cannotRead(path: string, cause: unknown): UnreadableInputError {
  return new UnreadableInputError(`${path === '-' ? 'standard input' : path} cannot be read: ${fileProblem(cause)}`, { cause });
}
