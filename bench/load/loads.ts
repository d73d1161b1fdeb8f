import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import type { Store } from '../../db/store.ts';
import { GREATEST_BATCH } from '../../etl/load/batch-pace.ts';
import type { IngestSummary } from '../../etl/record.ts';
import { loadFile } from '../../server/load-file.ts';
import { benchFile, startServer } from '../answers/processes.ts';
import type { Input } from './inputs.ts';

/** What a load did, and how long it took. */
export interface Loaded {
  readonly summary: IngestSummary;
  readonly ms: number;
}

/** A way into the store. */
export type Way = 'file' | 'POST /ingest';

/** As `thermograph ingest` loads it: opened, parsed, checked, written, judged and committed; the start of the process is left out. */
export async function loadAsFile(store: Store, input: Input): Promise<Loaded> {
  const report = { started: () => undefined, progressed: () => undefined, finished: () => undefined };
  const startedAt = performance.now();
  const summary = await loadFile(store, input.ours, {
    name: input.ours,
    register: false,
    batchSize: GREATEST_BATCH,
    signal: new AbortController().signal,
    report,
  });
  return { summary, ms: performance.now() - startedAt };
}

/** Runs a gateway of its own over the database; sending is timed from the first byte to the answer. */
export async function withGateway<T>(databaseUrl: string, work: (send: (input: Input) => Promise<Loaded>) => Promise<T>): Promise<T> {
  const gateway = await startServer({
    command: [
      process.execPath,
      ...(process.env.BENCH_PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`]),
      benchFile('../dist/server/main.js'),
      'serve',
    ],
    environment: { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none' },
    core: null,
  });
  try {
    return await work((input) => send(gateway.url, input));
  } finally {
    await gateway.stop();
  }
}

async function send(url: string, input: Input): Promise<Loaded> {
  const startedAt = performance.now();
  const sending = request(`${url}/ingest`, { method: 'POST', headers: { 'content-type': 'text/csv' } });
  const [[response]] = await Promise.all([once(sending, 'response'), pipeline(createReadStream(input.ours, { highWaterMark: 256 * 1024 }), sending)]);
  const summary = JSON.parse(await text(response)) as IngestSummary;
  return { summary, ms: performance.now() - startedAt };
}

/** Milliseconds that `psql` takes to copy the input into an empty table with the key (series_id, time). */
export async function copyByPsql(databaseUrl: string, input: Input): Promise<number> {
  await runOn(databaseUrl, 'drop table if exists copied');
  await runOn(
    databaseUrl,
    'create table copied (series_id int not null, time timestamptz not null, value double precision not null, primary key (series_id, time))',
  );
  await runOn(databaseUrl, 'checkpoint');
  const startedAt = performance.now();
  const psql = spawn('psql', ['-X', '-q', '-d', databaseUrl, '-c', `\\copy copied from '${input.copied}' (format csv)`], { stdio: 'inherit' });
  const [status] = (await once(psql, 'close')) as [number | null];
  const ms = performance.now() - startedAt;
  if (status !== 0) throw new Error('psql has failed');
  await runOn(databaseUrl, 'drop table copied');
  return ms;
}

/** One statement over a connection of its own. */
export async function runOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
