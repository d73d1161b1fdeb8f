import { selectRunPositions } from '../../db/etl/run-position.ts';
import type { Instant, TimeWindow } from '../../db/time/instant.ts';
import type { Connected, RunContext } from '../connect/connector.ts';
import { connectJob } from '../connect/connectors.ts';
import type { RecordChunk } from '../read/reader.ts';
import { type Attempt, contextOf } from './attempt.ts';
import type { Job } from './job.ts';
import { bookmarksOf } from './piece-position.ts';

/** The source of the job, asked for a window, from where an earlier attempt of the run has left it. */
export async function connectWindow(attempt: Attempt, window: TimeWindow, signal: AbortSignal): Promise<Connected> {
  const { connectors, store, task } = attempt;
  if (task.dryRun) return connectJob(connectors, contextOfWindow(attempt, window, signal));
  return connectJob(connectors, { ...contextOfWindow(attempt, window, signal), bookmarks: bookmarksOf(await selectRunPositions(store.writePool, task.id)) });
}

/** The source of the job, asked for all of a window. What is remembered is of its first part where it is asked for in parts: an address may not know that page of another question. */
export function connectWhole(attempt: Attempt, window: TimeWindow, signal: AbortSignal): Promise<Connected> {
  if (!isAskedBetweenTimes(attempt.job)) return connectWindow(attempt, window, signal);
  return connectJob(attempt.connectors, contextOfWindow(attempt, window, signal));
}

function contextOfWindow(attempt: Attempt, window: TimeWindow, signal: AbortSignal): RunContext {
  const context = { ...contextOf(attempt, 'WINDOW'), window, signal };
  return attempt.task.dryRun ? { ...context, claim: null } : context;
}

/** Whether a source can be read in parts, rather than being read whole for each of them. */
export function isAskedByTime(job: Job, { narrows }: Connected): boolean {
  return narrows ?? isAskedBetweenTimes(job);
}

function isAskedBetweenTimes({ source }: Job): boolean {
  return source.kind === 'http' && source.since !== null && source.until !== null;
}

/** The job as its backfills are loaded. */
export function withSmallBatches(job: Job): Job {
  return { ...job, limits: { ...job.limits, batchSize: Math.min(job.limits.batchSize, job.backfill.batchSize) } };
}

/** Lets through the readings of a window. What has no time that can be read is not of it. */
export function within({ from, to }: TimeWindow): (chunk: RecordChunk) => RecordChunk {
  return (chunk) => chunk.filter((record) => 'time' in record && record.time !== null && record.time >= from && record.time < to);
}

/** How much of a window lies before an instant. */
export function shareOf({ from, to }: TimeWindow, instant: Instant): number {
  return (instant - from) / (to - from);
}
