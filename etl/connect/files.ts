import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { isCode } from '../../db/embedded/data-directory.ts';
import { type Json, selectPosition, selectPositions } from '../../db/etl/position.ts';
import { parseRfc3339 } from '../../db/time/rfc3339.ts';
import { fileProblem } from '../file-problem.ts';
import { UnreadableInputError } from '../read/reader.ts';
import { ConnectError } from './connect-error.ts';
import type { Connected, Connector, Piece, RunContext, RunWindow } from './connector.ts';
import { createFileHashes, type HashedFile } from './file-hashes.ts';
import { type FilePosition, filePiece, isFileError } from './file-piece.ts';
import type { FilesSource } from './files-schema.ts';
import { type FoundFile, findFiles, lookAt, splitPattern } from './find-files.ts';
import { type ReadMapping, readMapping } from './read-mapping.ts';
import { GOES_ON_CHANGING, whenWhole } from './when-whole.ts';

/** Loads files, each once by its content: one that was renamed or copied is known, one that changed is loaded again. */
export const filesConnector: Connector<FilesSource> = {
  connect: async (source, context): Promise<Connected> => {
    await checkPaths(source);
    const mapping = await readMapping(context);
    const files = await findOf(source);
    return { pieces: () => pieces({ source, context, mapping, files }), close: () => Promise.resolve() };
  },
};

/** Whether there is a file among these that the job has not loaded to its end. One that cannot be opened is none. */
export async function hasNewFiles(
  files: readonly FoundFile[],
  { store, job, sourcesFolder }: Pick<RunContext, 'store' | 'job' | 'sourcesFolder'>,
): Promise<boolean> {
  const mapping = await readMapping({ store, job, sourcesFolder, claim: null });
  const positions = files.length > MANY ? await positionsOf({ store, job }) : null;
  for (const { path } of files) {
    const sha256 = await hashOf(path);
    if (sha256 === null) continue;
    const source = keyOf(sha256, path, mapping);
    const known = positions === null ? positionOf(await selectPosition(store.writePool, job.id, source)) : positions.get(source);
    if (known?.done !== true) return true;
  }
  return false;
}

/** So many positions are rather asked for one by one than with all the others of a job, of which there may be years. */
const MANY = 100;

async function hashOf(path: string): Promise<string | null> {
  const handle = await open(path).catch(() => null);
  if (handle === null) return null;
  try {
    const { sha256, file } = await HASHES.of(handle, path, new AbortController().signal);
    return file.size === 0 ? null : sha256;
  } finally {
    await handle.close();
  }
}

/** For as long as the process runs: finished files are not read again at every run. */
const HASHES = createFileHashes();

/** What a file is known by: its content, and its name where that says of which sensors its readings are. */
function keyOf(sha256: string, path: string, { readsName }: Pick<ReadMapping, 'readsName'>): string {
  return readsName ? `sha256:${sha256} ${basename(path)}` : `sha256:${sha256}`;
}

interface FilesRun {
  readonly source: FilesSource;
  readonly context: RunContext;
  readonly mapping: ReadMapping;
  readonly files: readonly FoundFile[];
}

