import type { StoreLog } from '../../db/open-store.ts';
import { type Repeating, repeat } from '../../db/repeat.ts';
import type { Store } from '../../db/store.ts';
import { type Instant, now } from '../../db/time/instant.ts';
import { createPurge, type Kept } from './purge.ts';
import { createEdgeWatch } from './watch-edges.ts';
import { nextEdgeAfter } from './watch-plan.ts';
import { createSilenceWatch } from './watch-silence.ts';

/** What a watcher is run with. */
export interface WatcherOptions {
  readonly store: Store;
  readonly log: StoreLog;
  readonly kept: Kept;
  /** The present. */
  readonly clock?: () => Instant;
}

/** Judges what happens without a reading. Of all watchers of a store one at a time judges; the others look, find nothing left, and take over when it is gone. */
export interface Watcher {
  /** Judges what is due, and answers when the next pass is, at the latest. */
  pass(): Promise<Instant>;
}

/** The longest that a change of the catalogue goes unnoticed, in microseconds. */
const POLL = 500_000;

/** Runs a watcher until it is stopped. A failed pass is tried again; the first of several is logged, and so is that it is over. */
export function startWatcher(options: WatcherOptions): Repeating {
  const { log, clock = now } = options;
  const watcher = createWatcher(options);
  let isFailing = false;
  return repeat(async () => {
    let next = clock() + POLL;
    try {
      next = await watcher.pass();
      if (isFailing) log.info({}, 'watching again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'watching failed, will be tried again');
      isFailing = true;
    }
    return Math.max((next - clock()) / 1000, 1);
  });
}

/** A watcher that is told when to look. */
export function createWatcher({ store, log, kept, clock = now }: WatcherOptions): Watcher {
  const edges = createEdgeWatch();
  const silence = createSilenceWatch(clock);
  const purge = createPurge(store.writePool, kept);
  return {
    async pass() {
      const present = clock();
      const catalogue = await store.catalogue.current(store.writePool);
      const breaches = (await edges.judge(store, catalogue, present)) + (await silence.judge(store, catalogue, present));
      if (breaches > 0) log.info({ breaches, durationMs: (clock() - present) / 1000 }, 'breaches without a reading');
      await purge(present);
      return Math.min(present + POLL, silence.nextAt, nextEdgeAfter(catalogue, present) ?? Number.POSITIVE_INFINITY);
    },
  };
}
