/**
 * What live loading feels of a backfill: a year is loaded again from a database while readings of the same series come at a steady rate, beside stretches in which nothing is loaded again, in one run.
 *
 *   npx tsx bench/backfill.ts                               on an embedded server made for the run; writes its section of bench/RESULTS.md
 *   npx tsx bench/backfill.ts --url postgres://…/postgres   on another server, with or without TimescaleDB, in databases that are dropped at the end
 *   npx tsx bench/backfill.ts --keep --rounds 1 --step 240  a quick look; --keep leaves RESULTS.md alone
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { describeRun } from './answers/machine.ts';
import { benchFile, startServer } from './answers/processes.ts';
import { writeSection } from './answers/results-file.ts';
import { createDatabase, dropDatabase, selectFacts } from './answers/store.ts';
import { makeHistory } from './backfill/history.ts';
import { type LiveFeed, startLiveFeed } from './backfill/live-feed.ts';
import { BACKFILLS, composeReport, type Phase } from './backfill/report.ts';
import { startOwnServer } from './own-server.ts';

const STORE = 'thermograph_bench_backfill';
const SOURCE = 'thermograph_bench_backfill_source';
const YEAR = { from: Date.UTC(2025, 0, 1), to: Date.UTC(2026, 0, 1) };
const SERIES = 100;
const POSTS_A_SECOND = 20;
/** What a change of what goes on does to the requests under way belongs to neither side. */
const SETTLING_MS = 1_000;
const PATIENCE_MS = 900_000;

const ANSWER = z.object({ data: z.unknown(), errors: z.unknown().optional() });
const THRESHOLD = z.object({ createThreshold: z.object({ id: z.string() }) });
const STARTED = z.object({ startEtlRun: z.object({ id: z.string() }) });
const STATE_OF_RUN = z.object({ etlRun: z.object({ state: z.string(), loaded: z.number(), error: z.string().nullable() }) });

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    keep: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '4' },
    /** Minutes between two readings of a series. */
    step: { type: 'string', default: '60' },
    /** Seconds of each stretch in which nothing is loaded again. */
    quiet: { type: 'string', default: '10' },
  },
});
const step = Number(values.step);

const cleanups: (() => Promise<unknown>)[] = [];
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stopping.abort(new Error(`stopped by ${name}`)));
try {
  await main(values.url ?? (await startDatabase()), Number(values.rounds));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup().catch(console.error);
}
process.exit();

