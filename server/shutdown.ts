import { constants } from 'node:os';
import type { Logger } from 'pino';
import type { Environment } from './settings.ts';

/** How a command that holds things open comes to its end. */
export interface Shutdown {
  /** Aborts when the process was told to end. */
  readonly signal: AbortSignal;
  /** What is to be done at the end, the latest first. */
  defer(cleanup: () => Promise<void>): void;
  /** Ends the command with a failure that nobody awaits. */
  readonly fail: (error: unknown) => void;
}

/** What a command is run with. */
export interface ShutdownOptions {
  readonly log: Logger;
  readonly environment: Environment;
}

/** An end that takes longer than this is not worth waiting for. */
const PATIENCE_MS = 30_000;

/** One Ctrl-C arrives twice under npm, from the terminal and from npm, a millisecond apart; a person who has lost patience comes later than this. */
const SAME_SIGNAL_MS = 1_000;

const PARENT_CHECK_MS = 1_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command to its end: when its work is done, at SIGTERM, SIGINT or SIGHUP, which a terminal sends when it closes (a further one ends the process at once), when the shell that npm started it in is gone,
 * or when something fails that nobody awaits. Whatever it has opened is closed before this returns or throws.
 */
export async function withShutdown({ log, environment }: ShutdownOptions, work: (shutdown: Shutdown) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const cleanups: (() => Promise<void>)[] = [];
  const failures: unknown[] = [];
  let stoppingSince = 0;
  const stop = () => {
    if (!stopping.signal.aborted) stoppingSince = performance.now();
    stopping.abort();
    setTimeout(() => process.exit(1), PATIENCE_MS).unref();
  };
  const fail = (error: unknown) => {
    failures.push(error);
    stop();
  };
  const onSignal = (signal: (typeof SIGNALS)[number]) => {
    if (!stopping.signal.aborted) {
      log.info({ signal }, 'stopping');
      stop();
    } else if (performance.now() - stoppingSince >= SAME_SIGNAL_MS) {
      process.exit(128 + constants.signals[signal]);
    }
  };
  const stopWatching = watchParent(environment, () => {
    if (stopping.signal.aborted) return;
    log.info({ parent: 'gone' }, 'stopping');
    stop();
  });
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('unhandledRejection', fail).on('uncaughtException', fail);
  try {
    await work({ signal: stopping.signal, defer: (cleanup) => cleanups.push(cleanup), fail });
  } catch (error) {
    if (!isBecauseOf(stopping.signal, error)) failures.push(error);
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup().catch((error: unknown) => log.warn({ err: error }, 'could not close cleanly'));
    stopWatching();
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off('unhandledRejection', fail).off('uncaughtException', fail);
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * npm runs a script in a shell and passes SIGTERM to that shell alone. A shell that does not become its command, such as dash, ends without passing it on: all that
 * the command sees is that it has another parent. Returns what ends the watch.
 */
function watchParent(environment: Environment, onGone: () => void): () => void {
  if (environment.npm_lifecycle_event === undefined) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, PARENT_CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whether work ended only because it was told to. */
function isBecauseOf(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.cause === signal.reason));
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
