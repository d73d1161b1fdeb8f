import { MOST_REORDERED, type RunContext } from './connector.ts';

/** Where the rows stand that have been read and are not committed yet, by their index: rows come in pages, and batches end anywhere. */
export class RowTrail {
  readonly #newest: number;
  #stretches: { readonly first: number; readonly keys: readonly (readonly string[])[] }[] = [];
  #rows = 0;
  /** The first column of the newest row's keyset; null: none was read. */
  last: string | null = null;

  /** Of no more than the newest rows anybody will ask; in a dry run nobody says which may be forgotten. */
  constructor(newest: number = Number.POSITIVE_INFINITY) {
    this.#newest = newest;
  }

  /** What a run needs: a dry run has no batches that end. */
  static of({ claim }: Pick<RunContext, 'claim'>): RowTrail {
    return new RowTrail(claim === null ? MOST_REORDERED : undefined);
  }

  /** Notes the keysets of the rows that come next. */
  add(keys: readonly (readonly string[])[]): void {
    this.#stretches.push({ first: this.#rows, keys });
    this.#rows += keys.length;
    this.last = keys.at(-1)?.[0] ?? this.last;
    if (this.#rows > this.#newest) this.forget(this.#rows - this.#newest);
  }

  /** The first column of a row's keyset; null for a header. */
  firstOf(index: number): string | null {
    return this.#keyOf(index)?.[0] ?? null;
  }

  /** For people. */
  textOf(index: number): string {
    return this.#keyOf(index)?.join(' ') ?? 'header';
  }

  /** Nobody will ask of rows before this one. */
  forget(index: number): void {
    this.#stretches = this.#stretches.filter(({ first, keys }) => first + keys.length > index);
  }

  #keyOf(index: number): readonly string[] | undefined {
    const stretch = this.#stretches.find(({ first, keys }) => index >= first && index < first + keys.length);
    return stretch?.keys[index - stretch.first];
  }
}
