import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { type EmbeddedServer, startEmbeddedServer } from '../../db/embedded/embedded-server.ts';
import { makeTestDirectory, removeOldTestDirectories } from './directory.ts';
import { dropDatabasesOf, dropLeftovers, offersTimescale, prepareServer, type TestServer } from './test-server.ts';

/** Undone in reverse order, also when the set-up itself fails halfway. */
const undo: (() => Promise<unknown>)[] = [];

/** Called by Vitest once a run: a server for each engine, with a template to clone the databases of test files from. */
export async function setup(project: TestProject): Promise<void> {
  try {
    const servers = [await prepare('postgres', process.env.TEST_POSTGRES_URL || (await startServer()).url('postgres'))];
    const timescaleUrl = process.env.TEST_TIMESCALE_URL;
    // As for every setting, empty is unset.
    if (timescaleUrl === undefined || timescaleUrl === '') sayThatTimescaleIsSkipped();
    else servers.push(await prepareTimescale(timescaleUrl));
    project.provide('testServers', servers);
  } catch (error) {
    await teardown();
    throw error;
  }
}

/** Called by Vitest after the last file, also when tests have failed. */
export async function teardown(): Promise<void> {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
}

async function startServer(): Promise<EmbeddedServer> {
  await removeOldTestDirectories();
  const dataDirectory = await makeTestDirectory();
  undo.push(() => rm(dataDirectory, { recursive: true, force: true }));
  const server = await startEmbeddedServer({
    dataDirectory,
    log: { debug: () => undefined, info: () => undefined, warn: say, error: say },
    onLost: (error) => say(error, 'the tests have lost their database server'),
    // What the tests prove does not depend on surviving a power failure of the machine that runs them.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  undo.push(() => server.stop());
  return server;
}

async function prepareTimescale(url: string): Promise<TestServer> {
  if (await offersTimescale(url)) return prepare('timescale', url);
  throw new Error(
    'TEST_TIMESCALE_URL names a server without TimescaleDB: install the extension and put timescaledb into shared_preload_libraries, or unset the variable',
  );
}

async function prepare(engine: TestServer['engine'], url: string): Promise<TestServer> {
  await dropLeftovers(url);
  const server = await prepareServer(engine, url);
  undo.push(() => dropDatabasesOf(server));
  return server;
}

function sayThatTimescaleIsSkipped(): void {
  process.stderr.write(
    '\n*** SKIPPED: every test on TimescaleDB. To run them: TEST_TIMESCALE_URL=postgres://postgres@127.0.0.1:5432/postgres npm test (a server with timescaledb preloaded) ***\n\n',
  );
}

function say(fields: object, message: string): void {
  process.stderr.write(`${message} ${fields instanceof Error ? fields.stack : JSON.stringify(fields)}\n`);
}
