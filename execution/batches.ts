/** A list that is too long to be held: its members come some at a time, each time that they are asked for. A resolver gives one only where the context says that it may. */
export class Batches<T> implements AsyncIterable<readonly T[]> {
  readonly #open: () => AsyncIterator<readonly T[]>;

  constructor(open: () => AsyncIterator<readonly T[]>) {
    this.#open = open;
  }

  [Symbol.asyncIterator](): AsyncIterator<readonly T[]> {
    return this.#open();
  }
}