/** A misspelt folder would otherwise be a job without files for ever. */
async function checkPaths({ paths, watch }: FilesSource): Promise<void> {
  for (const path of paths) {
    const { folder, pattern } = splitPattern(path);
    if (!(await isFolder(folder))) throw new ConnectError(`paths is ${JSON.stringify(path)}, but there is no folder ${folder}, or this user may not enter it`);
    if (pattern === null && !watch && (await lookAt(path)) === null)
      throw new ConnectError(`paths is ${JSON.stringify(path)}, but there is no such file: a file that comes and goes is named by a pattern, or watched`);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    const handle = await open(path);
    try {
      return (await handle.stat()).isDirectory();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (isFileError(cause)) return false;
    throw cause;
  }
}

async function findOf(source: FilesSource): Promise<readonly FoundFile[]> {
  try {
    return await findFiles(source);
  } catch (cause) {
    if (isFileError(cause)) throw new ConnectError(`the files cannot be listed: ${fileProblem(cause)}`, { cause });
    throw cause;
  }
}

/** Whole files first; those that are still being written are waited for. Throws after the last where a file could not be read. */
async function* pieces(run: FilesRun): AsyncGenerator<Piece> {
  const { source, context, files } = run;
  const positions = await positionsOf(context);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const unreadable = new Map<string, Error>();
  let finished = 0;
  for await (const file of whenWhole(files, source.settle / 1000, context)) {
    const progressOf = (bytes: number) => (total === 0 ? null : Math.min(1, (finished + bytes) / total));
    const onUnreadable = (path: string, error: Error) => unreadable.set(path, error);
    yield* pieceOf(run, file, { positions, progressOf, onUnreadable });
    finished += file.size;
  }
  if (unreadable.size > 0) throw unreadableFiles(unreadable);
}

interface FileRun {
  readonly positions: Map<string, FilePosition>;
  readonly progressOf: (bytes: number) => number | null;
  readonly onUnreadable: (path: string, error: Error) => void;
}

/** The file, unless there is nothing in it for the run. */
async function* pieceOf({ source, context, mapping }: FilesRun, file: FoundFile, { positions, progressOf, onUnreadable }: FileRun): AsyncGenerator<Piece> {
  const { path } = file;
  const remembered = HASHES.known(file);
  if (remembered !== null && !isWanted(positions.get(keyOf(remembered, path, mapping)), context)) return;
  const opened = await openWhole(file, source.settle, context, onUnreadable);
  if (opened === null) return;
  const { handle, hashed } = opened;
  try {
    const key = keyOf(hashed.sha256, path, mapping);
    const known = positions.get(key);
    if (!isWanted(known, context)) return;
    const resume = context.mode === 'NEW' && context.claim !== null ? { jobId: context.job.id, source: key, position: known ?? null } : null;
    let isWhole = true;
    yield await filePiece({
      handle,
      hashed,
      mapping,
      signal: context.signal,
      key,
      begin: context.mode === 'NEW' ? (resume?.position?.records ?? 0) : beginOf(context.bookmarks?.get(key)),
      resume,
      progressOf,
      onUnreadable: (error) => {
        isWhole = false;
        onUnreadable(path, error);
      },
    });
    // For a copy of it that comes later in this run.
    if (isWhole) positions.set(key, { file: path, records: 0, done: true, from: null, to: null });
  } finally {
    await handle.close();
  }
}

/** A bookmark is the index of a record. */
function beginOf(bookmark: Json | undefined): number {
  return typeof bookmark === 'number' ? bookmark : 0;
}

/** Whether there may be something in the file that the run is for. */
function isWanted(known: FilePosition | undefined, { mode, window }: Pick<RunContext, 'mode' | 'window'>): boolean {
  if (known?.done !== true) return true;
  return mode === 'WINDOW' && overlaps(known, window);
}

function overlaps({ from, to }: FilePosition, window: RunWindow): boolean {
  const first = from === null ? null : parseRfc3339(from);
  const last = to === null ? null : parseRfc3339(to);
  // It may be one that this very run has loaded under another name: then it is not known what is in it, and there is nothing more in it.
  if (first === null || last === null) return false;
  return (window.to === null || first < window.to) && (window.from === null || last >= window.from);
}

async function positionsOf({ store, job }: Pick<RunContext, 'store' | 'job'>): Promise<Map<string, FilePosition>> {
  const rows = await selectPositions(store.writePool, job.id);
  return new Map(rows.flatMap((row) => (row.source.startsWith('sha256:') ? [[row.source, positionOf(row.position)]] : [])));
}

function positionOf(position: Json | undefined): FilePosition {
  const held = new Map<string, unknown>(typeof position === 'object' && position !== null ? Object.entries(position) : []);
  const textAt = (name: string) => {
    const found = held.get(name);
    return typeof found === 'string' ? found : null;
  };
  return { file: textAt('file') ?? '', records: Number(held.get('records') ?? 0), done: held.get('done') === true, from: textAt('from'), to: textAt('to') };
}

/** An open file stays what it is when its name is given to another, or deleted. null: it is gone, empty, changed since it was whole, or cannot be read. */
async function openWhole(
  { path, tag }: FoundFile,
  settle: number,
  { job, log, signal }: RunContext,
  onUnreadable: FileRun['onUnreadable'],
): Promise<{ readonly handle: FileHandle; readonly hashed: HashedFile } | null> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path);
    const hashed = await HASHES.of(handle, path, signal);
    if (settle > 0 && hashed.file.tag !== tag) log.warn({ job: job.id, file: path }, GOES_ON_CHANGING);
    else if (hashed.file.size > 0) return { handle, hashed };
    else log.info({ job: job.id, file: path }, 'file is empty');
  } catch (error) {
    await handle?.close();
    if (!isFileError(error)) throw error;
    if (isCode(error, 'ENOENT', 'ENOTDIR')) log.info({ job: job.id, file: path }, 'file is gone');
    else onUnreadable(path, error);
    return null;
  }
  await handle.close();
  return null;
}

function unreadableFiles(unreadable: ReadonlyMap<string, Error>): UnreadableInputError {
  const [first, ...others] = [...unreadable].map(([path, error]) => `${path}: ${isFileError(error) ? fileProblem(error) : error.message}`);
  const many = others.length === 0 ? 'a file' : `${unreadable.size} files`;
  return new UnreadableInputError(`${many} cannot be read, the others are loaded: ${[first, ...others.slice(0, 9)].join('; ')}`, {
    cause: [...unreadable.values()][0],
  });
}
