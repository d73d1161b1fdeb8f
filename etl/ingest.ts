import { setImmediate } from 'node:timers/promises';
import type { Store } from '../db/store.ts';
import { IngestInterruptedError } from './ingest-interrupted-error.ts';
import { BatchPace, GREATEST_BATCH, PARTS_AT_ONCE } from './load/batch-pace.ts';
import { type NumberedBatch, validBatches } from './load/valid-batches.ts';
import { type BatchOutcome, loadBatch } from './load-batch.ts';
import type { LoadOrigin } from './load-origin.ts';
import type { IngestSummary, RawRecord, RefusedRecord, Rejection } from './record.ts';
import { Validation } from './validate.ts';

/** How an input is loaded. */
export interface IngestOptions {
  /** Whether sensors that nobody knows are registered rather than refused. */
  readonly register: boolean;
  /**
   * Called after every batch with the counts so far, the number of leading records that are committed, and what the batch did; for each of its parts where it has some.
   * Throwing ends the load; the next batch waits for what it returns.
   */
  readonly onBatch?: (soFar: IngestSummary, committedRecords: number, outcome: BatchOutcome) => unknown;
  /** At most so many readings a batch; the first ones have fewer, and those that take long for each, where they are not loaded in parts. */
  readonly batchSize?: number;
  /** Whether the next batch is read and checked while the database works on one; absent: yes. */
  readonly readsAhead?: boolean;
  /**
   * Whether batches after the first are loaded in parts, by sensor, two at the same time, each a transaction: nearly twice as fast, but where one fails another part of its batch may be
   * committed already, though none of the batch counts as that. Not for what has to remember its position with each batch.
   */
  readonly inParts?: boolean;
  /** Absent: nowhere in particular. */
  readonly origin?: LoadOrigin;
}

/** Where records come from that nobody says anything of. */
const NOWHERE: LoadOrigin = { source: 'unknown', run: null, reader: { format: 'json', register: false } };

const REJECTIONS_SHOWN = 1000;

/**
 * Loads an input, batch by batch, committed in input order: each in one transaction, or in one for each of its parts.
 * Throws IngestInterruptedError where the input or the database fails midway.
 */
export async function ingest(store: Store, records: AsyncIterable<readonly (RawRecord | RefusedRecord)[]>, options: IngestOptions): Promise<IngestSummary> {
  const rules = async () => ({ catalogue: await store.catalogue.current(store.writePool), register: options.register });
  const progress = new Progress(options.onBatch);
  const origin = options.origin ?? NOWHERE;
  const pace = new BatchPace(options.batchSize ?? GREATEST_BATCH, { isDivided: options.inParts ?? false });
  let committing: Promise<void> | null = null;
  try {
    for await (const next of validBatches(inTurns(records), pace, rules)) {
      await committing;
      committing = commit(store, next, { progress, pace, origin });
      // Awaited a turn later; until then a failure must not count as unhandled.
      committing.catch(() => undefined);
      if (options.readsAhead === false) await committing;
    }
    await committing;
    return progress.summary;
  } catch (error) {
    // Where the input failed, what was read before it is still on its way.
    await committing?.catch(() => undefined);
    throw new IngestInterruptedError(progress.committedRecords, error);
  }
}

/** Loads records as one batch, however many they are, in one transaction: committed whole when this returns, not at all when it throws. */
export async function loadOneBatch(
  store: Store,
  records: readonly (RawRecord | RefusedRecord)[],
  { register, origin = NOWHERE }: Pick<IngestOptions, 'register' | 'origin'>,
): Promise<BatchOutcome> {
  const validation = new Validation({ catalogue: await store.catalogue.current(store.writePool), register });
  for (const record of records) validation.take(record);
  const lastIndex = records.at(-1)?.index ?? -1;
  return loadBatch(store, validation.finish(), { firstIndex: records[0]?.index ?? -1, lastIndex, records: lastIndex + 1 }, origin);
}

/** For longer than this the answers of the database do not wait for what is read meanwhile: a batch is some ten statements, one after the other. */
const TURN_MS = 0.25;

/** The same, with turns for all else between chunks that came without being waited for. */
async function* inTurns<T>(chunks: AsyncIterable<T>): AsyncGenerator<T> {
  let begunMs = performance.now();
  for await (const chunk of chunks) {
    yield chunk;
    if (performance.now() - begunMs < TURN_MS) continue;
    await setImmediate();
    begunMs = performance.now();
  }
}

interface Commit {
  readonly progress: Progress;
  readonly pace: BatchPace;
  readonly origin: LoadOrigin;
}

async function commit(store: Store, { parts, ...extent }: NumberedBatch, { progress, pace, origin }: Commit): Promise<void> {
  // Records without readings change nothing, but their sender may have to remember how far they reach.
  const isNothing = parts.every((part) => part.received === 0) && origin.alongside === undefined;
  const outcomes: BatchOutcome[] = [];
  let spentMs = 0;
  // Taken by turns. As a generator it also ends for the others when loading one fails.
  const rest = eachOf(isNothing ? [] : parts);
  const takeTurns = async (): Promise<void> => {
    for (const part of rest) {
      const startedMs = performance.now();
      outcomes.push(await loadBatch(store, part, extent, origin));
      spentMs += performance.now() - startedMs;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(parts.length, PARTS_AT_ONCE) }, takeTurns));
  // The first one: of two parts that fail at once the other mostly says the same.
  for (const turns of ended) if (turns.status === 'rejected') throw turns.reason;
  const received = outcomes.reduce((sum, outcome) => sum + outcome.received, 0);
  if (received > 0) pace.loaded(received, spentMs);
  await progress.advance(outcomes, extent.records);
}

function* eachOf<T>(given: readonly T[]): Generator<T> {
  yield* given;
}

/** The counts over the batches that are committed. */
class Progress {
  summary: IngestSummary = { received: 0, loaded: 0, corrected: 0, unchanged: 0, derived: 0, rejected: [], rejectedCount: 0, breaches: 0 };
  committedRecords = 0;
  readonly #onBatch: IngestOptions['onBatch'];

  constructor(onBatch: IngestOptions['onBatch']) {
    this.#onBatch = onBatch;
  }

  /** All parts of a batch are committed, and so many leading records with it. */
  async advance(parts: readonly BatchOutcome[], committedRecords: number): Promise<void> {
    this.committedRecords = committedRecords;
    const rejections = parts.flatMap((part) => part.rejections).sort((a, b) => a.index - b.index);
    const { rejected } = this.summary;
    const shown = rejections.slice(0, REJECTIONS_SHOWN - rejected.length).map(({ index, code, message }): Rejection => ({ index, code, message }));
    this.summary = parts.reduce(added, { ...this.summary, rejected: [...rejected, ...shown] });
    for (const part of parts) await this.#onBatch?.(this.summary, committedRecords, part);
  }
}

/** The counts with those of another transaction. */
function added(before: IngestSummary, { received, loaded, corrected, unchanged, derived, rejections, breaches }: BatchOutcome): IngestSummary {
  return {
    ...before,
    received: before.received + received,
    loaded: before.loaded + loaded,
    corrected: before.corrected + corrected,
    unchanged: before.unchanged + unchanged,
    derived: before.derived + derived,
    rejectedCount: before.rejectedCount + rejections.length,
    breaches: before.breaches + breaches,
  };
}
