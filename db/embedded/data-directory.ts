import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StoreError } from '../errors.ts';
import { asRunner, type Runner } from './runner.ts';

const run = promisify(execFile);
const ONE_HOUR_MS = 3_600_000;

/** How the names of directories begin that are renamed when they are whole. */
export const UNFINISHED = 'unfinished-';

/** The directory of the cluster inside the data directory, as the caller gave it: for looking before anything is made. */
export function clusterDirectoryOf(dataDirectory: string): string {
  return join(resolve(dataDirectory), 'postgresql');
}

/** Makes the data directory if it is missing and gives its real path, after it has made sure that the runner can enter it. It stays the property of whoever made it: only what is inside belongs to PostgreSQL. */
export async function prepareDataDirectory(dataDirectory: string, runner: Runner): Promise<string> {
  const { existing, missing } = await locateDataDirectory(dataDirectory, runner);
  return makeDirectories(existing, missing, runner).catch((error: unknown) => {
    throw unusable(resolve(dataDirectory), error);
  });
}

/** The real path of the deepest directory on the way to the data directory, and the names below it that are still to be made; refuses what the runner cannot enter. Makes nothing. */
export async function locateDataDirectory(dataDirectory: string, runner: Runner): Promise<{ existing: string; missing: readonly string[] }> {
  const wanted = resolve(dataDirectory);
  try {
    const { existing, missing } = await split(wanted);
    const real = await realpath(existing);
    await refuseUnreachable(real, join(real, ...missing), runner);
    return { existing: real, missing };
  } catch (error) {
    throw error instanceof StoreError ? error : unusable(wanted, error);
  }
}

/** Removes what starts that were killed have left. Those of this hour may belong to another gateway that is starting just now. */
export async function removeUnfinished(dataDirectory: string): Promise<void> {
  for (const name of await readdir(dataDirectory)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(dataDirectory, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ONE_HOUR_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Wraps what the file system said about the data directory, with what can be done. */
export function unusable(dataDirectory: string, cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(
    'DATA_DIRECTORY_UNUSABLE',
    `the data directory ${dataDirectory} cannot be used (${reason}): set THERMOGRAPH_DATA to a directory that this user may write`,
    {
      cause,
    },
  );
}

/** The deepest directory on the path that exists, and the names below it that do not. */
async function split(wanted: string): Promise<{ existing: string; missing: string[] }> {
  const missing: string[] = [];
  let existing = wanted;
  while (!(await isDirectory(existing))) {
    missing.unshift(existing.slice(dirname(existing).length).replace(/^[/\\]/, ''));
    existing = dirname(existing);
  }
  return { existing, missing };
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return true;
  } catch (error) {
    if (isCode(error, 'ENOENT') && dirname(path) !== path) return false;
    throw error;
  }
  throw new Error(`${path} is a file`);
}

async function makeDirectories(existing: string, missing: readonly string[], runner: Runner): Promise<string> {
  let path = existing;
  for (const name of missing) {
    path = join(path, name);
    await mkdir(path, { recursive: true });
    // Under a tight umask the runner could not enter what root has just made.
    if (runner !== null) await chmod(path, 0o755);
  }
  return path;
}

/** Names the first directory on the way that stops the runner, because that is the one to be changed. */
async function refuseUnreachable(existing: string, dataDirectory: string, runner: Runner): Promise<void> {
  if (runner === null || (await canEnter(existing, runner))) return;
  const way = [existing];
  for (let path = existing; dirname(path) !== path; path = dirname(path)) way.unshift(dirname(path));
  for (const directory of way) {
    if (await canEnter(directory, runner)) continue;
    throw new StoreError(
      'DATA_DIRECTORY_UNREACHABLE',
      `PostgreSQL runs as the user "${runner.name}", because it refuses to run as root, and that user cannot enter ${directory} on the way to the data directory ${dataDirectory}: ` +
        `set THERMOGRAPH_DATA to a directory such as /var/lib/thermograph, run as an ordinary user, or allow it in (chmod o+x ${shellQuoted(directory)})`,
    );
  }
}

/** Tried for real, as that user: mode bits alone do not tell (access lists, groups, network file systems). */
async function canEnter(directory: string, runner: Runner): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { ...asRunner(runner), cwd: '/' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'EPERM') {
      throw new StoreError(
        'POSTGRES_USER_UNUSABLE',
        `PostgreSQL refuses to run as root, and this process may not start programs as the user "${runner?.name}": run as an ordinary user, or set DATABASE_URL to a PostgreSQL server`,
        { cause: error },
      );
    }
    // Without a shell nothing is known yet; what PostgreSQL then says will be reported.
    return error.code === 'ENOENT';
  }
}

function shellQuoted(path: string): string {
  return /^[\w/.+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Whether an error of Node's says this code, such as ENOENT. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}
