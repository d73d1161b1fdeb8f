/** At most so many readings a transaction, where nothing else is said: two such batches, of the four inputs that are loaded at a time, stay below 200 MB. */
export const GREATEST_BATCH = 400_000;

/** A batch of so many readings is short whatever it does with them, so none is made smaller to be shorter. */
const SHORT_BATCH = 50_000;

/** About so long may a batch keep its series from other loads. */
const LONGEST_MS = 500;

/**
 * How many readings a batch may have. The larger it is, the less each costs: what a transaction does for each series it does once. But the first batches are small,
 * so that the database has something to do while the next is read, and what takes long for each reading, as corrections do, is loaded in smaller ones.
 */
export class BatchPace {
  readonly #most: number;
  #size: number;
  #fitting: number;

  /** No batch gets more than `most`, however fast it is. */
  constructor(most: number) {
    this.#most = most;
    this.#size = Math.min(SHORT_BATCH, most);
    this.#fitting = most;
  }

  /** Of the batch that is being read. */
  get size(): number {
    return this.#size;
  }

  /** The next batch is begun: it gets at most twice as many as the one before it. */
  beginNext(): void {
    this.#size = Math.max(Math.min(2 * this.#size, this.#fitting), Math.min(SHORT_BATCH, this.#most));
  }

  /** So many readings were loaded in so many milliseconds. */
  loaded(readings: number, ms: number): void {
    this.#fitting = Math.min(this.#most, Math.floor((readings * LONGEST_MS) / ms));
  }
}
