import type { StoreLog } from '../db/open-store.ts';
import { refreshStaleDays } from '../db/refresh.ts';
import { type Repeating, repeat } from '../db/repeat.ts';
import type { Store } from '../db/store.ts';
import { SettledDays } from './settled-days.ts';

/** A day to which more is written all the time costs little while it waits: the finest rollups are of 15 minutes, and what is newer is read from readings anyway. */
const LONGEST_WAIT_MS = 20_000;

interface RefresherOptions {
  readonly store: Store;
  readonly log: StoreLog;
  /** The pause between two looks for stale days. */
  readonly intervalMs: number;
  /** So long a day is passed over at most; absent: short enough that, with a look and a pass of ten seconds, none stays behind for a minute. */
  readonly longestWaitMs?: number;
}

/**
 * Refreshes stale days once nothing more is written to them, those to which somebody writes all the time now and then, one pass at a time. A failed pass is logged and tried
 * again: until then answers come from readings and stay exact. Stopped, it ends after the window under way.
 */
export function startRefresher({ store, log, intervalMs, longestWaitMs = LONGEST_WAIT_MS }: RefresherOptions): Repeating {
  const settled = new SettledDays(longestWaitMs);
  return repeat(async (stopping) => {
    const startedAt = performance.now();
    try {
      const done = await refreshStaleDays(store, { isStopping: () => stopping.aborted, choose: (days) => settled.choose(days, startedAt) });
      settled.refreshed();
      if (done.refreshed > 0) log.info({ ...done, durationMs: Math.round(performance.now() - startedAt) }, 'rollups refreshed');
    } catch (error) {
      log.warn({ err: error }, 'refresh failed, will be tried again');
    }
    return intervalMs;
  });
}
