/**
 * Answers beside other servers over the same store: requests per second, as ratios to a bare node:http + pg server that stringifies the same answer.
 *
 *   npx tsx bench/answers.ts                                       everything, on an embedded server made for the run; writes bench/RESULTS.md
 *   npx tsx bench/answers.ts --url postgres://…/postgres --keep    on another server; the store stays there, and the next run with --keep takes it
 *   npx tsx bench/answers.ts --only thermograph,bare --questions day --rounds 3 --seconds 5
 *   npx tsx bench/answers.ts load http://127.0.0.1:4000 <pid> --questions wide --seconds 10    only the load, on a gateway that runs (--only bare: on a bare server)
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedServer } from '../db/embedded/embedded-server.ts';
import { checkAnswers, compete, type Entrant } from './answers/compete.ts';
import { type Contestant, contestants } from './answers/contestants.ts';
import { type Measured, measure } from './answers/measure.ts';
import { canPin, pin, startServer } from './answers/processes.ts';
import { QUESTIONS } from './answers/questions.ts';
import { checkStore, createDatabase, dropDatabase, fillStore, sessionsOf } from './answers/store.ts';

const DATABASE = 'thermograph_bench_answers';
const pins = canPin && availableParallelism() > 1;
/** The servers that are measured take turns on one core; PostgreSQL and the load have another. */
const SERVER_CORE = pins ? 0 : null;
const OTHER_CORE = pins ? 1 : null;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    keep: { type: 'boolean', default: false },
    only: { type: 'string' },
    questions: { type: 'string', default: QUESTIONS.join() },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    minutes: { type: 'string', default: '15' },
  },
});
const questions = QUESTIONS.filter((name) => values.questions.split(',').includes(name));
const seconds = Number(values.seconds);

const stopping = new AbortController();
const cleanups: (() => Promise<unknown>)[] = [];
const { signal } = stopping;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort(new Error(`stopped by ${name}`)));
setTimeout(() => stopping.abort(new Error(`not done after ${values.minutes} minutes`)), Number(values.minutes) * 60_000).unref();

try {
  if (positionals[0] === 'load') await loadOnly(positionals[1] ?? '');
  else await main();
} catch (error) {
  console.error(signal.aborted ? String(signal.reason) : error);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
// Connections that fetch keeps for later would hold it for some seconds.
process.exit();

async function main(): Promise<void> {
  // What is started without a core of its own inherits this one.
  if (OTHER_CORE !== null) pin(process.pid, OTHER_CORE);
  const databaseUrl = await openStore();
  const facts = await checkStore(databaseUrl);
  console.log(facts);
  const entrants: Entrant[] = [];
  for (const contestant of chosen('thermograph,bare')) {
    const environment = { ...contestant.environment, DATABASE_URL: databaseUrl };
    const server = await startServer({ command: contestant.command, environment, core: SERVER_CORE });
    cleanups.push(() => server.stop());
    entrants.push({ contestant, server });
  }
  const bytes = await checkAnswers(entrants, questions, signal);
  console.log('bytes of a body', bytes);
  if (OTHER_CORE !== null) for (const pid of await sessionsOf(databaseUrl)) pin(pid, OTHER_CORE);
  const options = { questions, rounds: Number(values.rounds), seconds, core: OTHER_CORE, signal };
  const results = await compete(entrants, options, (result) => console.log(line(`${result.round} ${result.question} ${result.name}`, result)));
  for (const question of questions) {
    const rates = new Map<string, number[]>();
    for (const result of results) if (result.question === question) rates.set(result.name, [...(rates.get(result.name) ?? []), result.perSecond]);
    for (const [name, list] of rates) {
      const ratios = list.map((rate, index) => rate / (rates.get('bare')?.[index] ?? Number.NaN)).sort((a, b) => a - b);
      console.log(question, name, ratios.map((ratio) => ratio.toFixed(2)).join(' '));
    }
  }
}

/** The URL of the filled store. */
async function openStore(): Promise<string> {
  const serverUrl = values.url ?? (await startDatabaseServer());
  const url = new URL(serverUrl);
  url.pathname = `/${DATABASE}`;
  const isNew = await createDatabase(serverUrl, DATABASE);
  if (!values.keep) cleanups.push(() => dropDatabase(serverUrl, DATABASE));
  if (isNew) await fillStore(url.href, SERVER_CORE, signal);
  return url.href;
}

async function startDatabaseServer(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'thermograph-bench-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  // As root the server runs as another user, who must get in.
  await chmod(directory, 0o755);
  const log = { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error };
  const server = await startEmbeddedServer({ dataDirectory: join(directory, 'data'), log, onLost: (error) => stopping.abort(error) });
  cleanups.push(() => server.stop());
  return server.url('postgres');
}

function chosen(fallback: string): readonly Contestant[] {
  const names = (values.only ?? fallback).split(',');
  return contestants.filter(({ name }) => names.includes(name));
}

async function loadOnly(url: string): Promise<void> {
  const [contestant] = chosen('thermograph');
  if (contestant === undefined) throw new Error(`--only is ${values.only}, but nobody has that name`);
  for (const question of questions) {
    console.log(
      line(
        question,
        await measure({ url, pid: Number(positionals[2] ?? 0), stop: () => Promise.resolve() }, contestant, question, { seconds, core: OTHER_CORE, signal }),
      ),
    );
  }
}

function line(what: string, { perSecond, bytes, p50, p99, cpuMs, busy }: Measured): string {
  const cpu = cpuMs === null || busy === null ? '' : `, ${cpuMs.toFixed(3)} ms of processor time a request, ${Math.round(busy * 100)} % of a core`;
  return `${what}: ${perSecond.toFixed(0)}/s, ${bytes.toFixed(0)} bytes, p50 ${p50} ms, p99 ${p99} ms${cpu}`;
}
