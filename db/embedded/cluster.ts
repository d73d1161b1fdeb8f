import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chown, lchown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StoreError } from '../errors.ts';
import type { Binaries } from './binaries.ts';
import { isCode, UNFINISHED } from './data-directory.ts';
import { asRunner, type Runner } from './runner.ts';

/** The files of one PostgreSQL server (what PostgreSQL calls a cluster), and how to get in. */
export interface Cluster {
  readonly directory: string;
  readonly password: string;
  /** In the titles of all its processes, so that what a killed server leaves behind can be told from other servers. */
  readonly name: string;
}

/** Its one role, a superuser: nobody else uses this server. */
export const CLUSTER_USER = 'thermograph';

const run = promisify(execFile);
const PASSWORD_FILE = 'thermograph.password';

/** Opens the cluster in the data directory; initialises it where there is none. */
export async function openCluster(dataDirectory: string, binaries: Binaries, runner: Runner): Promise<Cluster> {
  const directory = join(dataDirectory, 'postgresql');
  if (!(await isInitialised(directory))) await initialise(dataDirectory, directory, binaries, runner);
  await takeFromRoot(directory, runner);
  return readCluster(directory, binaries);
}

/** The cluster that is in the directory, which must be its real path; null where there is none. Changes nothing. */
export async function findCluster(directory: string, binaries: Binaries): Promise<Cluster | null> {
  return (await isInitialised(directory)) ? readCluster(directory, binaries) : null;
}

async function readCluster(directory: string, binaries: Binaries): Promise<Cluster> {
  await refuseOtherMajor(directory, binaries);
  const password = (await readFile(join(directory, PASSWORD_FILE), 'utf8')).trim();
  const name = `thermograph-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;
  return { directory, password, name };
}

/** The URL of one database of a server over the cluster, with the password in it. */
export function databaseUrl({ password }: Cluster, port: number, database: string): string {
  return `postgres://${CLUSTER_USER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}?sslmode=disable`;
}

/** The variables for a program of PostgreSQL: none of the user's settings for other servers, messages that we can read, UTC. */
export function programEnvironment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_') && name !== 'LANG');
  return { ...Object.fromEntries(others), LC_ALL: 'C', TZ: 'UTC' };
}

/** PG_VERSION is among the first files that initdb writes, but the directory gets its name only when initdb has ended. */
async function isInitialised(directory: string): Promise<boolean> {
  try {
    await stat(join(directory, 'PG_VERSION'));
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Under another name first, and renamed when all of it is on disk, password included: a start that is killed in between leaves nothing that looks like a cluster. */
async function initialise(dataDirectory: string, directory: string, binaries: Binaries, runner: Runner): Promise<void> {
  const unfinished = await mkdtemp(join(dataDirectory, UNFINISHED));
  const cluster = join(unfinished, 'postgresql');
  const passwordFile = join(unfinished, PASSWORD_FILE);
  try {
    await mkdir(cluster, { mode: 0o700 });
    await writeFile(passwordFile, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
    if (runner !== null) for (const path of [unfinished, cluster, passwordFile]) await chown(path, runner.uid, runner.gid);
    await initdb(binaries, runner, cluster, passwordFile);
    await rename(passwordFile, join(cluster, PASSWORD_FILE));
    await syncDirectory(cluster);
    await rename(cluster, directory);
    await syncDirectory(dataDirectory);
  } catch (error) {
    // Another gateway that started at the same moment was faster: its cluster is as good.
    if (!(await isInitialised(directory))) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function initdb(binaries: Binaries, runner: Runner, directory: string, passwordFile: string): Promise<void> {
  const options = [
    `--pgdata=${directory}`,
    `--username=${CLUSTER_USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorted by code point, the same on every machine.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  try {
    await run(binaries.initdb, options, { ...asRunner(runner), cwd: dirname(directory), env: programEnvironment() });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new StoreError('DATABASE_INIT_FAILED', `PostgreSQL could not be initialised in ${dirname(dirname(directory))}: ${said || String(error)}`, {
      cause: error,
    });
  }
}

/** The renames outlive a power failure only when their directory is on disk. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A cluster that root has put there, such as from a backup, is given to the runner. */
async function takeFromRoot(directory: string, runner: Runner): Promise<void> {
  if (runner === null || (await stat(directory)).uid === runner.uid) return;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
    await lchown(join(entry.parentPath, entry.name), runner.uid, runner.gid);
  await chown(directory, runner.uid, runner.gid);
}

async function refuseOtherMajor(directory: string, binaries: Binaries): Promise<void> {
  const major = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (major === String(binaries.major)) return;
  throw new StoreError(
    'DATA_DIRECTORY_OTHER_VERSION',
    `the files in ${directory} are PostgreSQL ${major}'s, but this release has PostgreSQL ${binaries.major}: ` +
      'start the release that made them, set THERMOGRAPH_DATA to another directory, or carry the data over with pg_upgrade or pg_dump',
  );
}
