import { exec } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { inject } from 'vitest';
import { clusterDirectoryOf } from '../../../db/embedded/data-directory.ts';
import { createDatabaseIfMissing, startEmbeddedServer } from '../../../db/embedded/embedded-server.ts';
import { readLockFile } from '../../../db/embedded/lock-file.ts';
import type { EngineName } from '../../../db/engines/engine.ts';
import { createPool } from '../../../db/pool.ts';
import { makeTestDirectory } from '../directory.ts';
import { runOn, urlOf } from '../test-server.ts';

/** How a server goes away: told to, or all at once. */
export type ServerEnd = 'restart' | 'crash';

/** A database whose server may be taken away. */
export interface BreakableDatabase {
  readonly url: string;
  /** For looking at it from outside; its connections come back by themselves. */
  readonly pool: pg.Pool;
  /** What can be done to its server. */
  readonly ends: readonly ServerEnd[];
  /** Takes the server away; resolves once it answers again. */
  end(how: ServerEnd): Promise<void>;
  close(): Promise<void>;
}

const run = promisify(exec);
const ANSWERS_AGAIN_MS = 60_000;

/** A database of this test alone; for `postgres` on a server of its own, for `timescale` on the server of the run, which is only restarted by the command in TEST_TIMESCALE_RESTART. */
export function openBreakableDatabase(engine: EngineName): Promise<BreakableDatabase> {
  return engine === 'postgres' ? openOwnServer() : openOnRunsServer(engine);
}

async function openOwnServer(): Promise<BreakableDatabase> {
  const dataDirectory = await makeTestDirectory();
  const server = await startEmbeddedServer({
    dataDirectory,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    onLost: (error) => process.stderr.write(`the server that is broken on purpose did not come back: ${error.message}\n`),
    // A kill leaves what was written with the system.
    settings: { fsync: 'off', max_connections: '200' },
  });
  await createDatabaseIfMissing(server.url('postgres'), 'faults');
  const url = server.url('faults');
  const pool = openPool(url);
  return {
    url,
    pool,
    ends: ['restart', 'crash'],
    async end(how) {
      const lockFile = await readLockFile(clusterDirectoryOf(dataDirectory));
      if (lockFile === null) throw new Error('no server runs');
      // SIGINT is its fast shutdown; either way it is started again by itself.
      process.kill(lockFile.process, how === 'crash' ? 'SIGKILL' : 'SIGINT');
      await untilAnother(url, lockFile.process, async () => (await readLockFile(clusterDirectoryOf(dataDirectory)))?.process ?? null);
    },
    async close() {
      await pool.end();
      await server.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function openOnRunsServer(engine: EngineName): Promise<BreakableDatabase> {
  const server = inject('testServers').find((candidate) => candidate.engine === engine);
  if (server === undefined) throw new Error(`this run has no server for ${engine}`);
  const name = `${server.prefix}${randomBytes(6).toString('hex')}`;
  const url = urlOf(server.url, name);
  await runOn(server.url, `create database ${name} template ${server.template}`);
  const pool = openPool(url);
  const command = process.env.TEST_TIMESCALE_RESTART ?? '';
  if (command === '') sayThatRestartsAreSkipped();
  return {
    url,
    pool,
    ends: command === '' ? [] : ['restart'],
    async end() {
      await run(command);
      await untilAnother(url, null, () => Promise.resolve(0));
    },
    async close() {
      await pool.end();
      await runOn(server.url, `drop database if exists ${name} with (force)`);
    },
  };
}

/** Waits until a server that is not `former` takes statements. */
async function untilAnother(url: string, former: number | null, current: () => Promise<number | null>): Promise<void> {
  for (const giveUpAt = Date.now() + ANSWERS_AGAIN_MS; Date.now() < giveUpAt; await sleep(50)) {
    const process = await current();
    if (process !== null && process !== former && (await answers(url))) return;
  }
  throw new Error(`the server has not come back within ${ANSWERS_AGAIN_MS} ms`);
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  client.on('error', ignore);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(ignore);
  }
}

function openPool(url: string): pg.Pool {
  return createPool(url, { max: 4, statementTimeoutMs: 0, onError: ignore });
}

function sayThatRestartsAreSkipped(): void {
  process.stderr.write(
    '\n*** SKIPPED: restarts of TimescaleDB under subscriptions. To run them: TEST_TIMESCALE_RESTART="pg_ctlcluster 15 main restart -m fast", a command that restarts the server of TEST_TIMESCALE_URL, which nobody else may be using ***\n\n',
  );
}

function ignore(): void {
  // What happens to the server is meant to happen.
}
