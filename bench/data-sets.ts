/**
 * Loading beside `psql \copy`, on the same server, in the same run, several times in turn.
 *
 *   npm run bench:data-sets                                     both data sets, three rounds, on an embedded server made for the run
 *   npm run bench:data-sets -- building-rooms --rounds 5        one data set
 *   npm run bench:data-sets -- --url postgres://…/postgres      on another server (databases whose names begin with thermograph_bench_ are made and dropped)
 *   npm run bench:data-sets -- memory --readings 17000000       the peak memory of loading that many generated readings
 *   npm run bench:data-sets -- thresholds --rounds 7            building-rooms with 1,000 thresholds in force beside the same without any
 *
 * The data sets are read from ../shared/data, or from where BENCH_DATA says. Ours is timed end to end: files opened, decompressed, parsed, checked, derived,
 * written, marked and committed, into an empty store. `\copy` gets the readings that ours has stored (not the derived ones), prepared as CSV of
 * series_id, time and value in the order of the input, into an empty table with the key (series_id, time).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { ThresholdInput } from '../db/check-threshold.ts';
import type { Store } from '../db/store.ts';
import { ingest } from '../etl/ingest.ts';
import { openFile } from '../etl/open-input.ts';
import { saveSourceCatalogue } from '../etl/save-source-catalogue.ts';
import { loadSourceDefinition } from '../etl/source-definition.ts';
import { generatedRecords } from './generated-records.ts';
import { runOn } from './load/loads.ts';
import { startOwnServer } from './own-server.ts';
import { withOwnStore } from './own-store.ts';
import { createThresholds, rareThresholds } from './thresholds-in-force.ts';

const DATA = process.env.BENCH_DATA ?? new URL('../../shared/data', import.meta.url).pathname;

/** What is to be undone before a store can be closed. */
const clients: (() => void)[] = [];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string' }, rounds: { type: 'string', default: '3' }, readings: { type: 'string', default: '17000000' } },
});

const directory = await mkdtemp(join(tmpdir(), 'thermograph-bench-'));
const server = values.url === undefined ? await startOwnServer() : null;
const serverUrl = values.url ?? server?.url ?? '';
try {
  if (positionals[0] === 'memory') await measureMemory(Number(values.readings));
  else if (positionals[0] === 'thresholds') await compareThresholds('building-rooms', Number(values.rounds));
  else for (const dataSet of positionals.length > 0 ? positionals : ['building-rooms', 'beijing-air']) await compare(dataSet, Number(values.rounds));
} finally {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
}

async function compare(dataSet: string, rounds: number): Promise<void> {
  const files = await filesOf(join(DATA, dataSet));
  const prepared = join(directory, `${dataSet}.csv`);
  await withDatabase(async (store) => {
    const { derived, loaded } = await loadAll(store, dataSet, files);
    await prepare(store, prepared);
    console.log(
      `${dataSet}: ${files.length} files, ${loaded.toLocaleString('en')} readings and ${derived.toLocaleString('en')} derived ones (first run, not counted)`,
    );
  });
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const copied = await withDatabase((store, url) => copyPrepared(store, url, prepared));
    const ours = await withDatabase(async (store) => {
      const { loaded, ms } = await loadAll(store, dataSet, files);
      return loaded / ms;
    });
    ratios.push(ours / copied);
    console.log(`  round ${round}: \\copy ${perSecond(copied)}, ours ${perSecond(ours)}, ratio ${(ours / copied).toFixed(2)}`);
  }
  console.log(`  ratio ${spread(ratios)}`);
}

/** The same load with thresholds and without any, in turn; which of both comes first changes from round to round. The catalogue of the source is there before, and its own thresholds are not. */
async function compareThresholds(dataSet: string, rounds: number): Promise<void> {
  const files = await filesOf(join(DATA, dataSet));
  const thresholds = await withDatabase(async (store) => {
    await loadAll(store, dataSet, files, []);
    return rareThresholds(store, 1000);
  });
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const times = new Map<number, number>();
    for (const inForce of round % 2 === 0 ? [[], thresholds] : [thresholds, []]) {
      const { loaded, breaches, ms } = await withDatabase((store) => loadAll(store, dataSet, files, inForce));
      times.set(inForce.length, ms);
      console.log(`  round ${round}: ${inForce.length} thresholds, ${breaches} breaches, ${Math.round(ms)} ms, ${perSecond(loaded / ms)}`);
    }
    ratios.push((times.get(thresholds.length) ?? 0) / (times.get(0) ?? 1));
  }
  console.log(`${dataSet}: the time with ${thresholds.length} thresholds by the time without, ${spread(ratios)}`);
}

