import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { type Cluster, programEnvironment } from './cluster.ts';
import { asRunner, type Runner } from './runner.ts';
import { readServerLog, type ServerLog, type ServerLogTail } from './server-log.ts';

/** The server process that this process has started. */
export interface Postmaster {
  readonly port: number;
  /** Resolves when it has ended, with why: its exit code or signal. */
  readonly ended: Promise<string>;
  /** Null while it runs. */
  hasEnded(): boolean;
  readonly tail: ServerLogTail;
  /** Fast shutdown: sessions are cut, files are left clean. Harder and harder where it takes too long. */
  shutdown(): Promise<void>;
  /** Leaves it to run without us. */
  abandon(): void;
}

/** What a postmaster is started from. */
export interface PostmasterPlan {
  readonly cluster: Cluster;
  readonly binaries: Binaries;
  readonly runner: Runner;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: ServerLog;
}

/** A checkpoint of all that max_wal_size allows takes seconds on a disk; a minute is a disk that stalls. */
const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

/** Starts the server. `staleProcess` is a process id in a lock file that is known to be no server's. */
export function startPostmaster(plan: PostmasterPlan, port: number, staleProcess: number | null): Postmaster {
  const { cluster, binaries, runner, log } = plan;
  const settings = Object.entries({ ...plan.settings, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', cluster.directory, ...settings], {
    ...asRunner(runner),
    cwd: dirname(cluster.directory),
    // PostgreSQL takes a lock file for stale when it names this process id: meant for pg_ctl's shell, and what is needed where the id has been given to something else since.
    env: { ...programEnvironment(), ...(staleProcess === null ? {} : { PG_GRANDPARENT_PID: String(staleProcess) }) },
    stdio: ['ignore', 'ignore', 'pipe'],
    // In a session of its own: Ctrl-C in the terminal must not reach it before requests are drained.
    detached: true,
    windowsHide: true,
  });
  const tail = readServerLog(child.stderr, log);
  const state = { over: false };
  const ended = new Promise<string>((resolve) => {
    const end = (why: string): void => {
      state.over = true;
      process.off('exit', interrupt);
      resolve(why);
    };
    child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    child.once('error', (error) => end(error.message));
  });
  // When this process exits without stopping it, such as after an uncaught exception, the server shuts down by itself.
  const interrupt = (): void => {
    child.kill('SIGINT');
  };
  process.once('exit', interrupt);
  return {
    port,
    ended,
    hasEnded: () => state.over,
    tail,
    shutdown: () => shutdown(child, plan, ended),
    abandon() {
      process.off('exit', interrupt);
      child.stderr.destroy();
      child.unref();
    },
  };
}

async function shutdown(child: ChildProcess, { binaries, cluster, log }: PostmasterPlan, ended: Promise<string>): Promise<void> {
  if (process.platform === 'win32') {
    // There are no signals: pg_ctl knows the server's own way.
    await promisify(execFile)(binaries.pgCtl, ['stop', '-D', cluster.directory, '-m', 'fast', '-w']).catch(() => child.kill());
    await ended;
    return;
  }
  child.kill('SIGINT');
  if (await within(ended, FAST_SHUTDOWN_MS)) return;
  log.warn({ waitedMs: FAST_SHUTDOWN_MS }, 'embedded PostgreSQL does not shut down; it will recover at the next start');
  child.kill('SIGQUIT');
  if (await within(ended, IMMEDIATE_SHUTDOWN_MS)) return;
  child.kill('SIGKILL');
  await ended;
}

async function within(ended: Promise<string>, ms: number): Promise<boolean> {
  const over = new AbortController();
  const inTime = await Promise.race([ended.then(() => true), sleep(ms, false, { signal: over.signal }).catch(() => false)]);
  over.abort();
  return inTime;
}
