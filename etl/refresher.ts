import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreLog } from '../db/open-store.ts';
import { refreshStaleDays } from '../db/refresh.ts';
import type { Store } from '../db/store.ts';

/** A running refresher. */
export interface Refresher {
  /** Ends after the window under way. */
  stop(): Promise<void>;
}

/** Refreshes stale days every `intervalMs`, one pass at a time. A failed pass is logged and tried again: until then answers come from readings and stay exact. */
export function startRefresher(options: { readonly store: Store; readonly log: StoreLog; readonly intervalMs: number }): Refresher {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function run(
  { store, log, intervalMs }: { readonly store: Store; readonly log: StoreLog; readonly intervalMs: number },
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    await pass(store, log, stopping);
    // A timer that is cut short by the signal has no other way to say so than to throw.
    await sleep(intervalMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

async function pass(store: Store, log: StoreLog, stopping: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  try {
    const done = await refreshStaleDays(store, () => stopping.aborted);
    if (done.refreshed > 0) log.info({ ...done, durationMs: Math.round(performance.now() - startedAt) }, 'rollups refreshed');
  } catch (error) {
    log.warn({ err: error }, 'refresh failed, will be tried again');
  }
}
