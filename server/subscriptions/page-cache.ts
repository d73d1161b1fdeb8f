/** What was made, or is being made, for whoever asks first, and is remembered for those who come next: as much as fits, the least recently asked for goes first. */
export class PageCache<P> {
  readonly #most: number;
  readonly #weightOf: (page: P) => number;
  readonly #entries = new Map<string, Entry<P>>();
  #weight = 0;

  constructor(most: number, weightOf: (page: P) => number) {
    this.#most = most;
    this.#weightOf = weightOf;
  }

  /** What is there under a key, unless it is made and `isGood` says no; else what `make` gives, of which nothing is remembered where it fails. */
  get(key: string, isGood: (page: P) => boolean, make: () => Promise<P>): Promise<P> {
    const known = this.#entries.get(key);
    if (known !== undefined) this.#forget(key, known);
    const isFit = known !== undefined && (known.page === null || isGood(known.page));
    return this.#keep(key, isFit ? known : this.#make(key, make));
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }

  #make(key: string, make: () => Promise<P>): Entry<P> {
    const entry: Entry<P> = { promise: make(), page: null, weight: 0 };
    entry.promise.then(
      (page) => {
        entry.page = page;
        // It may have been forgotten meanwhile.
        if (this.#entries.get(key) !== entry) return;
        this.#forget(key, entry);
        entry.weight = this.#weightOf(page);
        void this.#keep(key, entry);
      },
      () => {
        if (this.#entries.get(key) === entry) this.#forget(key, entry);
      },
    );
    return entry;
  }

  #keep(key: string, entry: Entry<P>): Promise<P> {
    this.#entries.set(key, entry);
    this.#weight += entry.weight;
    for (const [oldest, { weight }] of this.#entries) {
      if (this.#weight <= this.#most) break;
      this.#entries.delete(oldest);
      this.#weight -= weight;
    }
    return entry.promise;
  }

  #forget(key: string, { weight }: Entry<P>): void {
    this.#entries.delete(key);
    this.#weight -= weight;
  }
}

interface Entry<P> {
  readonly promise: Promise<P>;
  /** Null until it is made. */
  page: P | null;
  weight: number;
}
