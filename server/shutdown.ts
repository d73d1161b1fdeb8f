import { constants } from 'node:os';
import type { Logger } from 'pino';

/** How a command that holds things open comes to its end. */
export interface Shutdown {
  /** Aborts when the process was told to end. */
  readonly signal: AbortSignal;
  /** What is to be done at the end, the latest first. */
  defer(cleanup: () => Promise<void>): void;
  /** Ends the command with a failure that nobody awaits. */
  readonly fail: (error: unknown) => void;
}

/** An end that takes longer than this is not worth waiting for. */
const PATIENCE_MS = 30_000;

/**
 * Runs a command to its end: when its work is done, at SIGTERM or SIGINT (a second one ends the process at once), or when something fails that nobody awaits.
 * Whatever it has opened is closed before this returns or throws.
 */
export async function withShutdown(log: Logger, work: (shutdown: Shutdown) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const cleanups: (() => Promise<void>)[] = [];
  const failures: unknown[] = [];
  const stop = () => {
    stopping.abort();
    setTimeout(() => process.exit(1), PATIENCE_MS).unref();
  };
  const fail = (error: unknown) => {
    failures.push(error);
    stop();
  };
  const onSignal = (signal: 'SIGINT' | 'SIGTERM') => {
    if (stopping.signal.aborted) process.exit(128 + constants.signals[signal]);
    log.info({ signal }, 'stopping');
    stop();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('unhandledRejection', fail).on('uncaughtException', fail);
  try {
    await work({ signal: stopping.signal, defer: (cleanup) => cleanups.push(cleanup), fail });
  } catch (error) {
    if (!isBecauseOf(stopping.signal, error)) failures.push(error);
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup().catch((error: unknown) => log.warn({ err: error }, 'could not close cleanly'));
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('unhandledRejection', fail).off('uncaughtException', fail);
  }
  if (failures.length > 0) throw failures[0];
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
