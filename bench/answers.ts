/**
 * Answers beside other servers over the same store: requests per second, as ratios to a bare node:http + pg server that stringifies the same answer.
 *
 *   npx tsx bench/answers.ts                                       everything, on an embedded server made for the run; writes bench/RESULTS.md
 *   npx tsx bench/answers.ts --url postgres://…/postgres --keep    on another server; the store stays there, and the next run with --keep takes it
 *   npx tsx bench/answers.ts --only thermograph,bare --questions day --rounds 3 --seconds 5
 *   npx tsx bench/answers.ts load http://127.0.0.1:4000 <pid> --questions wide --seconds 10    only the load, on a gateway that runs (--only bare: on a bare server)
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkFreshness } from './answers/check-freshness.ts';
import { checkAnswers, compete, type Entrant, measureControl } from './answers/compete.ts';
import { type Contestant, contestants } from './answers/contestants.ts';
import { STORED } from './answers/documents.ts';
import { describePeers, describeRun } from './answers/machine.ts';
import { type Measured, measure } from './answers/measure.ts';
import { affinityOf, benchFile, canPin, childrenOf, pin, startServer } from './answers/processes.ts';
import { QUESTIONS, type QuestionName } from './answers/questions.ts';
import { composeReport } from './answers/report.ts';
import { writeSection } from './answers/results-file.ts';
import { addPeerFunctions, checkStore, createDatabase, dropDatabase, fillStore, selectServerProcess, waitForRefresh } from './answers/store.ts';
import { startOwnServer } from './own-server.ts';

const DATABASE = 'thermograph_bench_answers';
const pins = canPin && availableParallelism() > 1;
/** The servers that are measured take turns on one core; PostgreSQL and the load have another. */
const SERVER_CORE = pins ? 0 : null;
const OTHER_CORE = pins ? 1 : null;
const CONTROL = [process.execPath, benchFile('peers/control.mjs')];
const TITLE_BY_ENGINE: Readonly<Record<string, string>> = { postgres: 'On plain PostgreSQL', timescale: 'On TimescaleDB' };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    keep: { type: 'boolean', default: false },
    'pin-database': { type: 'boolean', default: false },
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
const LIMIT_MS = Number(values.minutes) * 60_000;
/** After the last round: the control, the report. */
const deadline = Date.now() + LIMIT_MS - 30_000;
setTimeout(() => stopping.abort(new Error(`not done after ${values.minutes} minutes`)), LIMIT_MS).unref();

try {
  if (positionals[0] === 'load') await loadOnly(positionals[1] ?? '');
  else await main();
} catch (error) {
  console.error(signal.aborted ? String(signal.reason) : error);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup().catch(console.error);
}
// Connections that fetch keeps for later would hold it for some seconds.
process.exit();

async function main(): Promise<void> {
  checkInstallation();
  // What is started without a core of its own inherits this one.
  if (OTHER_CORE !== null) pin(process.pid, OTHER_CORE);
  const databaseUrl = await openStore();
  if (OTHER_CORE !== null && values['pin-database']) await pinDatabaseServer(databaseUrl, OTHER_CORE);
  await addPeerFunctions(databaseUrl);
  const facts = await checkStore(databaseUrl);
  const entrants = await startAll(databaseUrl, await storeDocuments());
  const gateway = entrants.find(({ contestant }) => contestant.name === 'thermograph');
  const bytes = await checkAnswers(entrants, questions, signal);
  console.log(`${entrants.length} servers give the same answers`);
  if (gateway !== undefined) {
    await checkFreshness(entrants, gateway.server.url);
    await waitForRefresh(databaseUrl, signal);
    console.log('and show a new reading at once');
  }
  const options = { questions, rounds: Number(values.rounds), seconds, core: OTHER_CORE, signal, deadline };
  const results = await compete(entrants, options, (result) => console.log(line(`${result.round} ${result.question} ${result.name}`, result)));
  const control = await startServer({ command: CONTROL, environment: {}, core: SERVER_CORE });
  cleanups.push(() => control.stop());
  const controlled = new Map<QuestionName, Measured>();
  for (const question of questions) controlled.set(question, await measureControl(control, Object.values(bytes[question])[0] ?? 0, options));
  const report = composeReport({
    title: TITLE_BY_ENGINE[facts.engine] ?? facts.engine,
    facts: describeRun(facts, { script: 'bench/answers.ts', circumstances: describePinning(), versions: describePeers() }),
    contestants: entrants.map(({ contestant }) => contestant),
    questions,
    results,
    bytes,
    control: controlled,
  });
  console.log(report);
  if (values.only === undefined && questions.length === QUESTIONS.length) await writeSection(`answers ${facts.engine}`, report);
}

