import { CATALOGUE_LOCK } from '../advisory-lock.ts';
import type { Queryable } from '../pool.ts';

/** Begins a batch: its number. Until the end of the transaction no placement, metric or location changes. Loads share that lock, so they do not wait for each other here. */
export async function beginBatch(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ batchId: number }>({
    name: 'begin_batch',
    text: `select nextval(pg_get_serial_sequence('batch', 'id'))::int as "batchId" from pg_advisory_xact_lock_shared($1, $2)`,
    values: [...CATALOGUE_LOCK],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('a batch got no number');
  return row.batchId;
}

/** The version of the catalogue as committed by now; other loads may have created series since the caller read theirs. */
export async function selectCatalogueVersion(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ version: number }>({ name: 'select_catalogue_version_for_load', text: 'select version from catalogue', values: [] });
  return rows[0]?.version ?? 0;
}
