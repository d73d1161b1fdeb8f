import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { InvalidArgumentError, NotFoundError } from '../db/errors.ts';
import { selectBackfill, selectUnfinishedBackfill } from '../db/etl/backfill.ts';
import { takeInstanceSeat } from '../db/etl/instance.ts';
import { insertRun } from '../db/etl/run.ts';
import type { WouldChange } from '../db/etl/would-change.ts';
import type { Store } from '../db/store.ts';
import { now } from '../db/time/instant.ts';
import { CONNECTORS } from '../etl/connect/all-connectors.ts';
import { SYSTEM_CLOCK } from '../etl/jobs/clock.ts';
import { findJob, fixedJobLibrary, type JobLibrary, openJobLibrary } from '../etl/jobs/job-library.ts';
import { performRun } from '../etl/jobs/perform-run.ts';
import { ensureQueue } from '../etl/jobs/queue.ts';
import { InstanceStoppingError, SeatLostError } from '../etl/jobs/run-errors.ts';
import { windowOf } from '../etl/jobs/start-run.ts';
import { takeOver } from '../etl/jobs/take-over.ts';
import type { BackfillReport, BackfillState } from './backfill-report.ts';
import type { Environment } from './settings.ts';
import type { WantedBackfill } from './wanted-backfill.ts';

/** What a backfill in this process is done with. */
export interface BackfillHere {
  readonly store: Store;
  readonly log: Logger;
  readonly report: BackfillReport;
  readonly environment: Environment;
  readonly jobsFolder: string;
  readonly sourcesFolder: string;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 500;

/** Does a backfill in this process, or follows it where a gateway over the same database has taken it. Answers how it ended; null: it was interrupted, and can be resumed. */
export async function backfillHere(wanted: WantedBackfill, given: BackfillHere): Promise<BackfillState | null> {
  const { store, log, report, signal } = given;
  const library = openJobLibrary(given.jobsFolder, given.environment);
  await ensureQueue(store, log);
  const id = wanted.kind === 'resume' ? await unfinished(store, wanted.run) : await begin(store, library, wanted);
  const watching = new AbortController();
  const watched = watch(store, id, report, watching.signal);
  try {
    await perform(id, wanted, library, given);
  } finally {
    watching.abort();
    await watched;
  }
  const ended = await stateOf(store, id);
  if (!signal.aborted || isOver(ended)) return ended;
  report.close();
  report.interrupted(ended.id, `a gateway over the same database goes on with it; without one: thermograph backfill --resume ${ended.id}`);
  return null;
}

/** One that was interrupted goes on rather than beginning anew. */
async function begin(store: Store, library: JobLibrary, wanted: Extract<WantedBackfill, { kind: 'window' }>): Promise<number> {
  const { job: jobId, from, to, dryRun } = wanted;
  const job = findJob(await library.current(), jobId);
  windowOf(job, { from, to, dryRun }, now());
  const known = await selectUnfinishedBackfill(store.writePool, { jobId, from, to, dryRun });
  if (known !== null) return known;
  const id = await insertRun(store.writePool, { jobId, kind: 'BACKFILL', scheduledFor: null, from, to, dryRun, dueAt: now() });
  if (id === null) throw new Error('a run without a tick was not queued');
  return id;
}

async function unfinished(store: Store, id: number): Promise<number> {
  const row = await selectBackfill<WouldChange>(store.writePool, id);
  if (row === null) throw new NotFoundError('--resume', String(id), 'backfill', []);
  if (isOver(row)) throw new InvalidArgumentError('--resume', id, `that run is over: ${row.state}`);
  return id;
}

/** Attempts the run until it is over, as often as its job allows, unless somebody else is at it. */
async function perform(id: number, wanted: WantedBackfill, library: JobLibrary, given: BackfillHere): Promise<void> {
  const { store, signal } = given;
  const ending = new AbortController();
  const stop = () => ending.abort(new InstanceStoppingError('the command was told to end'));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const seat = await takeInstanceSeat(store.listenPool, hostname(), (error) => ending.abort(new SeatLostError('the connection is lost', { cause: error })));
  try {
    const jobs = wanted.kind === 'window' && wanted.chunk !== null ? await withChunk(library, wanted.job, wanted.chunk) : library;
    while (!ending.signal.aborted) {
      const row = await selectBackfill<WouldChange>(store.writePool, id);
      if (row === null || isOver(row)) return;
      // Its instance may be dead, such as this command when it was killed, and there need be no gateway that notices.
      if (row.state === 'RUNNING') await takeOver({ store, log: given.log, clock: SYSTEM_CLOCK }, await library.current());
      if (row.state === 'QUEUED' && row.dueAt <= now()) await attempt(id, jobs, { instanceId: seat.id, signal: ending.signal }, given);
      else await sleep(LOOK_EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    seat.close();
  }
}

function attempt(id: number, library: JobLibrary, seat: { readonly instanceId: number; readonly signal: AbortSignal }, given: BackfillHere): Promise<void> {
  const { store, log, sourcesFolder } = given;
  return performRun({ store, log, connectors: CONNECTORS, clock: SYSTEM_CLOCK, sourcesFolder, library, ...seat }, id);
}

async function withChunk(library: JobLibrary, jobId: string, chunk: number): Promise<JobLibrary> {
  const job = findJob(await library.current(), jobId);
  return fixedJobLibrary([{ ...job, backfill: { ...job.backfill, chunk } }]);
}

async function watch(store: Store, id: number, report: BackfillReport, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const row = await selectBackfill<WouldChange>(store.writePool, id).catch(() => null);
    if (row !== null && !signal.aborted) report.progressed(row);
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function stateOf(store: Store, id: number): Promise<BackfillState> {
  const row = await selectBackfill<WouldChange>(store.writePool, id);
  if (row === null) throw new Error(`run ${id} is gone`);
  return row;
}

function isOver({ state }: Pick<BackfillState, 'state'>): boolean {
  return state !== 'QUEUED' && state !== 'RUNNING';
}