function checkInstallation(): void {
  if (!existsSync(benchFile('../dist/server/main.js'))) throw new Error('there is no build: npm run build');
  if (!existsSync(benchFile('node_modules/autocannon'))) throw new Error('what is compared with is not installed: npm ci --prefix bench');
}

/** The folder of the documents that are asked for as files. */
async function storeDocuments(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'thermograph-bench-documents-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(STORED)) await writeFile(join(folder, `${name}.graphql`), text);
  return folder;
}

async function startAll(databaseUrl: string, documents: string): Promise<Entrant[]> {
  const entrants: Entrant[] = [];
  for (const contestant of chosen()) {
    const environment = { ...contestant.environment, DATABASE_URL: databaseUrl, THERMOGRAPH_DOCUMENTS: documents };
    const server = await startServer({ command: contestant.command, environment, core: SERVER_CORE, isQuiet: contestant.isQuiet });
    cleanups.push(() => server.stop());
    entrants.push({ contestant, server });
  }
  return entrants;
}

function describePinning(): string {
  if (!pins) return 'nothing tied to a core';
  const isDatabasePinned = values.url === undefined || values['pin-database'];
  return isDatabasePinned ? 'servers on one core, PostgreSQL and the load on another' : 'servers on one core, the load on another, PostgreSQL on any';
}

/** Sessions that are opened later inherit it. */
async function pinDatabaseServer(databaseUrl: string, core: number): Promise<void> {
  const pid = await selectServerProcess(databaseUrl);
  const before = affinityOf(pid);
  cleanups.push(async () => {
    for (const each of [pid, ...(await childrenOf(pid))]) pin(each, before);
  });
  if (!pin(pid, core)) throw new Error('the database server cannot be tied to a core by this user');
}

/** The URL of the filled store. Only a whole one is kept. */
async function openStore(): Promise<string> {
  const serverUrl = values.url ?? (await startDatabaseServer());
  const name = values.keep ? DATABASE : `${DATABASE}_${process.pid}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const isNew = await createDatabase(serverUrl, name);
  let isKept = !isNew;
  cleanups.push(async () => {
    if (!isKept) await dropDatabase(serverUrl, name);
  });
  if (isNew) await fillStore(url.href, SERVER_CORE, signal);
  isKept = values.keep;
  return url.href;
}

async function startDatabaseServer(): Promise<string> {
  const server = await startOwnServer({ onLost: (error) => stopping.abort(error) });
  cleanups.push(() => server.stop());
  return server.url;
}

function chosen(): readonly Contestant[] {
  const names = values.only?.split(',');
  const unknown = names?.find((wanted) => contestants.every(({ name }) => name !== wanted));
  if (unknown !== undefined) throw new Error(`--only has ${unknown}, but there are ${contestants.map(({ name }) => name).join(', ')}`);
  return contestants.filter(({ name }) => names?.includes(name) ?? true);
}

async function loadOnly(url: string): Promise<void> {
  const [contestant] = chosen();
  if (contestant === undefined) throw new Error('--only names nobody');
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
