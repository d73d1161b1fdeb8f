/** Stands among the arguments of a connection, beside those of the schema, where it may give all that there is as batches instead of a page. Whoever does not know it gives a page. */
export const WHOLE: unique symbol = Symbol('whole');

/** What arguments have where `WHOLE` may stand among them. */
export interface WholeArguments {
  readonly [WHOLE]?: true;
}

/** A list that is too long to be held: its members come some at a time, as they are asked for. To whoever takes it for an array it is empty, so it is only given where `WHOLE` was. */
export class Batches<T> extends Array<T> implements AsyncIterable<readonly T[]> {
  readonly #open: () => AsyncGenerator<readonly T[]>;
  /** A text that is sure to be another one once any other member would come, or another value in one; what is below the members is not looked at. */
  readonly state: () => Promise<string>;

  constructor(open: () => AsyncGenerator<readonly T[]>, state: () => Promise<string>) {
    super();
    this.#open = open;
    this.state = state;
  }

  /** What arrays make from arrays are arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  [Symbol.asyncIterator](): AsyncGenerator<readonly T[]> {
    return this.#open();
  }
}
