import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { isCode } from './data-directory.ts';

/** What PostgreSQL's lock file `postmaster.pid` says: who runs over the directory, or did until it was killed. */
export interface LockFile {
  readonly process: number;
  /** Null while the server has not come so far. */
  readonly port: number | null;
}

const run = promisify(execFile);

/** Null where no server has run since the last clean end. */
export async function readLockFile(clusterDirectory: string): Promise<LockFile | null> {
  try {
    const lines = (await readFile(join(clusterDirectory, 'postmaster.pid'), 'utf8')).split('\n');
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    // A server that is just starting has made the file and not yet written it.
    return { process: Number.isSafeInteger(pid) ? Math.abs(pid) : 0, port: port > 0 ? port : null };
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** Whether a process with this id is there, whosever it is. */
export function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** Whether the process is a PostgreSQL server over this directory: process ids are given out again, after a restart of a container nearly always. In doubt, yes. */
export async function isServerOf(pid: number, clusterDirectory: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === 'linux') {
    const words = await commandLine(pid);
    // What has ended and was not waited for has no command line; it still answers signals.
    return words === null || (basename(words[0] ?? '').startsWith('postgres') && words.includes(clusterDirectory));
  }
  if (process.platform === 'win32') return true;
  const listed = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => null);
  return listed === null || listed.stdout.includes(clusterDirectory);
}

/** Ends what a killed server has left behind: sessions in the middle of a long statement notice late that their server is gone, and until then no other may start. Only Linux tells which they are. */
export async function endLeftovers(clusterName: string): Promise<number> {
  if (process.platform !== 'linux') return 0;
  let ended = 0;
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isSafeInteger(pid)) continue;
    const title = (await commandLine(pid))?.[0] ?? '';
    if (!title.startsWith(`postgres: ${clusterName}: `)) continue;
    try {
      process.kill(pid, 'SIGQUIT');
      ended += 1;
    } catch (error) {
      if (!isCode(error, 'ESRCH')) throw error;
    }
  }
  return ended;
}

/** Empty for what has ended, null where it may not be seen. */
async function commandLine(pid: number): Promise<readonly string[] | null> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  } catch (error) {
    return isCode(error, 'ENOENT', 'ESRCH') ? [] : null;
  }
}
