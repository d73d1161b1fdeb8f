/** At most so many readings of an input are read at a time, where nothing else is said: two such batches, of the four inputs that are loaded at a time, stay below 200 MB. */
export const GREATEST_BATCH = 400_000;

/** A transaction of so many readings is short whatever it does with them, so none is made smaller to be shorter. */
const SHORT_BATCH = 50_000;

/** About so long may a transaction keep its series from other loads. */
const LONGEST_MS = 500;

/** So many parts of a batch are loaded at the same time: the database works on two, and one process has no more to give. */
export const PARTS_AT_ONCE = 2;

/**
 * How many readings a batch may have, and in how many parts of its sensors, each a transaction of its own, it is loaded. The larger a batch is, the less each reading costs: what a
 * transaction does for each series it does once, and what lies together is found together. But the first batches are small, so that the database has something to do while the next is
 * read, and what takes long for each reading, as corrections do, is loaded in more parts; in smaller batches, where there are no parts.
 */
export class BatchPace {
  readonly #most: number;
  readonly #isDivided: boolean;
  #size: number;
  #parts = 1;
  #fitting: number;

  /** No batch gets more than `most`, however fast it is. The first one, all of a short input, is never divided. */
  constructor(most: number, { isDivided }: { readonly isDivided: boolean }) {
    this.#most = most;
    this.#isDivided = isDivided && most >= SHORT_BATCH;
    this.#size = Math.min(SHORT_BATCH, most);
    this.#fitting = most;
  }

  /** Of the batch that is being read. */
  get size(): number {
    return this.#size;
  }

  /** Into how many parts its sensors are divided. */
  get parts(): number {
    return this.#parts;
  }

  /** What one part may have, should a few sensors have most of the readings. */
  get partSize(): number {
    return Math.max(this.#fitting, Math.min(SHORT_BATCH, this.#most));
  }

  /** The next batch is begun: it gets at most twice as many as the one before it. */
  beginNext(): void {
    this.#size = Math.min(2 * this.#size, this.#isDivided ? this.#most : this.partSize);
    // A multiple, so that none is left to be loaded alone.
    this.#parts = this.#isDivided ? PARTS_AT_ONCE * Math.ceil(this.#size / (PARTS_AT_ONCE * this.partSize)) : 1;
  }

  /** So many readings were loaded in so many milliseconds, summed over the parts of a batch. */
  loaded(readings: number, ms: number): void {
    this.#fitting = Math.min(this.#most, Math.floor((readings * LONGEST_MS) / ms));
  }
}
