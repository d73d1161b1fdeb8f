import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterDirectoryOf, prepareDataDirectory } from '../../db/embedded/data-directory.ts';
import { isAlive, isServerOf, readLockFile } from '../../db/embedded/lock-file.ts';
import { chooseRunner } from '../../db/embedded/runner.ts';
import { StoreError } from '../../db/errors.ts';

const PREFIX = 'thermograph-test-';
const SERVER_ENDS_MS = 20_000;

/** A fresh directory that the embedded server can use, also where the checkout or TMPDIR is root's alone. Whoever makes it removes it. */
export async function makeTestDirectory(): Promise<string> {
  for (const parent of [tmpdir(), '/var/tmp', '/tmp']) {
    const directory = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
    // mkdtemp makes it for its owner only, but as root the server runs as another user.
    if (process.getuid?.() === 0) await chmod(directory, 0o755);
    try {
      await prepareDataDirectory(directory, await chooseRunner(clusterDirectoryOf(directory)));
      return directory;
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      if (!(error instanceof StoreError && error.code === 'DATA_DIRECTORY_UNREACHABLE')) throw error;
    }
  }
  throw new Error(`no directory for temporary files lets PostgreSQL in: set TMPDIR to one that all users may enter`);
}

/** Removes what test runs that were killed have left, servers that still run included. */
export async function removeOldTestDirectories(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const directory = join(tmpdir(), name);
    // Another user's leftovers are that user's.
    await endServerOver(join(directory, 'postgresql'))
      .then(() => rm(directory, { recursive: true, force: true }))
      .catch(() => undefined);
  }
}

/** Ends the server over these files, if one runs, and waits until it is over. */
export async function endServerOver(clusterDirectory: string): Promise<void> {
  const lockFile = await readLockFile(clusterDirectory);
  if (lockFile === null || !(await isServerOf(lockFile.process, clusterDirectory))) return;
  process.kill(lockFile.process, 'SIGINT');
  for (const startedAt = Date.now(); Date.now() - startedAt < SERVER_ENDS_MS; await sleep(50)) {
    if ((await readLockFile(clusterDirectory)) === null) return;
  }
}
