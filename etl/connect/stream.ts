import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { RunLostError } from '../../db/etl/run-claim.ts';
import { isReasonOf } from '../jobs/reason-of.ts';
import type { CommittingBatch } from '../load-origin.ts';
import type { RecordChunk } from '../read/reader.ts';
import type { RawRecord, RefusedRecord } from '../record.ts';
import type { StreamContext } from './connector.ts';
import { readerOfRejects } from './payload.ts';

/** A message as it was handed over: what is committed whole or not at all. */
export interface Delivery {
  /** Its records, numbered on from `StreamLoader.nextIndex`. */
  readonly records: RecordChunk;
  /** Where it stands in its source. */
  readonly place: string;
  /** What it takes in memory, about. */
  readonly bytes: number;
  /** Readings of it that are left out because later ones of the same instants are stored already. */
  readonly passedOver?: number;
}

/** What differs between brokers. */
export interface StreamRules<D extends Delivery> {
  /** Names the batches. */
  readonly source: string;
  /** Microseconds that a message may wait for others. */
  readonly maxWait: number;
  /** In the transaction of the batch. It may be called again, for another attempt. */
  readonly alongside?: (client: pg.PoolClient, deliveries: readonly D[], batch: CommittingBatch) => Promise<void>;
  /** After the commit: acknowledges. */
  readonly committed: (deliveries: readonly D[]) => void;
  /** What is left to be loaded of a batch that was rolled back for this error; null: it says nothing of that. */
  readonly afterError?: (error: unknown, deliveries: readonly D[]) => Promise<readonly D[] | null>;
  /** At the end, of what was not loaded: somebody else may have it. */
  readonly givenUp?: (deliveries: readonly D[]) => void;
  /** In which order messages are to be loaded that were handed over in another; absent: as they come. */
  readonly order?: (one: D, other: D) => number;
}

/** Messages that come in a burst come within this of each other; then what has come is loaded without waiting for more. */
const QUIET_MS = 10;
/** Beside a full batch under way, so much may wait: a batch, or these bytes. */
const MAX_BYTES = 64 * 1024 * 1024;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Loads messages in batches, one transaction each, in the order in which they were added: a batch ends when it is full, when nothing more comes for a moment, or when its oldest message has waited for `maxWait`.
 * While the database is away the batch is held and tried again; a message that it cannot take is refused by name. What is not acknowledged when it ends, the broker hands over again.
 */
export class StreamLoader<D extends Delivery> {
  readonly #context: StreamContext;
  readonly #rules: StreamRules<D>;
  readonly #batchSize: number;
  #waiting: D[] = [];
  #loading: readonly D[] = [];
  #records = 0;
  #bytes = 0;
  #oldestAt = 0;
  #added = 0;
  #index = 0;
  #wake: () => void = () => undefined;
  #makeRoom: (() => void)[] = [];

  constructor(context: StreamContext, rules: StreamRules<D>) {
    this.#context = context;
    this.#rules = rules;
    this.#batchSize = context.job.limits.batchSize;
  }

  /** The number for the first record of the next message. */
  get nextIndex(): number {
    return this.#index;
  }

  /** Messages that are neither committed nor given up, the oldest first. */
  get held(): readonly D[] {
    return [...this.#loading, ...this.#waiting];
  }

  /** Takes a message. What it has to be asked before is `room`. */
  add(delivery: D): void {
    if (this.#waiting.length === 0) this.#oldestAt = performance.now();
    this.#waiting.push(delivery);
    this.#added += 1;
    this.#index += delivery.records.length;
    this.#records += delivery.records.length;
    this.#bytes += delivery.bytes;
    this.#wake();
  }

  /** Whether another message may be added; memory is bounded by asking. */
  get hasRoom(): boolean {
    return this.#records < 2 * this.#batchSize && this.#bytes < MAX_BYTES;
  }

  /** Resolves when another message may be added, or when all is over. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.#context.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#makeRoom.push(resolve);
      });
  }

  /** Gives up what waits and is somebody else's now. What is being loaded is not touched. */
  forget(isForgotten: (delivery: D) => boolean): void {
    this.#replaceWaiting(this.#waiting.filter((delivery) => !isForgotten(delivery)));
  }

  /** Loads until the signal aborts; throws where it cannot go on. What is being loaded then is loaded and acknowledged first. */
  async run(): Promise<void> {
    const { signal, log, job } = this.#context;
    const wake = () => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        await this.#gather();
        const batch = this.#take();
        if (batch.length > 0) await this.#loadHeld(batch);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      // What is not acknowledged comes again: nothing is lost.
      if (!isReasonOf(signal, error)) log.warn({ err: error, job: job.id }, 'a batch was not loaded before its consumer ended; it comes again');
    } finally {
      signal.removeEventListener('abort', wake);
      this.#rules.givenUp?.(this.held);
      this.#loading = [];
      this.#replaceWaiting([]);
    }
  }

  async #gather(): Promise<void> {
    const { signal } = this.#context;
    if (this.#waiting.length === 0 && !signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const maxWaitMs = this.#rules.maxWait / 1000;
    for (let seen = -1; !signal.aborted && this.#records < this.#batchSize && this.#bytes < MAX_BYTES && seen !== this.#added; ) {
      const leftMs = this.#oldestAt + maxWaitMs - performance.now();
      if (leftMs <= 0) return;
      seen = this.#added;
      await sleep(Math.min(QUIET_MS, leftMs));
    }
  }

  /** The oldest messages, at most a full batch of them, at least one. */
  #take(): readonly D[] {
    if (this.#context.signal.aborted) return [];
    let count = 0;
    let records = 0;
    for (const delivery of this.#waiting) {
      if (count > 0 && records + delivery.records.length > this.#batchSize) break;
      records += delivery.records.length;
      count += 1;
    }
    const batch = this.#waiting.slice(0, count);
    this.#loading = batch;
    this.#replaceWaiting(this.#waiting.slice(count));
    return batch;
  }

  #replaceWaiting(waiting: D[]): void {
    this.#waiting = waiting;
    this.#records = waiting.reduce((sum, { records }) => sum + records.length, 0);
    this.#bytes = waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    const resolvers = this.#makeRoom;
    this.#makeRoom = [];
    for (const resolve of resolvers) resolve();
  }

  async #loadHeld(batch: readonly D[]): Promise<void> {
    await this.#load(this.#inOrder(batch));
    this.#loading = [];
  }

