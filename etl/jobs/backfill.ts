import { setTimeout as sleep } from 'node:timers/promises';
import { advanceBackfill } from '../../db/etl/backfill.ts';
import { selectWrittenOfRun } from '../../db/etl/batch-sum.ts';
import { doesAnybodyWait } from '../../db/etl/lock-wait.ts';
import type { Store } from '../../db/store.ts';
import { formatDuration } from '../../db/time/duration.ts';
import type { TimeWindow } from '../../db/time/instant.ts';
import type { Connected, Piece } from '../connect/connector.ts';
import { type Attempt, recorderOf } from './attempt.ts';
import { backfillChunks } from './backfill-chunks.ts';
import { connectWhole, connectWindow, isAskedByTime, shareOf, within, withSmallBatches } from './backfill-source.ts';
import { attemptDryRun } from './dry-run.ts';
import { endedBy } from './ended-by.ts';
import { isStream } from './job.ts';
import { loadPieces } from './load-pieces.ts';
import { reasonOf } from './reason-of.ts';
import { RunTimedOutError } from './run-errors.ts';
import type { TurnTimes } from './step-recorder.ts';
import { validateRun } from './validate-run.ts';

/**
 * Loads a window again, chunk after chunk, whatever the positions say, and leaves them as they are. What is done is noted after each chunk: another attempt goes on there.
 * Batches are small and followed by pauses, so that live loading of the same series waits for little.
 */
export async function attemptBackfill(attempt: Attempt): Promise<void> {
  const { task } = attempt;
  const window = windowOf(attempt);
  if (task.dryRun) return withinTimeout(attempt, (signal) => attemptDryRun({ ...attempt, signal }, window));
  const { store, claim, signal } = attempt;
  const steps = recorderOf(attempt);
  const rest: TimeWindow = { from: task.doneUntil ?? window.from, to: window.to };
  const whole = await steps.record(
    'connect',
    () => withinTimeout(attempt, (ending) => connectWhole(attempt, rest, ending)),
    ({ found = null }) => found,
  );
  await steps.recordTurns(
    (times) => loadChunks(attempt, { rest, window, whole, times }),
    (chunks) => ({ chunks }),
  );
  signal.throwIfAborted();
  await steps.record(
    'validate',
    async () => validateRun({ store, job: attempt.job, claim, written: await selectWrittenOfRun(store.writePool, claim.runId) }),
    (validated) => validated,
  );
}

function windowOf({ task }: Attempt): TimeWindow {
  if (task.from === null || task.to === null) throw new Error(`backfill ${task.id} has no window`);
  return { from: task.from, to: task.to };
}

interface Loading {
  readonly rest: TimeWindow;
  readonly window: TimeWindow;
  /** The source, asked for all of the rest. */
  readonly whole: Connected;
  readonly times: TurnTimes;
}

async function loadChunks(attempt: Attempt, loading: Loading): Promise<number> {
  const { rest, whole } = loading;
  if (rest.from === rest.to) {
    // An attempt before this one came to the end, and failed after it.
    await whole.close();
    return 0;
  }
  if (!isAskedByTime(attempt.job, whole)) {
    await withinTimeout(attempt, (signal) => loadChunk(attempt, loading, { connected: whole, chunk: rest, signal }));
    return 1;
  }
  await whole.close();
  let chunks = 0;
  for (const chunk of backfillChunks(rest, attempt.job)) {
    await withinTimeout(attempt, async (signal) => {
      const connected = await connectWindow(attempt, chunk, signal);
      await loadChunk(attempt, loading, { connected, chunk, signal });
    });
    chunks += 1;
  }
  return chunks;
}

async function loadChunk(
  { store, claim, job }: Attempt,
  { window, times }: Loading,
  { connected, chunk, signal }: { readonly connected: Connected; readonly chunk: TimeWindow; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await loadPieces(withProgress(connected.pieces(), window, chunk), {
      store,
      job: withSmallBatches(job),
      claim,
      signal,
      times,
      backfill: { select: within(chunk), pause: createPauses(store, job.backfill.share, signal) },
    });
  } finally {
    await connected.close();
  }
  await advanceBackfill(store.writePool, claim, { doneUntil: chunk.to, progress: shareOf(window, chunk.to) });
}

/** Gives each chunk the time that the job gives an attempt: how long a backfill takes altogether, its window decides. The log of a broker is one chunk, however long, and ends where nothing comes. */
async function withinTimeout<T>({ job, clock, signal }: Attempt, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (isStream(job)) return work(signal);
  const ending = new AbortController();
  const cancel = clock.after(job.limits.timeout, () => ending.abort(new RunTimedOutError(formatDuration({ months: 0, days: 0, micros: job.limits.timeout }))));
  try {
    const either = AbortSignal.any([signal, ending.signal]);
    return await endedBy(either, work(either));
  } catch (error) {
    // What a source says when it is interrupted is not why it was.
    throw ending.signal.aborted ? reasonOf(ending.signal) : error;
  } finally {
    cancel();
  }
}

/** Nobody is waited for longer than this, so that a backfill comes to its end beside live loads that never do. */
const GIVES_WAY_MS = 5_000;
const LOOKS_EVERY_MS = 50;
/** Between shares of nearly nothing and a slow batch, a minute is enough for everybody. */
const LONGEST_REST_MS = 60_000;
/** What takes less is rested from together with what follows: timers are no finer than a millisecond. */
const LEAST_WORK_MS = 4;

/** Rests for so long that reading and loading take their share of the time; after a batch also while anybody waits for a lock: live loads that queued up go first. */
function createPauses(store: Store, share: number, signal: AbortSignal): (after: 'CHUNK' | 'BATCH') => Promise<void> {
  let resumedMs = performance.now();
  return async (after) => {
    const workedMs = performance.now() - resumedMs;
    if (share === 1 || (after === 'CHUNK' && workedMs < LEAST_WORK_MS)) return;
    await sleep(Math.min(LONGEST_REST_MS, (workedMs * (1 - share)) / share), undefined, { signal });
    if (after === 'BATCH') await giveWay(store, signal);
    resumedMs = performance.now();
  };
}

async function giveWay(store: Store, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + GIVES_WAY_MS;
  while (performance.now() < untilMs && (await doesAnybodyWait(store.writePool))) await sleep(LOOKS_EVERY_MS, undefined, { signal });
}

async function* withProgress(pieces: AsyncIterable<Piece>, window: TimeWindow, chunk: TimeWindow): AsyncGenerator<Piece> {
  const before = shareOf(window, chunk.from);
  const own = shareOf(window, chunk.to) - before;
  for await (const piece of pieces) yield { ...piece, progress: () => before + own * (piece.progress?.() ?? 0) };
}