async function main(serverUrl: string, rounds: number): Promise<void> {
  const store = await freshDatabase(serverUrl, STORE);
  const source = await freshDatabase(serverUrl, SOURCE);
  const folder = await mkdtemp(join(tmpdir(), 'thermograph-bench-jobs-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'history.csv');
  const readings = await makeHistory(source, file, { ...YEAR, series: SERIES, stepMinutes: step });
  await writeJobs(folder, { source, file });
  const gateway = await startGateway(store, folder);
  await ask(gateway, 'mutation { createThreshold(input: { metric: "temperature", level: WARNING, min: 28.9 }) { id } }', THRESHOLD);
  const feed = startLiveFeed(gateway, { sensors: SERIES, postsASecond: POSTS_A_SECOND });
  // The first requests make the series and warm everything up.
  await sleep(5_000);
  const phases: Phase[] = [];
  try {
    for (const [at, part] of partsOfYear(rounds * BACKFILLS.length).entries()) {
      // Which of them comes first changes from round to round.
      const backfill = BACKFILLS[(at + Math.floor(at / BACKFILLS.length)) % BACKFILLS.length] ?? 'paced';
      phases.push(await measured(feed, 'none', () => sleep(Number(values.quiet) * 1000).then(() => 0)));
      phases.push(await measured(feed, backfill, () => loadAgain(gateway, backfill, part)));
      console.log(
        phases.slice(-2).map(({ latenciesMs, ...phase }) => ({
          ...phase,
          requests: latenciesMs.length,
          half: [...latenciesMs].sort((a, b) => a - b)[latenciesMs.length >> 1],
        })),
      );
    }
  } finally {
    await feed.stop();
  }
  const loadedAgain = phases.reduce((sum, phase) => sum + phase.readings, 0);
  if (loadedAgain !== readings) throw new Error(`${loadedAgain} readings were loaded again, but there are ${readings}`);
  const facts = await selectFacts(store);
  const report = composeReport({
    title: `A backfill beside live loading, on ${facts.engine === 'timescale' ? 'TimescaleDB' : 'plain PostgreSQL'}`,
    facts: describeRun(facts, {
      script: 'bench/backfill.ts',
      circumstances: 'nothing tied to a core; gateway, both databases and the live readings on the same machine',
      versions: 'knex 3.3.0, pg 8.23.1',
    }),
    phases,
    readings,
    series: SERIES,
    stepMinutes: step,
    postsASecond: POSTS_A_SECOND,
  });
  console.log(report);
  if (!values.keep) await writeSection(`backfill ${facts.engine}`, report);
}

async function measured(feed: LiveFeed, backfill: Phase['backfill'], work: () => Promise<number>): Promise<Phase> {
  const fromMs = performance.now();
  const readings = await work();
  const toMs = performance.now();
  await sleep(SETTLING_MS);
  return { backfill, readings, seconds: (toMs - fromMs) / 1000, latenciesMs: feed.between(Math.min(fromMs + SETTLING_MS, toMs), toMs) };
}

/** Has the gateway load a part of the year and waits for its end; answers how many readings that were. */
async function loadAgain(gateway: string, job: string, { from, to }: { readonly from: string; readonly to: string }): Promise<number> {
  const { startEtlRun } = await ask(gateway, `mutation { startEtlRun(job: "${job}", from: "${from}", to: "${to}") { id } }`, STARTED);
  for (const giveUpAt = Date.now() + PATIENCE_MS; Date.now() < giveUpAt; await sleep(100)) {
    stopping.signal.throwIfAborted();
    const { etlRun } = await ask(gateway, `{ etlRun(id: "${startEtlRun.id}") { state loaded error } }`, STATE_OF_RUN);
    if (etlRun.state === 'SUCCEEDED') return etlRun.loaded;
    if (etlRun.state !== 'QUEUED' && etlRun.state !== 'RUNNING') throw new Error(`the backfill is ${etlRun.state}: ${etlRun.error}`);
  }
  throw new Error(`the backfill was not over within ${PATIENCE_MS} ms`);
}

/** Asks the gateway; `shape` is what its answer has to be. */
async function ask<T>(gateway: string, query: string, shape: z.ZodType<T>): Promise<T> {
  const response = await fetch(`${gateway}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
  const answer = ANSWER.parse(await response.json());
  if (answer.errors !== undefined) throw new Error(`${query} is answered with ${JSON.stringify(answer.errors)}`);
  return shape.parse(answer.data);
}

function partsOfYear(count: number): readonly { readonly from: string; readonly to: string }[] {
  const day = 86_400_000;
  const days = (YEAR.to - YEAR.from) / day;
  const at = (part: number) => new Date(YEAR.from + Math.round((part * days) / count) * day).toISOString();
  return Array.from({ length: count }, (_, part) => ({ from: at(part), to: at(part + 1) }));
}

/** A job for each kind of backfill. */
async function writeJobs(folder: string, { source, file }: { readonly source: string; readonly file: string }): Promise<void> {
  const table = `{ kind: database, url: '${source}', table: history, columns: { time: measured_at, sensor: tag, temperature: amount } }`;
  const jobs: Readonly<Record<(typeof BACKFILLS)[number], string>> = {
    paced: `source: ${table}`,
    unpaced: `source: ${table}\nbackfill: { share: 1 }`,
    file: `source: { kind: files, paths: '${file}', settle: 0s }`,
  };
  for (const [job, yaml] of Object.entries(jobs)) await writeFile(join(folder, `${job}.yaml`), `${yaml}\nschedule: null\nmapping: { register: true }\n`);
}

async function startGateway(store: string, folder: string): Promise<string> {
  const gateway = await startServer({
    command: [process.execPath, '--import', import.meta.resolve('tsx'), benchFile('../server/main.ts'), 'serve'],
    environment: { DATABASE_URL: store, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none', THERMOGRAPH_JOBS: folder },
    core: null,
  });
  cleanups.push(() => gateway.stop());
  await fetch(`${gateway.url}/ingest?register=true`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: `time,sensor,metric,value\n${Array.from({ length: SERIES }, (_, sensor) => `${Date.now() - 60_000},b-${sensor + 1},temperature,20\n`).join('')}`,
  });
  return gateway.url;
}

async function freshDatabase(serverUrl: string, name: string): Promise<string> {
  await dropDatabase(serverUrl, name);
  await createDatabase(serverUrl, name);
  cleanups.push(() => dropDatabase(serverUrl, name));
  const url = new URL(serverUrl);
  url.pathname = name;
  return url.href;
}

async function startDatabase(): Promise<string> {
  const server = await startOwnServer();
  cleanups.push(() => server.stop());
  return server.url;
}
