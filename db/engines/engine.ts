import type pg from 'pg';
import type { Pool } from '../pool.ts';
import type { TimeWindow } from '../time/instant.ts';

export type EngineName = 'postgres' | 'timescale';

/** What differs between plain PostgreSQL and TimescaleDB. Both expose the same relations, so statements that read never ask which one is underneath. */
export interface StorageEngine {
  readonly name: EngineName;
  /** Makes room for readings of these UTC months (their first instants), outside of the transaction that will write them. Running it again changes nothing. */
  makeRoom(pool: Pool, months: readonly number[]): Promise<void>;
  /** Sets up what the database does for a running gateway by itself, by night in the store's zone. Running it again changes nothing. */
  maintain(pool: Pool, timezone: string): Promise<void>;
  /** Prepares a transaction that will write readings, late ones and corrections too. */
  beginLoad(client: pg.PoolClient): Promise<void>;
  /**
   * Sees to it that the rows of a window stay in their places (`ctid`) until the transaction ends, as far as the caller, who holds the lock of every series that it
   * looks at, does not write them; false where they have no places to speak of.
   */
  holdPlaces(client: pg.PoolClient, window: TimeWindow): Promise<boolean>;
  /**
   * Brings the materialised rollups of every stale series and day in `window` (whole UTC days) up to at least what was committed when it was called, markers included.
   * Running it again changes nothing. `client` is in no transaction, before and after; one that holds the refresher's lock, so that nothing is written without it.
   */
  refresh(client: pg.PoolClient, window: TimeWindow): Promise<void>;
}
