import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import { MIGRATION_LOCK } from './advisory-lock.ts';
import type { EngineName } from './engines/engine.ts';
import { StoreError } from './errors.ts';
import type { Pool } from './pool.ts';

const DIRECTORY = new URL('./migrations/', import.meta.url);
const FILE_NAME = /^(\d{4})_([a-z0-9-]+)(?:\.(postgres|timescale))?\.sql$/;

interface Migration {
  readonly number: number;
  readonly file: string;
  readonly engine: EngineName | null;
}

/** Where a store's schema stands: its engine (null before it is created) and what a start would still apply. */
export interface MigrationState {
  readonly engine: EngineName | null;
  readonly applied: number;
  readonly pending: readonly string[];
  /** The number of the newest migration that was applied, and of the newest that this version of the program has. */
  readonly newest: number;
  readonly newestKnown: number;
}

/**
 * Brings the schema up to date: numbered files, forward only, each in a transaction of its own, under an advisory lock, so that instances which start
 * at the same time wait for each other. `chooseEngine` is asked once in the life of a store. Answers the engine and the files applied now.
 * Throws StoreError SCHEMA_TOO_NEW where a newer version of the program has been here.
 */
export async function migrate(
  pool: Pool,
  chooseEngine: (client: pg.PoolClient) => Promise<EngineName>,
): Promise<{ engine: EngineName; applied: readonly string[] }> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1, $2)', [...MIGRATION_LOCK]);
    try {
      return await applyPending(client, chooseEngine);
    } finally {
      await client.query('select pg_advisory_unlock($1, $2)', [...MIGRATION_LOCK]);
    }
  } finally {
    client.release();
  }
}

/** Reads where the schema stands and changes nothing. */
export async function selectMigrationState(pool: Pool): Promise<MigrationState> {
  const client = await pool.connect();
  try {
    const engine = (await hasTable(client, 'store')) ? await selectEngine(client) : null;
    const applied = await selectApplied(client);
    const migrations = await listMigrations();
    const pending = migrations.filter((migration) => !applied.has(migration.number) && (migration.engine === null || migration.engine === engine));
    return {
      engine,
      applied: applied.size,
      pending: pending.map((migration) => migration.file),
      newest: Math.max(0, ...applied),
      newestKnown: Math.max(...migrations.map((migration) => migration.number)),
    };
  } finally {
    client.release();
  }
}

async function applyPending(
  client: pg.PoolClient,
  chooseEngine: (client: pg.PoolClient) => Promise<EngineName>,
): Promise<{ engine: EngineName; applied: readonly string[] }> {
  await client.query('create table if not exists migration (number int primary key, file text not null, applied_at timestamptz not null default now())');
  const migrations = await listMigrations();
  const done = await selectApplied(client);
  const newest = Math.max(0, ...done);
  if (newest > Math.max(...migrations.map((migration) => migration.number))) {
    throw new StoreError('SCHEMA_TOO_NEW', `the store's schema is at ${newest}, newer than this version of thermograph knows: run the newer version`);
  }
  const engine = (await recordedEngine(client)) ?? (await chooseEngine(client));
  const applied: string[] = [];
  for (const migration of migrations) {
    if (done.has(migration.number) || (migration.engine !== null && migration.engine !== engine)) continue;
    await apply(client, migration, engine);
    applied.push(migration.file);
  }
  return { engine, applied };
}

async function apply(client: pg.PoolClient, migration: Migration, engine: EngineName): Promise<void> {
  const text = await readFile(new URL(migration.file, DIRECTORY), 'utf8');
  try {
    await client.query('begin');
    await client.query(text);
    await client.query('insert into migration (number, file) values ($1, $2)', [migration.number, migration.file]);
    if (migration.number === 1) await client.query('insert into store (engine) values ($1)', [engine]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new StoreError(
      'MIGRATION_FAILED',
      `migration ${migration.file} failed and was rolled back: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function listMigrations(): Promise<readonly Migration[]> {
  const migrations: Migration[] = [];
  for (const file of await readdir(DIRECTORY)) {
    const match = FILE_NAME.exec(file);
    if (match === null) throw new Error(`db/migrations/${file} is not named like 0001_name.sql or 0001_name.postgres.sql`);
    const engine = match[3];
    migrations.push({ number: Number(match[1]), file, engine: engine === 'postgres' || engine === 'timescale' ? engine : null });
  }
  return migrations.sort((a, b) => a.number - b.number);
}

async function selectApplied(client: pg.PoolClient): Promise<Set<number>> {
  if (!(await hasTable(client, 'migration'))) return new Set();
  const { rows } = await client.query<{ number: number }>('select number from migration');
  return new Set(rows.map((row) => row.number));
}

async function recordedEngine(client: pg.PoolClient): Promise<EngineName | null> {
  return (await hasTable(client, 'store')) ? selectEngine(client) : null;
}

async function selectEngine(client: pg.PoolClient): Promise<EngineName | null> {
  const { rows } = await client.query<{ engine: EngineName }>('select engine from store');
  return rows[0]?.engine ?? null;
}

async function hasTable(client: pg.PoolClient, name: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [name]);
  return rows[0]?.found === true;
}
