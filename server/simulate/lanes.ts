import { BatchBuilder, type ReadingBatch, type SeriesTable } from './reading-batch.ts';

/** How readings are sent side by side. */
export interface LaneOptions {
  readonly table: SeriesTable;
  /** How many batches are under way at the same time. All readings of a sensor go through one lane, in order: a correction never overtakes what it corrects. */
  readonly lanes: number;
  /** At most so many readings a batch. */
  readonly batchSize: number;
  /** How long after a batch the next is sent at the earliest, unless it is full before; infinite: only full ones, and the last. */
  readonly gatherMs: number;
  readonly send: (batch: ReadingBatch) => Promise<void>;
}

/** Sends all that comes, and takes no more while every lane is full. Throws what `send` throws, once all that is under way has ended. */
export async function sendInLanes(batches: AsyncIterable<ReadingBatch>, options: LaneOptions): Promise<void> {
  const lanes = Array.from({ length: options.lanes }, () => new Lane(options));
  try {
    for await (const batch of batches) {
      await distribute(batch, lanes, options.table);
      for (const lane of lanes) {
        lane.throwIfFailed();
        lane.sendWhatWaits();
      }
    }
    await Promise.all(lanes.map((lane) => lane.send()));
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  for (const lane of lanes) lane.throwIfFailed();
}

async function distribute(batch: ReadingBatch, lanes: readonly Lane[], table: SeriesTable): Promise<void> {
  for (let at = 0; at < batch.length; at++) {
    const series = batch.series[at] ?? 0;
    const lane = lanes[table.at(series).sensorNumber % lanes.length];
    if (lane?.isFull === true) await lane.send();
    lane?.push(series, batch.time[at] ?? 0, batch.value[at] ?? 0, batch.flags[at] ?? 0);
  }
}

class Lane {
  readonly #options: LaneOptions;
  readonly #builder: BatchBuilder;
  #underWay: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failure: { readonly reason: unknown } | null = null;
  #sentAt = performance.now();
  #isClosed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#builder = new BatchBuilder(options.batchSize);
  }

  get isFull(): boolean {
    return this.#builder.isFull;
  }

  push(series: number, time: number, value: number, flags: number): void {
    this.#builder.push(series, time, value, flags);
  }

  /** Sends what there is as soon as the batch before has arrived; resolves when it is under way. */
  async send(): Promise<void> {
    while (this.#underWay !== null) await this.#underWay;
    this.throwIfFailed();
    this.#start();
  }

  /** Sends what there is once nothing is under way and it has been gathered for long enough. */
  sendWhatWaits(): void {
    if (this.#underWay !== null || this.#timer !== null || this.#failure !== null || this.#isClosed || this.#builder.length === 0) return;
    const waitMs = this.#sentAt + this.#options.gatherMs - performance.now();
    if (waitMs <= 0) this.#start();
    else if (Number.isFinite(waitMs)) this.#timer = setTimeout(() => this.#start(), Math.ceil(waitMs));
  }

  /** Lets what is under way arrive, and sends nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    while (this.#underWay !== null) await this.#underWay;
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.reason;
  }

  #start(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#builder.length === 0) return;
    this.#sentAt = performance.now();
    this.#underWay = this.#options
      .send(this.#builder.take())
      .catch((reason: unknown) => {
        this.#failure ??= { reason };
      })
      .finally(() => {
        this.#underWay = null;
        this.sendWhatWaits();
      });
  }
}
