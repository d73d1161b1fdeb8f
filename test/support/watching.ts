import type { Kept } from '../../alerts/watching/purge.ts';
import { createWatcher } from '../../alerts/watching/watcher.ts';
import type { Store } from '../../db/store.ts';
import type { Instant } from '../../db/time/instant.ts';

/** A watcher whose present a test sets. */
export interface TestWatcher {
  /** Looks at an instant; answers when it wants to look again. */
  passAt(present: Instant): Promise<Instant>;
}

/** One of any number of watchers of a store. */
export function watcherOf(store: Store, breachesKept: number | null = null, kept: Partial<Kept> = {}): TestWatcher {
  let present = 0;
  const ignore = () => undefined;
  const watcher = createWatcher({
    store,
    kept: { breaches: breachesKept, rejected: null, mostRejected: null, runs: null, ...kept },
    log: { info: ignore, warn: ignore, error: ignore },
    clock: () => present,
  });
  return {
    passAt: (instant) => {
      present = instant;
      return watcher.pass();
    },
  };
}
