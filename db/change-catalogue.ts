import type pg from 'pg';
import { CATALOGUE_LOCK } from './advisory-lock.ts';
import { isRetryable, type Pool, withTransaction } from './pool.ts';

const ATTEMPTS = 5;

/** A change is one or the other: `changed` false leaves every cached catalogue current. */
export interface CatalogueChange<T> {
  readonly result: T;
  readonly changed: boolean;
}

/**
 * Runs a change of the catalogue in one transaction, all or nothing. No load and no other change runs beside it, and every cache notices it.
 * `conclude` is called where something changed, when the catalogue has its new version: nothing follows it but the commit.
 */
export async function changeCatalogue<T>(
  pool: Pool,
  work: (client: pg.PoolClient) => Promise<CatalogueChange<T>>,
  conclude: (client: pg.PoolClient, result: T) => Promise<void> = nothing,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withTransaction(pool, (client) => changeUnderLock(client, work, conclude));
    } catch (error) {
      if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function changeUnderLock<T>(
  client: pg.PoolClient,
  work: (client: pg.PoolClient) => Promise<CatalogueChange<T>>,
  conclude: (client: pg.PoolClient, result: T) => Promise<void>,
): Promise<T> {
  await client.query('select pg_advisory_xact_lock($1, $2)', [...CATALOGUE_LOCK]);
  const { result, changed } = await work(client);
  if (!changed) return result;
  await client.query('update catalogue set version = version + 1');
  await conclude(client, result);
  return result;
}

async function nothing(): Promise<void> {
  // Most of the catalogue is not judged by.
}
