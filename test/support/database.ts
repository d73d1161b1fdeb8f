import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import type { EngineName } from '../../db/engines/engine.ts';
import { openStore } from '../../db/open-store.ts';
import { createPool } from '../../db/pool.ts';
import type { Store } from '../../db/store.ts';
import { runOn, type TestServer, urlOf } from './test-server.ts';

/** A database of one test file or block. Its fields can be read once the tests run, not while they are collected. */
export interface TestDatabase {
  readonly engine: EngineName;
  readonly url: string;
  /** For looking at the database beside the store. */
  readonly pool: pg.Pool;
  readonly store: Store;
}

/** The engines that this run has a server for. */
export function availableEngines(): readonly EngineName[] {
  return inject('testServers').map((server) => server.engine);
}

/** A migrated database for the tests of the file or block that calls it: cloned from the template before them, dropped after them. */
export function useDatabase(engine: EngineName = 'postgres'): TestDatabase {
  let opened: TestDatabase | null = null;
  let close = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const server = serverOf(engine);
    const name = `${server.prefix}${randomBytes(6).toString('hex')}`;
    const url = urlOf(server.url, name);
    const drop = () => runOn(server.url, `drop database if exists ${name} with (force)`);
    close = drop;
    await runOn(server.url, `create database ${name} template ${server.template}`);
    const store = await openStore({ url, timezone: 'UTC', log: { info: ignore, warn: ignore, error: ignore } });
    const pool = createPool(url, { max: 4, statementTimeoutMs: 0, onError: ignore });
    opened = { engine, url, pool, store };
    close = async () => {
      await pool.end();
      await store.close();
      await drop();
    };
  });
  afterAll(() => close());
  const current = (): TestDatabase => {
    if (opened === null)
      throw new Error('the database of a test file is there while its tests run, not while they are collected: read db.pool inside of it() or beforeAll()');
    return opened;
  };
  return {
    engine,
    get url() {
      return current().url;
    },
    get pool() {
      return current().pool;
    },
    get store() {
      return current().store;
    },
  };
}

/** Says the same tests of every engine: a block for each, with a database of its own. */
export function describeEachEngine(name: string, tests: (db: TestDatabase) => void): void {
  for (const engine of availableEngines()) describe(`${name} (${engine})`, () => tests(useDatabase(engine)));
}

function serverOf(engine: EngineName): TestServer {
  const server = inject('testServers').find((candidate) => candidate.engine === engine);
  if (server === undefined) throw new Error(`this run has no server for ${engine}: ask availableEngines() first`);
  return server;
}

function ignore(): void {
  // Tests look at what the store answers, not at its log.
}
