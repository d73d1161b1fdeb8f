import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { REFRESH_LOCK } from './advisory-lock.ts';
import type { StorageEngine } from './engines/engine.ts';
import { advanceStaleDays, deleteStaleDays, mergeIntoWindows, type StaleDays, selectStaleDays, takeStaleDays } from './stale-day.ts';
import type { Store } from './store.ts';

/** What one pass of the refresher did. */
export interface RefreshPass {
  readonly windows: number;
  /** (series, day) pairs that are current now. */
  readonly refreshed: number;
  /** Pairs that a writer touched meanwhile: they stay stale from what it touched on, and exact, until the next pass. */
  readonly left: number;
}

/** How a pass is made. */
export interface RefreshOptions {
  /** Asked between windows; absent: it goes on to the end. */
  readonly isStopping?: () => boolean;
  /** Of the days that are stale now, those to be refreshed; absent: all. */
  readonly choose?: (days: readonly StaleDays[]) => readonly StaleDays[];
}

/**
 * Brings the rollups of every day that is stale now, or of those that are chosen, up to date. There is one refresher a store: a second caller waits for the first.
 * All that it does goes over the connection that holds the lock: one that is cut can lose the lock to another refresher, but then does nothing more either.
 */
export async function refreshStaleDays(store: Store, options: RefreshOptions = {}): Promise<RefreshPass> {
  const client = await store.writePool.connect();
  let broken: Error | undefined;
  try {
    await client.query('select pg_advisory_lock($1, $2)', [...REFRESH_LOCK]);
    try {
      return await refreshWindows(client, store.engine, options);
    } finally {
      await client.query('select pg_advisory_unlock($1, $2)', [...REFRESH_LOCK]).catch((error: Error) => {
        broken = error;
      });
    }
  } finally {
    client.release(broken);
  }
}

async function refreshWindows(client: pg.PoolClient, engine: StorageEngine, { isStopping, choose }: RefreshOptions): Promise<RefreshPass> {
  const days = await selectStaleDays(client);
  const windows = mergeIntoWindows(choose?.(days) ?? days);
  let refreshed = 0;
  let left = 0;
  for (const window of windows) {
    if (isStopping?.() === true) break;
    // Read before the rollups are, so that a marker raised in between is seen to have changed and stays.
    const { markers } = await untilNoneHeld(() => takeStaleDays(client, window));
    await engine.refresh(client, window);
    const deleted = await deleteStaleDays(client, markers);
    refreshed += deleted;
    left += markers.length - deleted;
    if (deleted < markers.length) await untilNoneHeld(() => advanceStaleDays(client, markers));
  }
  return { windows: windows.length, refreshed, left };
}

/** A marker that a writer holds at the moment, for the milliseconds that a load of the present takes, is asked for again so many times: who passes it over leaves its day to the next pass. */
const TRIES = 5;
const PAUSE_MS = 20;

async function untilNoneHeld<T extends { readonly held: number }>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer.held === 0 || tries === TRIES) return answer;
    await sleep(PAUSE_MS);
  }
}
