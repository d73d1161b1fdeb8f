import { Logger, type Runner, run, runMigrations } from 'graphile-worker';
import { z } from 'zod';
import { updateInstancePool } from '../../db/etl/instance.ts';
import { BACKFILL_FLAG, hasQueue, QUEUE_SCHEMA, RUN_TASK } from '../../db/etl/queue-job.ts';
import type { StoreLog } from '../../db/open-store.ts';
import type { Store } from '../../db/store.ts';

/** How an instance takes runs from the queue. */
export interface QueueOptions {
  readonly store: Store;
  readonly log: StoreLog;
  readonly instanceId: number;
  /** Runs at the same time. */
  readonly concurrency: number;
  readonly perform: (runId: number, attempt: number, isBackfill: boolean) => Promise<void>;
  /** How many backfills are under way here. */
  readonly backfillsUnderWay: () => number;
  /** The workers ended by themselves. */
  readonly onEnd: (error: unknown) => void;
}

/** An instance's workers. */
export interface RunningQueue {
  /** Takes nothing more and waits for what is under way, which is told by others to end. */
  stop(): Promise<void>;
}

/** A run that is due begins so much later at most where no notification comes: a retry, what another instance left. */
const POLL_MS = 1_000;

/** What is queued: a run, and how many attempts it has had. */
const runPayload = z.object({ run: z.number(), attempt: z.number() });

const installed = new WeakMap<Store, Promise<void>>();

/** Creates or updates the schema of the queue; once for each store of a process. */
export function installQueue(store: Store, log: StoreLog): Promise<void> {
  const known = installed.get(store);
  if (known !== undefined) return known;
  const installing = runMigrations({ pgPool: store.queuePool, schema: QUEUE_SCHEMA, logger: loggerTo(log) });
  installed.set(store, installing);
  installing.catch(() => installed.delete(store));
  return installing;
}

/** The queue is there, or is made: before something is put into it. */
export async function ensureQueue(store: Store, log: StoreLog): Promise<void> {
  if (installed.has(store) || !(await hasQueue(store.writePool))) await installQueue(store, log);
}

/** Begins to take runs from the queue. */
export async function startQueue(options: QueueOptions): Promise<RunningQueue> {
  const { store, log, concurrency } = options;
  const mostBackfills = Math.max(1, concurrency - 1);
  let isStopping = false;
  const runner: Runner = await run({
    pgPool: store.queuePool,
    schema: QUEUE_SCHEMA,
    logger: loggerTo(log),
    concurrency,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    forbiddenFlags: () => (options.backfillsUnderWay() < mostBackfills ? [] : [BACKFILL_FLAG]),
    // By itself what it completes is a promise that nobody hears: one that fails because the database is away would end the process. In batches, of no delay, the failure ends the workers instead.
    preset: { plugins: [namingPlugin(options)], worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    taskList: {
      [RUN_TASK]: async (payload, { job }) => {
        const { run: runId, attempt } = runPayload.parse(payload);
        await options.perform(runId, attempt, job.flags !== null && BACKFILL_FLAG in job.flags);
      },
    },
  });
  runner.promise.then(
    () => {
      if (!isStopping) options.onEnd(new Error('the workers ended'));
    },
    (error: unknown) => {
      if (!isStopping) options.onEnd(error);
    },
  );
  return {
    stop: async () => {
      isStopping = true;
      // It throws where the workers have ended already.
      await runner.stop().catch(() => undefined);
      await runner.promise.catch(() => undefined);
    },
  };
}

/** Tells under which name an instance's workers lock, before they first do, so that others know what to give free when it is dead. */
function namingPlugin({ store, instanceId }: QueueOptions): GraphileConfig.Plugin {
  return {
    name: 'ThermographInstancePlugin',
    version: '1.0.0',
    worker: {
      hooks: {
        async startWorker(_context, { worker }) {
          await updateInstancePool(store.writePool, instanceId, worker.workerPool.id);
        },
      },
    },
  };
}

/** What the queue says of every job is told by its run already. */
function loggerTo(log: StoreLog): Logger {
  return new Logger((scope) => (level, message, meta) => {
    if (level === 'error' || level === 'warning') log.warn({ ...scope, err: meta?.error }, `queue: ${message.split('\n', 1)[0] ?? ''}`);
  });
}
