import type { StoreLog } from '../db/open-store.ts';
import { refreshStaleDays } from '../db/refresh.ts';
import { type Repeating, repeat } from '../db/repeat.ts';
import type { Store } from '../db/store.ts';

/** Refreshes stale days every `intervalMs`, one pass at a time. A failed pass is logged and tried again: until then answers come from readings and stay exact. Stopped, it ends after the window under way. */
export function startRefresher({ store, log, intervalMs }: { readonly store: Store; readonly log: StoreLog; readonly intervalMs: number }): Repeating {
  return repeat(async (stopping) => {
    await pass(store, log, stopping);
    return intervalMs;
  });
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
