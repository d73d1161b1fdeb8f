import type pg from 'pg';
import { StoreError } from '../errors.ts';
import type { EngineName, StorageEngine } from './engine.ts';
import { createPostgresEngine } from './postgres.ts';
import { createTimescaleEngine } from './timescale.ts';

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
  const { rows } = await client.query<{ version: string | null; preloaded: boolean }>(`
    select (select default_version from pg_available_extensions where name = 'timescaledb') as version,
           coalesce(current_setting('shared_preload_libraries', true), '') ~ '\\mtimescaledb\\M' as preloaded`);
  const found = rows[0];
  if (found?.version === undefined || found.version === null) return { engine: 'postgres', reason: 'the server does not offer the extension timescaledb' };
  if (!found.preloaded) return { engine: 'postgres', reason: 'timescaledb is installed but not in shared_preload_libraries' };
  const license = await createTimescaleExtension(client);
  if (license !== 'timescale') return { engine: 'postgres', reason: `timescaledb.license is ${license}, and continuous aggregates need timescale` };
  return { engine: 'timescale', reason: `the server offers timescaledb ${found.version}, preloaded, under its community licence` };
}

/** The engine by its recorded name. */
export function createEngine(name: EngineName): StorageEngine {
  return name === 'timescale' ? createTimescaleEngine() : createPostgresEngine();
}

/** Answers the licence in force, which is not known before the extension exists. */
async function createTimescaleExtension(client: pg.PoolClient): Promise<string> {
  try {
    await client.query('create extension if not exists timescaledb');
    const { rows } = await client.query<{ license: string }>(`select current_setting('timescaledb.license') as license`);
    return rows[0]?.license ?? 'unknown';
  } catch (error) {
    throw new StoreError(
      'EXTENSION_NOT_CREATED',
      `the server offers TimescaleDB, but the extension could not be created in this database (${error instanceof Error ? error.message : String(error)}): run "create extension timescaledb" there as a superuser, or set THERMOGRAPH_ENGINE=postgres to do without it`,
      { cause: error },
    );
  }
}
