import type pg from 'pg';
import { StoreError } from '../errors.ts';
import type { EngineName, StorageEngine } from './engine.ts';
import { createPostgresEngine } from './postgres.ts';
import { createTimescaleEngine } from './timescale.ts';
import { selectTimescaleOffer, type TimescaleOffer, whyNotTimescale } from './timescale-offer.ts';

/** Which engine a new store gets, and why, in words for the log. */
export interface EngineChoice {
  readonly engine: EngineName;
  readonly reason: string;
}

/**
 * Decides for a new store: TimescaleDB where it is available, preloaded and under its community licence (continuous aggregates need it), else plain PostgreSQL.
 * The extension is created in this database when it is chosen; throws StoreError EXTENSION_NOT_CREATED with what to do where that fails.
 */
export async function chooseEngine(client: pg.PoolClient): Promise<EngineChoice> {
  const offer = await selectTimescaleOffer(client);
  const obstacle = whyNotTimescale(offer) ?? whyNotTimescale(await createTimescaleExtension(client));
  if (obstacle !== null) return { engine: 'postgres', reason: obstacle };
  return { engine: 'timescale', reason: `the server offers timescaledb ${offer.available}, preloaded, under its community licence` };
}

/** The engine by its recorded name. */
export function createEngine(name: EngineName): StorageEngine {
  return name === 'timescale' ? createTimescaleEngine() : createPostgresEngine();
}

/** Answers the offer with the licence in force, which is not known before the extension exists. */
async function createTimescaleExtension(client: pg.PoolClient): Promise<TimescaleOffer> {
  try {
    await client.query('create extension if not exists timescaledb');
    return await selectTimescaleOffer(client);
  } catch (error) {
    throw new StoreError(
      'EXTENSION_NOT_CREATED',
      `the server offers TimescaleDB, but the extension could not be created in this database (${error instanceof Error ? error.message : String(error)}): run "create extension timescaledb" there as a superuser, or set THERMOGRAPH_ENGINE=postgres to do without it`,
      { cause: error },
    );
  }
}
