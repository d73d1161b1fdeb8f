/**
 * Things that are to be looked at now and then, each once in a round, a slice of them at a turn: one timer turns for all, and the work of ten thousand is spread over the
 * round, where a timer for each would cost memory, and all at once would make everybody else wait.
 */
export class Wheel<T> {
  readonly #slices: readonly Set<T>[];
  #turns = 0;
  #added = 0;

  /** `turns` make a round. */
  constructor(turns: number) {
    this.#slices = Array.from({ length: turns }, () => new Set<T>());
  }

  get size(): number {
    return this.#slices.reduce((size, slice) => size + slice.size, 0);
  }

  add(thing: T): void {
    this.#slice(this.#added++).add(thing);
  }

  /** Whether it was there. */
  delete(thing: T): boolean {
    return this.#slices.some((slice) => slice.delete(thing));
  }

  /** Looks at the next slice. */
  turn(look: (thing: T) => void): void {
    for (const thing of this.#slice(this.#turns++)) look(thing);
  }

  /** Looks at everything. */
  all(look: (thing: T) => void): void {
    for (const slice of this.#slices) for (const thing of slice) look(thing);
  }

  #slice(index: number): Set<T> {
    const slice = this.#slices[index % this.#slices.length];
    if (slice === undefined) throw new Error('a wheel has at least one slice');
    return slice;
  }
}
