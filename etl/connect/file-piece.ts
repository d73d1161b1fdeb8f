import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { advancePosition, deletePositions } from '../../db/etl/position.ts';
import { formatInstant, type Instant } from '../../db/time/instant.ts';
import { parseRfc3339 } from '../../db/time/rfc3339.ts';
import { formatByName, type InputFormat, kindByFirst, readRecords } from '../open-input.ts';
import { type RecordChunk, UnreadableInputError } from '../read/reader.ts';
import type { Piece } from './connector.ts';
import { blocksOf, type HashedFile } from './file-hashes.ts';
import { fileOf } from './find-files.ts';
import type { ReadMapping } from './read-mapping.ts';
import { timed } from './timed.ts';

/** How far a job has come in a file, by the content of the file. */
export type FilePosition = {
  /** Where the file was when it was loaded last. */
  readonly file: string;
  /** So many leading records are committed. */
  readonly records: number;
  readonly done: boolean;
  /** The first and the last time in it; null where no record has one. */
  readonly from: string | null;
  readonly to: string | null;
};

/** What a file is loaded with. */
export interface FilePieceOptions {
  readonly handle: FileHandle;
  readonly hashed: HashedFile;
  readonly mapping: ReadMapping;
  readonly signal: AbortSignal;
  /** What the content is known by. */
  readonly key: string;
  /** The index of the first record that is wanted. */
  readonly begin: number;
  /** Where the position of the file is kept and what it is now; null: positions stay as they are. */
  readonly resume: { readonly jobId: string; readonly source: string; readonly position: FilePosition | null } | null;
  /** Hears that the file cannot be read, or not to its end. */
  readonly onUnreadable: (error: Error) => void;
  /** From 0 to 1, by the bytes of the file that have been read. */
  readonly progressOf: (bytes: number) => number | null;
}

/** A file as a piece of a run. One that cannot be read to its end ends where it breaks: what was read before stays, and `onUnreadable` hears of it. */
export async function filePiece(options: FilePieceOptions): Promise<Piece> {
  const { handle, hashed, mapping, signal, key, begin, resume } = options;
  const { path, size } = hashed.file;
  const format = await formatOf(handle, path, mapping);
  const span = spanOf(resume?.position ?? null);
  const clock = { waitingMs: 0, totalMs: 0, bytes: 0 };
  const state: ReadState = { isUnreadable: false, isChanged: false };
  const bytes = checkedBytes(
    timed(blocksOf(handle, size, signal), (ms) => (clock.waitingMs += ms)),
    hashed,
    clock,
    state,
  );
  const records = untilUnreadable(afterRecords(readRecords(bytes, format, mapping.options), begin, span), path, options, state);
  return {
    source: path,
    records: timed(records, (ms) => (clock.totalMs += ms)),
    transformMs: () => Math.max(0, clock.totalMs - clock.waitingMs),
    reader: mapping.readerOf(format),
    positionOf: (index) => `record ${index}`,
    progress: () => options.progressOf(clock.bytes),
    resumption: { key, bookmarkOf: (index) => index, ended: () => endOf(state) },
    ...(resume === null ? {} : remembering(resume, path, span, state)),
  };
}

interface ReadState {
  isUnreadable: boolean;
  /** It is no longer the content that it was taken for. */
  isChanged: boolean;
}

function endOf({ isUnreadable, isChanged }: ReadState): 'WHOLE' | 'BROKEN' | 'OTHER' {
  if (isChanged) return 'OTHER';
  return isUnreadable ? 'BROKEN' : 'WHOLE';
}

