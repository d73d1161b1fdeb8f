/**
 * How fast readings come in with 1,000 thresholds in force, beside `psql \copy` of the same rows in the same run: in time order, as a process does that has loaded before, and
 * then every one of them corrected, shuffled.
 *
 *   npm run bench:load                                            1,000,000 readings, from a file and over POST /ingest, on an embedded server made for the run
 *   npm run bench:load -- --readings 10000000 --rounds 2
 *   npm run bench:load -- --url postgres://…/postgres             on another server (databases whose names begin with thermograph_bench_ are made and dropped)
 *   npm run bench:load -- --ways file --keep                      one way; RESULTS.md is left alone
 *   npm run bench:load -- --beside 'tests on the same cores'      says in the report what else the machine did
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ThresholdInput } from '../db/check-threshold.ts';
import { refreshStaleDays } from '../db/refresh.ts';
import type { Store } from '../db/store.ts';
import { saveSourceCatalogue } from '../etl/save-source-catalogue.ts';
import { catalogue } from './answers/factory.ts';
import { describeRun } from './answers/machine.ts';
import { writeSection } from './answers/results-file.ts';
import { type StoreFacts, selectFacts } from './answers/store.ts';
import { type Input, type InputKind, type Order, writeInput } from './load/inputs.ts';
import { copyByPsql, type Loaded, loadAsFile, runOn, type Way, withGateway } from './load/loads.ts';
import { composeReport, type Measured } from './load/report.ts';
import { startOwnServer } from './own-server.ts';
import { withOwnStore } from './own-store.ts';
import { createThresholds, rareThresholds } from './thresholds-in-force.ts';

const THRESHOLDS = 1000;
/** So many readings a process has loaded before it is measured: compiling its own code is no part of what a gateway that runs for years does. */
const MOST_EARLIER = 1_000_000;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    readings: { type: 'string', default: '1000000' },
    ways: { type: 'string', default: 'file,POST /ingest' },
    thresholds: { type: 'string', default: String(THRESHOLDS) },
    keep: { type: 'boolean', default: false },
    beside: { type: 'string' },
  },
});

const directory = await mkdtemp(join(tmpdir(), 'thermograph-bench-'));
const server = values.url === undefined ? await startOwnServer() : null;
const serverUrl = values.url ?? server?.url ?? '';
try {
  await compare();
} finally {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
}

async function compare(): Promise<void> {
  const inputs = {
    'in time order': await writeInput(join(directory, 'ordered'), Number(values.readings), 'in time order'),
    shuffled: await writeInput(join(directory, 'shuffled'), Number(values.readings), 'shuffled'),
    earlier: await writeInput(join(directory, 'earlier'), Math.min(Number(values.readings), MOST_EARLIER), 'earlier'),
  };
  const { thresholds, facts } = await withDatabase([], async (store, url) => {
    await loadAsFile(store, inputs['in time order']);
    return { thresholds: await rareThresholds(store, Number(values.thresholds)), facts: await selectFacts(url) };
  });
  const measured: Measured[] = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const way of values.ways.split(',') as Way[]) measured.push(...(await loadBoth(way, inputs, thresholds)));
  }
  const report = composeReport(measured, { facts: describe(facts), engine: facts.engine, readings: inputs.shuffled.readings, thresholds: thresholds.length });
  console.log(report);
  if (!values.keep) await writeSection(`load ${facts.engine} ${values.readings}`, report);
}

function describe(facts: StoreFacts): string[] {
  return describeRun(facts, {
    script: 'bench/load.ts',
    circumstances: values.beside === undefined ? 'nothing tied to a core' : `nothing tied to a core; beside ${values.beside}`,
    versions: `${values.rounds} rounds`,
  });
}

/** In time order, after what is earlier, then all of it corrected, shuffled; before each, `\copy` of the same rows. */
async function loadBoth(way: Way, inputs: Readonly<Record<InputKind, Input>>, thresholds: readonly ThresholdInput[]): Promise<readonly Measured[]> {
  return withDatabase(thresholds, async (store, url) => {
    const measure = async (load: (input: Input) => Promise<Loaded>) => {
      await load(inputs.earlier);
      // Else a gateway would do it beneath what is measured.
      await refreshStaleDays(store);
      return [await one(way, 'in time order', load, inputs, url), await one(way, 'shuffled', load, inputs, url)];
    };
    return way === 'file' ? measure((input) => loadAsFile(store, input)) : withGateway(url, measure);
  });
}

async function one(way: Way, order: Order, load: (input: Input) => Promise<Loaded>, inputs: Readonly<Record<Order, Input>>, url: string): Promise<Measured> {
  const input = inputs[order];
  const copyMs = await copyByPsql(url, input);
  await runOn(url, 'checkpoint');
  const { summary, ms } = await load(input);
  const done = order === 'shuffled' ? summary.corrected : summary.loaded;
  if (done !== input.readings && !(order === 'shuffled' && done > input.readings * 0.9))
    throw new Error(`${input.readings} readings were sent, but ${JSON.stringify(summary).slice(0, 500)}`);
  console.log(
    `${way}, ${order}: \\copy ${perSecond(input.readings / copyMs)}, ours ${perSecond(input.readings / ms)}, ratio ${(copyMs / ms).toFixed(2)}, ${summary.breaches} breaches`,
  );
  return { way, order, readings: input.readings, copyMs, ms, breaches: summary.breaches };
}

/** A store with the factory in an empty database of its own. */
function withDatabase<T>(thresholds: readonly ThresholdInput[], work: (store: Store, url: string) => Promise<T>): Promise<T> {
  return withOwnStore(serverUrl, async (store, url) => {
    await saveFactory(store);
    await createThresholds(store, thresholds);
    return work(store, url);
  });
}

async function saveFactory(store: Store): Promise<void> {
  await saveSourceCatalogue(store, {
    locations: catalogue.locations.map((location) => ({ ...location, latitude: null, longitude: null })),
    sensors: catalogue.sensors.map((sensor) => ({ ...sensor, name: null, since: null })),
    metrics: catalogue.metrics.map((metric) => ({ ...metric, description: null })),
    thresholds: [],
  });
}

function perSecond(perMs: number): string {
  return `${Math.round(perMs * 1000).toLocaleString('en')}/s`;
}
