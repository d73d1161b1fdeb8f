import { type Catalogue, selectCatalogue } from './catalogue.ts';
import type { Queryable } from './pool.ts';

/** The catalogue in memory. One cheap statement tells whether it is still current, so that a change made by any instance is seen by the next question. */
export class CatalogueCache {
  #cached: Catalogue | null = null;
  #loading: Promise<Catalogue> | null = null;

  /** The catalogue as it was last read, which may have changed since; null where it never was. */
  get known(): Catalogue | null {
    return this.#cached;
  }

  /** The catalogue as committed by now. */
  async current(db: Queryable): Promise<Catalogue> {
    const version = await selectVersion(db);
    if (this.#cached !== null && this.#cached.version === version) return this.#cached;
    return this.#load(db, version);
  }

  /** Whether a catalogue is the one that is committed by now. */
  async isCurrent(db: Queryable, catalogue: Catalogue): Promise<boolean> {
    return catalogue.version === (await selectVersion(db));
  }

  async #load(db: Queryable, atLeast: number): Promise<Catalogue> {
    // A load under way may have begun before the change that this caller must see.
    const underWay = await this.#loading?.catch(() => null);
    if (underWay && underWay.version >= atLeast) return underWay;
    this.#loading ??= selectCatalogue(db, this.#cached).finally(() => {
      this.#loading = null;
    });
    const loaded = await this.#loading;
    if (this.#cached === null || loaded.version > this.#cached.version) this.#cached = loaded;
    return loaded.version >= atLeast ? loaded : this.#load(db, atLeast);
  }
}

async function selectVersion(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ version: number }>({ name: 'select_catalogue_version', text: 'select version from catalogue', values: [], isShort: true });
  return rows[0]?.version ?? 0;
}
