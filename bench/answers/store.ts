import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { catalogue, READINGS, readings } from './factory.ts';
import { benchFile, run, startServer } from './processes.ts';

const MAIN = benchFile('../dist/server/main.js');

/** What the server of the store says of itself. */
export interface StoreFacts {
  readonly postgres: string;
  readonly engine: string;
  readonly timescale: string | null;
}

/** Makes the database where it is missing; false where it was there. */
export async function createDatabase(serverUrl: string, name: string): Promise<boolean> {
  return withClient(serverUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 1) return false;
    await client.query(`create database ${client.escapeIdentifier(name)} template template0 encoding 'UTF8'`);
    return true;
  });
}

/** Adds what PostGraphile is given beside Thermograph's tables. */
export async function addPeerFunctions(databaseUrl: string): Promise<void> {
  const statements = await readFile(benchFile('peers/postgraphile.sql'), 'utf8');
  await withClient(databaseUrl, (client) => client.query(statements));
}

/** Drops the database, also from under sessions that are still closing. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withClient(serverUrl, (client) => client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`));
}

/** Fills an empty store by Thermograph's own means: catalogue by mutations, readings by POST /ingest, rollups by `thermograph refresh`. */
export async function fillStore(databaseUrl: string, core: number | null, signal: AbortSignal): Promise<void> {
  const environment = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none', REFRESH_INTERVAL_MS: '1000000000' };
  let startedAt = performance.now();
  const gateway = await startServer({ command: [process.execPath, MAIN, 'serve'], environment, core });
  try {
    await saveCatalogue(gateway.url);
    await sendReadings(gateway.url, signal);
  } finally {
    await gateway.stop();
  }
  console.log(`loaded ${READINGS.toLocaleString('en')} readings in ${since(startedAt)}`);
  startedAt = performance.now();
  await run({ command: [process.execPath, MAIN, 'refresh'], environment, core }, '', signal);
  console.log(`refreshed in ${since(startedAt)}`);
  startedAt = performance.now();
  await withClient(databaseUrl, (client) => client.query('vacuum (analyze)'));
  await withClient(databaseUrl, (client) => client.query('checkpoint'));
  console.log(`vacuumed and analysed in ${since(startedAt)}`);
}

/** Throws where the store is not the one that `fillStore` leaves. */
export async function checkStore(databaseUrl: string): Promise<StoreFacts> {
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ readings: string; stale: string }>(`
      select (select sum(readings) from series_latest) as readings, (select count(*) from stale_day) as stale`);
    const [facts] = rows;
    if (facts === undefined || Number(facts.readings) !== READINGS || Number(facts.stale) !== 0) {
      throw new Error(
        `the store holds ${facts?.readings} readings and ${facts?.stale} stale days, but the run wants ${READINGS} and 0: drop the database and run again`,
      );
    }
  });
  return selectFacts(databaseUrl);
}

/** Waits until the gateway that runs has brought the rollups up to date. */
export async function waitForRefresh(databaseUrl: string, signal: AbortSignal): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    for (;;) {
      const { rowCount } = await client.query('select from stale_day limit 1');
      if (rowCount === 0) return;
      await sleep(200, undefined, { signal });
    }
  });
}

/** The process of a database server on this machine that starts its sessions. */
export async function selectServerProcess(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const status = await readFile(`/proc/${rows[0]?.pid}/status`, 'utf8').catch(() => '');
    const [, parent] = /^Name:\s+postgres$.*^PPid:\s+(\d+)$/ms.exec(status) ?? [];
    if (parent === undefined) throw new Error('the database server is not a process of this machine');
    return Number(parent);
  });
}

async function saveCatalogue(url: string): Promise<void> {
  const query = `mutation ($metrics: [MetricInput!]!, $locations: [LocationInput!]!, $sensors: [SensorInput!]!) {
    saveMetrics(metrics: $metrics) { id }
    saveLocations(locations: $locations) { id }
    saveSensors(sensors: $sensors) { id }
  }`;
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: catalogue }),
  });
  const body = await answer.text();
  if (!answer.ok || body.includes('"errors"')) throw new Error(`the catalogue was refused: ${body}`);
}

async function sendReadings(url: string, signal: AbortSignal): Promise<void> {
  const sending = request(`${url}/ingest`, { method: 'POST', headers: { 'content-type': 'text/csv' }, signal });
  const [[response]] = await Promise.all([once(sending, 'response'), pipeline(Readable.from(readings(), { objectMode: false }), sending)]);
  const answer = JSON.parse(await text(response)) as { loaded?: number };
  if (answer.loaded !== READINGS) throw new Error(`${READINGS} readings were sent, but the answer is ${JSON.stringify(answer).slice(0, 1000)}`);
}

/** What the server of a store says of itself, whatever the store holds. */
export async function selectFacts(databaseUrl: string): Promise<StoreFacts> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<StoreFacts & Record<string, unknown>>(`
      select current_setting('server_version') as postgres, (select engine from store) as engine,
             (select extversion from pg_extension where extname = 'timescaledb') as timescale`);
    const [facts] = rows;
    if (facts === undefined) throw new Error('the database does not say what it is');
    return facts;
  });
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

function since(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}
