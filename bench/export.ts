/**
 * A million readings through /export beside PostgreSQL's own `COPY … TO STDOUT` of the same rows, in turn, and the most memory that the gateway takes for it.
 *
 *   npx tsx bench/export.ts                               on an embedded server made for the run; writes its section of bench/RESULTS.md
 *   npx tsx bench/export.ts --url postgres://…/postgres   on another server, with or without TimescaleDB, in a database that is dropped at the end
 *   npx tsx bench/export.ts --keep --rounds 1             a quick look; --keep leaves RESULTS.md alone
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openStore } from '../db/open-store.ts';
import { MICROS_PER_MINUTE } from '../db/time/instant.ts';
import { sensorIds } from './answers/factory.ts';
import { describeRun } from './answers/machine.ts';
import { benchFile, startServer } from './answers/processes.ts';
import { writeSection } from './answers/results-file.ts';
import { createDatabase, dropDatabase, selectFacts } from './answers/store.ts';
import { COPIES, copyOut } from './export/copy-out.ts';
import { DOWNLOADS, download, type Taken } from './export/download.ts';
import { composeReport } from './export/report.ts';
import { startOwnServer } from './own-server.ts';
import { fillHistory } from './scale/fill.ts';

const MAIN = benchFile('../dist/server/main.js');
const DATABASE = 'thermograph_bench_export';
/** Long past, so that TimescaleDB has compressed it. */
const FROM = Date.UTC(2025, 2, 1) * 1000;
const ROWS = 1_000_000;
const MINUTES = ROWS / sensorIds.length;
const SILENT = { info: () => undefined, warn: console.warn, error: console.error };

const { values } = parseArgs({ options: { url: { type: 'string' }, keep: { type: 'boolean', default: false }, rounds: { type: 'string', default: '7' } } });

const cleanups: (() => Promise<unknown>)[] = [];
try {
  await main(values.url ?? (await startDatabase()));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup().catch(console.error);
}
process.exit();

async function main(serverUrl: string): Promise<void> {
  if (!existsSync(MAIN)) throw new Error('there is no build: npm run build');
  const url = new URL(serverUrl);
  url.pathname = DATABASE;
  await dropDatabase(serverUrl, DATABASE);
  await createDatabase(serverUrl, DATABASE);
  cleanups.push(() => dropDatabase(serverUrl, DATABASE));
  const store = await openStore({ url: url.href, timezone: 'UTC', log: SILENT });
  await fillHistory(store, { from: FROM, to: FROM + MINUTES * MICROS_PER_MINUTE }, console.log);
  await store.close();
  const taken = await measure(url.href);
  const facts = await selectFacts(url.href);
  const description = { script: 'bench/export.ts', circumstances: 'nothing tied to a core', versions: 'pg-copy-streams 7.0.0' };
  const report = composeReport(facts, describeRun(facts, description), ROWS, taken);
  console.log(report);
  if (!values.keep) await writeSection(`export ${facts.engine}`, report);
}

/** One after the other, round by round, so that a ratio is of the same minute. A gateway of its own for each download of a round, because what it takes at first is what counts. */
async function measure(url: string): Promise<ReadonlyMap<string, readonly Taken[]>> {
  const taken = new Map<string, Taken[]>();
  const note = (name: string, one: Taken) => {
    if (one.rows !== ROWS) throw new Error(`${name} gave ${one.rows} rows instead of ${ROWS}`);
    taken.set(name, [...(taken.get(name) ?? []), one]);
    console.log(
      `${name}: ${(one.ms / 1000).toFixed(2)} s, ${(one.bytes / 1e6).toFixed(0)} MB${one.peakMb === null ? '' : `, at most ${one.peakMb.toFixed(0)} MB above idle`}`,
    );
  };
  for (const copy of COPIES) await copyOut(url, copy);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const wanted of DOWNLOADS) {
      const environment = { DATABASE_URL: url, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none', REFRESH_INTERVAL_MS: '1000000000' };
      const gateway = await startServer({ command: [process.execPath, MAIN, 'serve'], environment, core: null });
      try {
        note(wanted.name, await download(gateway, wanted));
      } finally {
        await gateway.stop();
      }
    }
    for (const copy of COPIES) note(copy.name, await copyOut(url, copy));
  }
  return taken;
}

async function startDatabase(): Promise<string> {
  const server = await startOwnServer();
  cleanups.push(() => server.stop());
  return server.url;
}
