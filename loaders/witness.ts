import type { Catalogue } from '../db/catalogue.ts';

/** Thrown where a statement shows that the catalogue has changed since it was read: what was begun is begun anew, so no caller gets to see this. */
class CatalogueChangedError extends Error {
  override readonly name = 'CatalogueChangedError';
}

/** What the statements of a request tell about the catalogue that it assumes, so that nobody need ask before. */
export interface Witness {
  /** A statement saw this version of the catalogue at its own moment. */
  saw(version: number): void;
  /** Whether the assumed catalogue was current when values were read; null where no statement has told. */
  verdict(): boolean | null;
}

/** For one request. `assumed` null: the database was asked for the catalogue when the request began, and later changes do not matter to it. */
export function createWitness(assumed: Catalogue | null): Witness {
  let verdict = assumed === null ? true : null;
  return {
    saw(version) {
      if (assumed === null) return;
      verdict = verdict !== false && version === assumed.version;
      if (!verdict) throw new CatalogueChangedError(`the catalogue's version was ${assumed.version} and is ${version}`);
    },
    verdict: () => verdict,
  };
}
