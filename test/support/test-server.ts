import pg from 'pg';
import type { EngineName } from '../../db/engines/engine.ts';
import { openStore } from '../../db/open-store.ts';

/** A server with a migrated template on it. Passed from the global set-up to the processes that run test files. */
export interface TestServer {
  readonly engine: EngineName;
  readonly url: string;
  /** How the names of this run's databases begin. */
  readonly prefix: string;
  readonly template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly testServers: readonly TestServer[];
  }
}

const PREFIX = 'thermograph_test_';
const ONE_HOUR_S = 3_600;

/** The URL of another database of the same server. */
export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs statements, one after the other, in the database that the URL names. */
export async function runOn(url: string, ...statements: readonly string[]): Promise<void> {
  await withClient(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

/** Migrates a template, from which each test file's database is cloned. Nobody may connect to it afterwards, because a database with a session cannot be cloned, and TimescaleDB's scheduler opens one in each database that it may enter. */
export async function prepareServer(engine: EngineName, url: string): Promise<TestServer> {
  // The time in the name tells a later run how old a leftover is.
  const prefix = `${PREFIX}${Math.floor(Date.now() / 1000)}_${process.pid}_`;
  const template = `${prefix}template`;
  await runOn(url, `create database ${template} template template0 encoding 'UTF8'`);
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = await openStore({ url: urlOf(url, template), timezone: 'UTC', engine, log: silent });
  await store.close();
  await runOn(
    url,
    `alter database ${template} with allow_connections false`,
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${template}'`,
  );
  return { engine, url, prefix, template };
}

/** Drops all databases of this run. */
export async function dropDatabasesOf(server: TestServer): Promise<void> {
  await withClient(server.url, (client) => dropDatabases(client, (name) => name.startsWith(server.prefix)));
}

/** Drops what runs that were killed have left: an hour old, and nobody connected to any database of that run. */
export async function dropLeftovers(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select distinct datname as name from pg_stat_activity where backend_type = 'client backend' and datname is not null`,
    );
    const runsAlive = new Set(rows.map((row) => runOf(row.name)?.run));
    await dropDatabases(client, (name) => {
      const leftover = runOf(name);
      return leftover !== null && leftover.startedAt < Date.now() / 1000 - ONE_HOUR_S && !runsAlive.has(leftover.run);
    });
  });
}

/** Whether TimescaleDB can be used on the server: offered, and preloaded. */
export async function offersTimescale(url: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ offered: boolean }>(`
      select exists (select from pg_available_extensions where name = 'timescaledb')
         and coalesce(current_setting('shared_preload_libraries', true), '') ~ '\\mtimescaledb\\M' as offered`);
    return rows[0]?.offered === true;
  });
}

function runOf(database: string): { readonly run: string; readonly startedAt: number } | null {
  const match = new RegExp(`^${PREFIX}((\\d+)_\\d+)_`).exec(database);
  return match?.[1] === undefined ? null : { run: match[1], startedAt: Number(match[2]) };
}

async function dropDatabases(client: pg.Client, isOurs: (name: string) => boolean): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select datname as name from pg_database');
  for (const { name } of rows) if (isOurs(name)) await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