  /** Until it is committed. */
  async #load(deliveries: readonly D[]): Promise<void> {
    let left = deliveries;
    for (let failures = 0; left.length > 0; failures += 1) {
      try {
        await this.#commit(left);
        if (failures > 0) this.#context.log.info({ job: this.#context.job.id, failures }, 'a batch that was held is loaded');
        return;
      } catch (error) {
        left = await this.#afterFailure(error, left, failures);
      }
    }
  }

  /** What is left to be loaded, once it may be tried again; throws what ends the run. */
  async #afterFailure(error: unknown, deliveries: readonly D[], failures: number): Promise<readonly D[]> {
    if (this.#context.signal.aborted || error instanceof RunLostError) throw error;
    const rest = (await this.#rules.afterError?.(error, deliveries)) ?? null;
    if (rest !== null) return rest;
    if (!isOfTheData(error)) {
      await this.#pause(failures, error);
      return deliveries;
    }
    await this.#loadApart(deliveries, error);
    return [];
  }

  /** A batch that the database does not take for what is in it is loaded in halves, down to the message that it does not take. */
  async #loadApart(deliveries: readonly D[], error: unknown): Promise<void> {
    const [only] = deliveries;
    if (deliveries.length > 1 || only === undefined) {
      const middle = Math.ceil(deliveries.length / 2);
      await this.#load(deliveries.slice(0, middle));
      await this.#load(deliveries.slice(middle));
      return;
    }
    const message = `the store does not take the message: ${error instanceof Error ? error.message : String(error)}`;
    const refused: D = { ...only, records: only.records.map((record) => ({ index: record.index, code: 'MALFORMED_RECORD', message, raw: rawOf(record) })) };
    await this.#commit([refused]);
  }

  async #commit(deliveries: readonly D[]): Promise<void> {
    const { alongside, source, committed } = this.#rules;
    const { mapping } = this.#context.job;
    await this.#context.load({
      source,
      records: deliveries.flatMap(({ records }) => records),
      reader: readerOfRejects(mapping),
      positionOf: (index) => placeOf(deliveries, index),
      passedOver: deliveries.reduce((sum, { passedOver = 0 }) => sum + passedOver, 0),
      ...(alongside === undefined ? {} : { alongside: (client, batch) => alongside(client, deliveries, batch) }),
    });
    committed(deliveries);
  }

  async #pause(failures: number, error: unknown): Promise<void> {
    const { log, job, signal } = this.#context;
    if (failures === 0) log.warn({ err: error, job: job.id }, 'a batch cannot be loaded at present: it is held, not acknowledged, and tried again');
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.5 + Math.random() / 2);
    await sleep(pauseMs, undefined, { signal });
  }

  /** Numbers the records anew where messages change places. */
  #inOrder(batch: readonly D[]): readonly D[] {
    const { order } = this.#rules;
    if (order === undefined || batch.every((delivery, at) => at === 0 || order(batch[at - 1] ?? delivery, delivery) <= 0)) return batch;
    let index = batch[0]?.records[0]?.index ?? 0;
    return [...batch].sort(order).map((delivery) => ({ ...delivery, records: delivery.records.map((record) => ({ ...record, index: index++ })) }));
  }
}

function placeOf(deliveries: readonly Delivery[], index: number): string {
  return deliveries.find(({ records }) => (records.at(-1)?.index ?? -1) >= index)?.place ?? '';
}

function rawOf(record: RawRecord | RefusedRecord): string {
  if ('raw' in record) return record.raw;
  const readings = Object.fromEntries(record.metrics.map((metric, at) => [metric, record.texts[at]]));
  return JSON.stringify({ time: record.timeText, sensor: record.sensor, ...readings });
}

/** Errors that the same records give every time: what no column can hold, and what our own code stumbles over. */
function isOfTheData(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(22|54)[0-9A-Z]{3}$/.test(error.code);
}

/** Runs what takes messages and what loads them side by side; both end when one of them does, and the first error is the one that is thrown. */
export async function untilBothEnd(stop: AbortController, parts: readonly (() => Promise<void>)[]): Promise<void> {
  const settled = await Promise.allSettled(parts.map((part) => part().finally(() => stop.abort())));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
