import type pg from 'pg';
import { CATALOGUE_LOCK } from './advisory-lock.ts';
import { isRetryable, type Pool, withTransaction } from './pool.ts';

const ATTEMPTS = 5;

/** A change is one or the other: `changed` false leaves every cached catalogue current. */
export interface CatalogueChange<T> {
  readonly result: T;
  readonly changed: boolean;
}

/** Runs a change of the catalogue in one transaction, all or nothing. No load and no other change runs beside it, and every cache notices it. */
export async function changeCatalogue<T>(pool: Pool, work: (client: pg.PoolClient) => Promise<CatalogueChange<T>>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withTransaction(pool, (client) => changeUnderLock(client, work));
    } catch (error) {
      if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function changeUnderLock<T>(client: pg.PoolClient, work: (client: pg.PoolClient) => Promise<CatalogueChange<T>>): Promise<T> {
  await client.query('select pg_advisory_xact_lock($1, $2)', [...CATALOGUE_LOCK]);
  const { result, changed } = await work(client);
  if (changed) await client.query('update catalogue set version = version + 1');
  return result;
}