function spread(ratios: readonly number[]): string {
  const sorted = [...ratios].sort((a, b) => a - b);
  const [least = 0] = sorted;
  return `min ${least.toFixed(2)}, median ${(sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(2)}, max ${(sorted.at(-1) ?? 0).toFixed(2)}`;
}

/** The measured readings in the order of the input: sensor by sensor, since a file is of one sensor, and by time. */
async function prepare(store: Store, file: string): Promise<void> {
  await writeFile(file, '');
  const { rows: sensors } = await store.writePool.query<{ ids: number[] }>({
    text: 'select array_agg(id) as ids from series group by sensor_id order by sensor_id',
  });
  for (const { ids } of sensors) {
    const { rows } = await store.writePool.query<{ lines: string | null }>({
      text: `select string_agg(concat_ws(',', series_id, time, value), chr(10) order by time, series_id) as lines from reading where series_id = any ($1) and not derived`,
      values: [ids],
    });
    for (const { lines } of rows) if (lines !== null) await appendFile(file, `${lines}\n`);
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => /\.csv(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** `thresholds` stand in place of the source's own. */
async function loadAll(
  store: Store,
  dataSet: string,
  files: readonly string[],
  thresholds?: readonly ThresholdInput[],
): Promise<{ loaded: number; derived: number; breaches: number; ms: number }> {
  const definition = await loadSourceDefinition(dataSet);
  if (definition.catalogue !== null)
    await saveSourceCatalogue(store, thresholds === undefined ? definition.catalogue : { ...definition.catalogue, thresholds: [] });
  await createThresholds(store, thresholds ?? []);
  const knownMetrics = new Set((await store.catalogue.current(store.readPool)).metrics.keys());
  let loaded = 0;
  let derived = 0;
  let breaches = 0;
  const startedAt = performance.now();
  for (const file of files) {
    const input = await openFile(file, { format: { kind: 'source', definition }, knownMetrics });
    const summary = await ingest(store, input.records, { register: false });
    loaded += summary.loaded;
    derived += summary.derived;
    breaches += summary.breaches;
  }
  return { loaded, derived, breaches, ms: performance.now() - startedAt };
}

/** Readings per millisecond by `psql`, or by the same COPY without it where there is none. */
async function copyPrepared(store: Store, url: string, file: string): Promise<number> {
  const client = await connected(store);
  await client.query('create table copied (series_id int not null, time timestamptz not null, value double precision not null, primary key (series_id, time))');
  const startedAt = performance.now();
  const psql = spawn('psql', ['-X', '-q', '-d', url, '-c', `\\copy copied from '${file}' (format csv)`], { stdio: 'inherit' });
  const status = await once(psql, 'close').catch(() => null);
  if (status === null) await pipeline(createReadStream(file, { highWaterMark: 65_536 }), client.query(copyFrom('copy copied from stdin (format csv)')));
  else if (status[0] !== 0) throw new Error('psql has failed');
  const ms = performance.now() - startedAt;
  const { rows } = await client.query<{ count: number }>('select count(*) from copied');
  return Number(rows[0]?.count) / ms;
}

async function measureMemory(readings: number): Promise<void> {
  await withDatabase(async (store) => {
    const startedAt = performance.now();
    const summary = await ingest(store, generatedRecords(readings), { register: true });
    const ms = performance.now() - startedAt;
    console.log(
      `${summary.received.toLocaleString('en')} readings, ${perSecond(summary.received / ms)}, peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
    );
  });
}

/** A store in an empty database of its own, with nothing left for a checkpoint to write. */
function withDatabase<T>(work: (store: Store, url: string) => Promise<T>): Promise<T> {
  return withOwnStore(serverUrl, async (store, url) => {
    try {
      await runOn(serverUrl, 'checkpoint');
      return await work(store, url);
    } finally {
      for (const release of clients.splice(0)) release();
    }
  });
}

async function connected(store: Store): Promise<pg.PoolClient> {
  const client = await store.writePool.connect();
  clients.push(() => client.release());
  return client;
}

function perSecond(perMs: number): string {
  return `${Math.round(perMs * 1000).toLocaleString('en')}/s`;
}
