import { CATALOGUE_LOCK } from '../advisory-lock.ts';
import type { Queryable } from '../pool.ts';

/** Until the end of the transaction no placement, metric or location changes. Loads share it, so they do not wait for each other here. */
export async function shareCatalogue(db: Queryable): Promise<void> {
  await db.query({ name: 'share_catalogue', text: 'select pg_advisory_xact_lock_shared($1, $2)', values: [...CATALOGUE_LOCK] });
}

/** The version of the catalogue as committed by now; other loads may have created series since the caller read theirs. */
export async function selectCatalogueVersion(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ version: number }>({ name: 'select_catalogue_version_for_load', text: 'select version from catalogue', values: [] });
  return rows[0]?.version ?? 0;
}