/** Remembers in the transaction of each batch how many records of the file are committed. */
function remembering(
  { jobId, source, position: begun }: NonNullable<FilePieceOptions['resume']>,
  path: string,
  span: Span,
  state: ReadState,
): Required<Pick<Piece, 'alongside' | 'done'>> {
  // A batch may be tried several times; only when another comes is it known to be committed.
  let committed = begun;
  let latest = { batchRecords: -1, position: begun };
  const at = (records: number, done: boolean): FilePosition => ({ file: path, records, done, from: textOf(span.first), to: textOf(span.last) });
  return {
    alongside: async (client, { records }) => {
      if (records !== latest.batchRecords) committed = latest.position;
      latest = { batchRecords: records, position: at(records, false) };
      await advancePosition(client, { jobId, source, expected: committed, position: latest.position });
    },
    done: async (client) => {
      const { position } = latest;
      if (!state.isUnreadable) await advancePosition(client, { jobId, source, expected: position, position: at(position?.records ?? 0, true) });
      // What was read was not that content, so nothing is known to be loaded of it.
      else if (state.isChanged && position !== null) await deletePositions(client, jobId, source);
    },
  };
}

interface Span {
  first: Instant | null;
  last: Instant | null;
}

function spanOf(position: FilePosition | null): Span {
  const instantOf = (text: string | null) => (text === null ? null : parseRfc3339(text));
  return { first: instantOf(position?.from ?? null), last: instantOf(position?.to ?? null) };
}

function textOf(instant: Instant | null): string | null {
  return instant === null ? null : formatInstant(instant);
}

/** Leaves out as many leading records, and notes between which times the others lie. */
async function* afterRecords(chunks: AsyncIterable<RecordChunk>, skipped: number, span: Span): AsyncGenerator<RecordChunk> {
  for await (const chunk of chunks) {
    const [first] = chunk;
    const kept = skipped === 0 || (first !== undefined && first.index >= skipped) ? chunk : chunk.filter(({ index }) => index >= skipped);
    widen(span, kept);
    if (kept.length > 0) yield kept;
  }
}

function widen(span: Span, chunk: RecordChunk): void {
  for (const record of chunk) {
    if (!('time' in record) || record.time === null) continue;
    if (span.first === null || record.time < span.first) span.first = record.time;
    if (span.last === null || record.time > span.last) span.last = record.time;
  }
}

/** A file that cannot be read does not keep the others from being loaded. */
async function* untilUnreadable(
  chunks: AsyncIterable<RecordChunk>,
  path: string,
  { onUnreadable, handle, hashed }: Pick<FilePieceOptions, 'onUnreadable' | 'handle' | 'hashed'>,
  state: ReadState,
): AsyncGenerator<RecordChunk> {
  try {
    yield* chunks;
  } catch (error) {
    if (!(error instanceof UnreadableInputError) && !isFileError(error)) throw error;
    state.isUnreadable = true;
    // What breaks in the middle of being written anew.
    if (fileOf(path, await handle.stat({ bigint: true })).tag !== hashed.file.tag) state.isChanged = true;
    onUnreadable(error);
  }
}

/** An error of the file system, such as a disk that cannot read a block. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** The bytes, and an error at their end where they are not those that were hashed. */
async function* checkedBytes(blocks: AsyncIterable<Buffer>, { sha256 }: HashedFile, clock: { bytes: number }, state: ReadState): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const block of blocks) {
    hash.update(block);
    clock.bytes += block.length;
    yield block;
  }
  if (hash.digest('hex') === sha256) return;
  state.isChanged = true;
  throw new UnreadableInputError('it was changed while it was read: it is read again by the next attempt');
}

const HEAD_BYTES = 4096;

/** As the job says, else as the file's name or its first character does. */
async function formatOf(handle: FileHandle, path: string, { definition, format }: ReadMapping): Promise<InputFormat> {
  if (definition !== null) return { kind: 'source', definition, fileName: path };
  if (format !== null) return { kind: format };
  return formatByName(path) ?? { kind: kindByFirst(await firstCharacter(handle)) };
}

async function firstCharacter(handle: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const [first = ''] = unpacked(buffer.subarray(0, bytesRead))
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  return first;
}

function unpacked(head: Buffer): Buffer {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return head;
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // Reading it whole says what is wrong with it.
    return Buffer.alloc(0);
  }
}
