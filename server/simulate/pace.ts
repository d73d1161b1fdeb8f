import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, now } from '../../db/time/instant.ts';
import type { Moment, TimedMeasurement } from './story.ts';

/** At what pace a story is told. */
export interface Pace {
  /** How many times as fast as it happened. */
  readonly speed: number;
  /** The instant at which its beginning is said to happen. */
  readonly startedAt: Instant;
  /** Ends it by throwing. */
  readonly signal: AbortSignal;
}

/** More often than this nobody looks, and every batch is a request. */
const BETWEEN_BATCHES_MICROS = 100_000;

/** What has fallen behind goes in pieces of this size. */
const MAX_MEASUREMENTS = 5_000;

/**
 * What is due, as it becomes due: moments of a story with the times at which they happen now, in batches. Whoever takes a batch late, such as while a gateway is
 * away, finds all that has become due since in the next ones, with the times at which it was due.
 */
export async function* paced(moments: AsyncIterable<Moment>, { speed, startedAt, signal }: Pace): AsyncGenerator<readonly TimedMeasurement[]> {
  let batch: TimedMeasurement[] = [];
  let nextBatchAt = startedAt;
  for await (const { after, measurements } of moments) {
    signal.throwIfAborted();
    const time = startedAt + Math.round(after / speed);
    if (time > now() && batch.length > 0) {
      yield batch;
      batch = [];
      nextBatchAt = now() + BETWEEN_BATCHES_MICROS;
    }
    await until(Math.max(time, batch.length === 0 ? nextBatchAt : 0), signal);
    batch.push(...measurements.map((measurement) => ({ ...measurement, time })));
    if (batch.length >= MAX_MEASUREMENTS) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** A timer of Node's lasts 24 days at most. */
const LONGEST_SLEEP_MS = 2_000_000_000;

async function until(instant: Instant, signal: AbortSignal): Promise<void> {
  for (let left = instant - now(); left > 0; left = instant - now()) await sleep(Math.min(Math.ceil(left / 1000), LONGEST_SLEEP_MS), undefined, { signal });
}
