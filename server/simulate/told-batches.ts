import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, now } from '../../db/time/instant.ts';
import type { DueBatch, ReadingBatch } from './reading-batch.ts';

/** How a story is told. */
export interface Telling {
  /** The instant at which the story begins, in its own time. */
  readonly from: Instant;
  /** When its beginning is told. */
  readonly startedAt: Instant;
  /** How many times as fast as it happened; infinite: as fast as it is taken. */
  readonly speed: number;
  /** Whether readings carry the times of the story, or those at which they are told. */
  readonly times: 'as-measured' | 'as-told';
  /** At most so many readings a second; infinite where that does not matter. */
  readonly rate: number;
  /** Ends it by throwing. */
  readonly signal: AbortSignal;
}

/** More often than this nobody looks. */
const BETWEEN_BATCHES_MS = 100;
const LONGEST_SLEEP_MS = 2_000_000_000;

/** What is due of a story, as it becomes due. Whoever takes it late finds all that has become due since. */
export async function* toldBatches(story: Iterable<DueBatch>, telling: Telling): AsyncGenerator<ReadingBatch> {
  const { from, startedAt, speed, times, rate, signal } = telling;
  const toldAt = (instant: Instant) => startedAt + Math.round((instant - from) / speed);
  const most = Number.isFinite(rate) ? Math.max(1, Math.ceil((rate * BETWEEN_BATCHES_MS) / 1000)) : Number.POSITIVE_INFINITY;
  const begunAt = performance.now();
  let told = 0;
  for (const batch of story) {
    for (let begin = 0; begin < batch.length; ) {
      signal.throwIfAborted();
      const end = Math.min(begin + most, Number.isFinite(speed) ? endOfDue(batch, begin, toldAt, now()) : batch.length);
      if (end === begin) {
        await sleepFor(Math.max(BETWEEN_BATCHES_MS, (toldAt(batch.due[begin] ?? 0) - now()) / 1000), signal);
        continue;
      }
      await sleepFor((told / rate) * 1000 - (performance.now() - begunAt), signal);
      yield sliceOf(batch, begin, end, times === 'as-told' ? toldAt : null);
      told += end - begin;
      begin = end;
    }
  }
}

/** Behind the last reading that is due by `present`. */
function endOfDue({ due, length }: DueBatch, begin: number, toldAt: (instant: Instant) => Instant, present: Instant): number {
  let end = begin;
  while (end < length && toldAt(due[end] ?? 0) <= present) end += 1;
  return end;
}

function sliceOf(batch: DueBatch, begin: number, end: number, toldAt: ((instant: Instant) => Instant) | null): ReadingBatch {
  return {
    length: end - begin,
    series: batch.series.subarray(begin, end),
    time: toldAt === null ? batch.time.subarray(begin, end) : batch.time.subarray(begin, end).map(toldAt),
    value: batch.value.subarray(begin, end),
    flags: batch.flags.subarray(begin, end),
  };
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(Math.min(Math.ceil(ms), LONGEST_SLEEP_MS), undefined, { signal });
}
