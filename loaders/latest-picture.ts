import { selectChangedLatest } from '../db/changed-latest.ts';
import type { LatestRow } from '../db/latest.ts';
import type { Queryable } from '../db/pool.ts';

/** Series that changed with each of the last looks are remembered up to this many, so that who follows closely need not look through all that it wants. */
const MAX_REMEMBERED = 100_000;

/** The newest reading of every series as seen by the last look, and with which look it changed. Looks are for one caller at a time. */
export class LatestPicture {
  readonly #newest = new Map<number, { readonly row: LatestRow; readonly revision: number }>();
  readonly #changes: { readonly revision: number; readonly seriesIds: readonly number[] }[] = [];
  #remembered = 0;
  /** All changes behind this one are in `#changes`. */
  #rememberedSince = 0;
  #since: string | null = null;
  #revision = 0;

  /** Raised by each look that found something new. */
  get revision(): number {
    return this.#revision;
  }

  /** Takes in what was written since the last look, all at first; answers the catalogue's version at that moment. */
  async look(db: Queryable): Promise<number> {
    const { rows, catalogueVersion, next } = await selectChangedLatest(db, this.#since);
    // A store that was put back has fewer transactions: all of it is looked at again.
    this.#since = this.#since !== null && BigInt(next) < BigInt(this.#since) ? null : next;
    const changed = [...rows].filter(([id, row]) => !isSame(this.#newest.get(id)?.row, row));
    if (changed.length === 0) return catalogueVersion;
    this.#revision += 1;
    for (const [id, row] of changed) this.#newest.set(id, { row, revision: this.#revision });
    this.#remember(changed.map(([id]) => id));
    return catalogueVersion;
  }

  /** A revision of its own for a change that no look has found. */
  raise(): number {
    this.#revision += 1;
    return this.#revision;
  }

  /** The newest reading of a series, null where it has none. */
  newestOf(seriesId: number): LatestRow | null {
    return this.#newest.get(seriesId)?.row ?? null;
  }

  /** Those of `wanted` that changed with a later look than `revision`, in no order. */
  changedSince(revision: number, wanted: ReadonlyMap<number, unknown>): Iterable<number> {
    if (revision >= this.#revision) return [];
    if (revision < this.#rememberedSince) return [...wanted.keys()].filter((id) => (this.#newest.get(id)?.revision ?? 0) > revision);
    const later = this.#changes.filter((look) => look.revision > revision).flatMap(({ seriesIds }) => seriesIds);
    return new Set(later.filter((id) => wanted.has(id)));
  }

  /** The next look begins anew. Revisions go on, so that nobody takes an old one for the present. */
  forget(): void {
    this.#newest.clear();
    this.#changes.length = 0;
    this.#remembered = 0;
    this.#rememberedSince = this.#revision;
    this.#since = null;
  }

  #remember(seriesIds: readonly number[]): void {
    this.#changes.push({ revision: this.#revision, seriesIds });
    this.#remembered += seriesIds.length;
    while (this.#remembered > MAX_REMEMBERED) {
      const oldest = this.#changes.shift();
      if (oldest === undefined) return;
      this.#remembered -= oldest.seriesIds.length;
      this.#rememberedSince = oldest.revision;
    }
  }
}

function isSame(known: LatestRow | undefined, row: LatestRow): boolean {
  return known !== undefined && known.time === row.time && known.value === row.value && known.derived === row.derived;
}
