import { deleteExpiredBreaches } from '../../db/breach-retention.ts';
import { deleteExcessRejected, deleteExpiredBatches, deleteExpiredInstances, deleteExpiredRejected, deleteExpiredRuns } from '../../db/etl/retention.ts';
import type { Pool } from '../../db/pool.ts';
import type { Instant } from '../../db/time/instant.ts';

/** How long is kept what grows for ever otherwise, in microseconds; null: for ever. */
export interface Kept {
  readonly breaches: number | null;
  readonly rejected: number | null;
  /** Of rejected readings also how many. */
  readonly mostRejected: number | null;
  /** Runs of jobs, the instances that were at them, batches, and what batches corrected. */
  readonly runs: number | null;
}

/** Something expires a minute late at most. */
const EVERY = 60_000_000;
/** Counting a million rejected readings takes the database a tenth of a second. */
const EVERY_COUNT = 600_000_000;

/** Deletes what has expired, in pieces: one of each kind a pass as long as there is more, and then now and then. */
export function createPurge(pool: Pool, kept: Kept): (present: Instant) => Promise<void> {
  const before = (age: number | null, remove: (pool: Pool, before: Instant) => Promise<boolean>) =>
    age === null ? [] : [task(EVERY, (present) => remove(pool, present - age))];
  const { mostRejected } = kept;
  const tasks = [
    ...before(kept.breaches, deleteExpiredBreaches),
    ...before(kept.rejected, deleteExpiredRejected),
    ...(mostRejected === null ? [] : [task(EVERY_COUNT, () => deleteExcessRejected(pool, mostRejected))]),
    ...before(kept.runs, deleteExpiredBatches),
    ...before(kept.runs, deleteExpiredRuns),
    ...before(kept.runs, deleteExpiredInstances),
  ];
  return async (present) => {
    for (const runTask of tasks) await runTask(present);
  };
}

/** `remove` answers whether there may be more. */
function task(every: number, remove: (present: Instant) => Promise<boolean>): (present: Instant) => Promise<void> {
  let dueAt = Number.NEGATIVE_INFINITY;
  return async (present) => {
    if (present < dueAt) return;
    const isMore = await remove(present);
    dueAt = isMore ? present : present + every;
  };
}
