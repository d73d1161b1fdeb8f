import type { BreachRow } from '../../db/breach.ts';

/** The newest breaches, in memory: numbered without a gap, the oldest forgotten as new ones come. */
export class BreachRing {
  readonly #size: number;
  #rows: BreachRow[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** `rows` go on behind those that are there; those that are there already are passed over. */
  push(rows: readonly BreachRow[]): void {
    const newest = this.#rows.at(-1)?.number ?? 0;
    this.#rows.push(...rows.filter(({ number }) => number > newest));
    // In large pieces, as each moves all that stay.
    if (this.#rows.length > this.#size * 1.1) this.#rows = this.#rows.slice(-this.#size);
  }

  clear(): void {
    this.#rows = [];
  }

  /** The first `limit` after a number; null where the next one is not here, any more or yet. */
  after(number: number, limit: number): readonly BreachRow[] | null {
    const first = this.#rows[0]?.number;
    if (first === undefined || number + 1 < first) return null;
    const rows = this.#rows.slice(number + 1 - first, number + 1 - first + limit);
    return rows.length === 0 ? null : rows;
  }
}
