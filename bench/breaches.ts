/**
 * Breaches at subscribers: how soon, beside a bare broadcast, with how much memory, and beside clients that read nothing.
 *
 *   npx tsx bench/breaches.ts                            everything, on an embedded server made for the run; writes its section of bench/RESULTS.md
 *   npx tsx bench/breaches.ts --only latency,fan-out     some parts: latency, fan-out, idle, stalled; prints them and leaves RESULTS.md alone
 *   npx tsx bench/breaches.ts --profile /tmp/profiles    puts a .cpuprofile of the gateway for each measurement there
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeRun } from './answers/machine.ts';
import { benchFile } from './answers/processes.ts';
import { writeSection } from './answers/results-file.ts';
import { createDatabase, selectFacts } from './answers/store.ts';
import { Crowds } from './breaches/crowd.ts';
import { compareFanOut } from './breaches/fan-out.ts';
import { figure } from './breaches/figures.ts';
import { savePlant, startGateway } from './breaches/gateway.ts';
import { measureIdle } from './breaches/idle.ts';
import { measureLatency } from './breaches/latency.ts';
import { Probe } from './breaches/probe.ts';
import type { Bench, Section } from './breaches/run.ts';
import { measureStalled } from './breaches/stalled.ts';
import { startOwnServer } from './own-server.ts';

const WS = JSON.parse(readFileSync(benchFile('../node_modules/ws/package.json'), 'utf8')) as { readonly version: string };
const DATABASE = 'thermograph_bench_breaches';
const PARTS: Readonly<Record<string, (bench: Bench) => Promise<Section>>> = {
  latency: measureLatency,
  'fan-out': compareFanOut,
  idle: measureIdle,
  stalled: measureStalled,
};

const { values } = parseArgs({
  options: { only: { type: 'string', default: Object.keys(PARTS).join() }, profile: { type: 'string' }, minutes: { type: 'string', default: '10' } },
});

const stopping = new AbortController();
const { signal } = stopping;
const cleanups: (() => Promise<unknown>)[] = [];
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort(new Error(`stopped by ${name}`)));
setTimeout(() => stopping.abort(new Error(`not done after ${values.minutes} minutes`)), Number(values.minutes) * 60_000).unref();
const aborted = new Promise<never>((_, reject) => {
  signal.addEventListener('abort', () => reject(new Error(String(signal.reason))), { once: true });
});

try {
  await Promise.race([main(), aborted]);
} catch (error) {
  console.error(signal.aborted ? String(signal.reason) : error);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup().catch(console.error);
}
process.exit();

async function main(): Promise<void> {
  if (!existsSync(benchFile('../dist/server/main.js'))) throw new Error('there is no build: npm run build');
  const parts = values.only.split(',');
  const load = loadavg()[0] ?? Number.NaN;
  const databaseUrl = await startDatabase();
  const lines: string[] = [];
  let isNew = true;
  for (const part of parts) {
    const measure = PARTS[part];
    if (measure === undefined) throw new Error(`--only has ${part}, but there are ${Object.keys(PARTS).join(', ')}`);
    const section = await withBench(databaseUrl, isNew, measure);
    isNew = false;
    console.log(`\n${section.join('\n')}\n`);
    lines.push('', ...section);
  }
  const facts = describeRun(await selectFacts(databaseUrl), {
    script: 'bench/breaches.ts',
    circumstances: `nothing tied to a core; the load average of the minute before was ${figure(load, 1)}`,
    versions: `ws ${WS.version}`,
  });
  const report = ['## Breaches at subscribers', '', ...facts.map((fact) => `- ${fact}`), ...lines].join('\n');
  if (parts.length === Object.keys(PARTS).length) await writeSection('breaches', report);
  else console.log(report);
}

/** A gateway and clients that know nothing of the part before. */
async function withBench(databaseUrl: string, isNew: boolean, measure: (bench: Bench) => Promise<Section>): Promise<Section> {
  const gateway = await startGateway(databaseUrl);
  cleanups.push(() => gateway.stop());
  if (isNew) await savePlant(gateway);
  const probe = new Probe(gateway.url, databaseUrl);
  await probe.start();
  const crowds = new Crowds();
  try {
    return await measure({ gateway, probe, crowds, signal, profiled: (name, work) => profiled(gateway, name, work) });
  } finally {
    await probe.stop();
    await crowds.stop();
    await gateway.stop();
  }
}

async function profiled<T>(gateway: Awaited<ReturnType<typeof startGateway>>, name: string, work: () => Promise<T>): Promise<T> {
  if (values.profile === undefined) return work();
  await mkdir(values.profile, { recursive: true });
  await gateway.startProfile();
  const result = await work();
  await writeFile(join(values.profile, `${name}.cpuprofile`), await gateway.stopProfile());
  return result;
}

async function startDatabase(): Promise<string> {
  const server = await startOwnServer({
    onLost: (error) => stopping.abort(error),
    // When a breach was committed is the database's to say.
    settings: { track_commit_timestamp: 'on' },
  });
  cleanups.push(() => server.stop());
  const url = new URL(server.url);
  await createDatabase(url.href, DATABASE);
  url.pathname = `/${DATABASE}`;
  return url.href;
}
