/**
 * An answer of 100,000 points in each of its shapes: as points, as columns, as flat rows, as CSV and NDJSON. Time, bytes and the most memory that the gateway takes, a
 * process of its own for each shape and round. The store is one that bench/scale.ts has filled with a year.
 *
 *   npx tsx bench/shapes.ts --url postgres://…/thermograph_bench_scale_year    writes its section of bench/RESULTS.md
 *   npx tsx bench/shapes.ts --url postgres://…/… --keep --rounds 1             a quick look; --keep leaves RESULTS.md alone
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../db/open-store.ts';
import { formatInstant, MICROS_PER_HOUR, MICROS_PER_MINUTE } from '../db/time/instant.ts';
import { sensorIds } from './answers/factory.ts';
import { describeRun } from './answers/machine.ts';
import { benchFile, type RunningServer, startServer } from './answers/processes.ts';
import { writeSection } from './answers/results-file.ts';
import { selectFacts } from './answers/store.ts';
import { medianOf, type Spread, spreadOf, written } from './scale/spread.ts';

const MAIN = benchFile('../dist/server/main.js');
const HOURS = 1000;
const POINTS = HOURS * sensorIds.length;
const VALUES = 'start min max avg';
const REPEATED = 5;

const { values } = parseArgs({
  options: { url: { type: 'string' }, keep: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
});

const ARGUMENTS = 'metrics: ["temperature"], by: SENSOR, from: $from, to: $to, bucket: "1h"';
const HEAD = 'query Shape($from: TimeBound!, $to: TimeBound!)';
const ROWS = `${HEAD} { aggregateRows(${ARGUMENTS}) { sensor ${VALUES} } }`;

/** A shape and how it is asked for: by a document, or at a path. */
const SHAPES = [
  { name: 'points', document: `${HEAD} { aggregates(${ARGUMENTS}) { group { sensor { id } } points { ${VALUES} } } }` },
  { name: 'columns', document: `${HEAD} { aggregates(${ARGUMENTS}) { group { sensor { id } } columns { ${VALUES} } } }` },
  { name: 'rows', document: ROWS },
  { name: 'rows as CSV', path: '/export/rows.csv' },
  { name: 'rows as NDJSON', path: '/export/rows.ndjson' },
] as const;
type Shape = (typeof SHAPES)[number];

/** What one process found of a shape. */
interface Sample {
  readonly bytes: number;
  readonly firstMs: number;
  /** The median of the answers after the first. */
  readonly ms: number;
  /** To the first byte of the body, in the same answers. */
  readonly firstByteMs: number;
  /** Above what it took before, in MB: for the first answer, and for all of them. */
  readonly firstPeak: number;
  readonly peak: number;
}

const cleanups: (() => Promise<unknown>)[] = [];
try {
  await main(values.url ?? '');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup().catch(console.error);
}
process.exit();

async function main(url: string): Promise<void> {
  if (!existsSync(MAIN)) throw new Error('there is no build: npm run build');
  if (url === '') throw new Error('no store is named: --url postgres://…/thermograph_bench_scale_year');
  if (!existsSync('/proc/self/clear_refs')) throw new Error('only Linux says how much memory a process took at most');
  const to = await endOfRecord(url);
  const variables = { from: formatInstant(to - HOURS * MICROS_PER_HOUR), to: formatInstant(to) };
  const documents = await mkdtemp(join(tmpdir(), 'thermograph-shapes-'));
  cleanups.push(() => rm(documents, { recursive: true, force: true }));
  await writeFile(join(documents, 'rows.graphql'), ROWS);
  const samples = new Map<Shape, Sample[]>(SHAPES.map((shape) => [shape, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const shape of SHAPES) {
      const sample = await measure(url, documents, shape, variables);
      samples.get(shape)?.push(sample);
      console.log(
        `${round} ${shape.name}: ${sample.bytes} bytes, ${sample.ms.toFixed(0)} ms, at first ${sample.firstMs.toFixed(0)} ms and ${sample.firstPeak.toFixed(0)} MB, at most ${sample.peak.toFixed(0)} MB`,
      );
    }
  }
  const facts = await selectFacts(url);
  const report = composeReport(
    samples,
    describeRun(facts, {
      script: 'bench/shapes.ts',
      circumstances: 'nothing tied to a core',
      versions: `${sensorIds.length} series, ${HOURS} hours: ${POINTS.toLocaleString('en')} points of ${VALUES.replaceAll(' ', ', ')}`,
    }),
  );
  console.log(report);
  if (!values.keep) await writeSection('shapes', report);
}

async function endOfRecord(url: string): Promise<number> {
  const store = await openStore({ url, timezone: 'UTC', log: { info: () => undefined, warn: console.warn, error: console.error } });
  const { rows } = await store.readPool.query<{ to: number }>({ text: 'select (extract(epoch from max(time)) * 1000000)::bigint as to from series_latest' });
  await store.close();
  return (rows[0]?.to ?? 0) + MICROS_PER_MINUTE;
}

async function measure(url: string, documents: string, shape: Shape, variables: Readonly<Record<'from' | 'to', string>>): Promise<Sample> {
  const environment = { DATABASE_URL: url, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none', REFRESH_INTERVAL_MS: '1000000000', THERMOGRAPH_DOCUMENTS: documents };
  const gateway = await startServer({ command: [process.execPath, MAIN, 'serve'], environment, core: null });
  try {
    // The way is gone once for a day, so that connections, catalogue and document are there.
    await ask(gateway, shape, { ...variables, from: formatInstant(Date.parse(variables.to) * 1000 - 24 * MICROS_PER_HOUR) });
    const before = await memoryOf(gateway);
    await writeFile(`/proc/${gateway.pid}/clear_refs`, '5');
    const first = await ask(gateway, shape, variables);
    const firstPeak = (await memoryOf(gateway)).most - before.now;
    const later = [];
    for (let time = 0; time < REPEATED; time += 1) later.push(await ask(gateway, shape, variables));
    const peak = (await memoryOf(gateway)).most - before.now;
    return {
      bytes: first.bytes,
      firstMs: first.ms,
      ms: medianOf(later.map(({ ms }) => ms)),
      firstByteMs: medianOf(later.map(({ firstByteMs }) => firstByteMs)),
      firstPeak,
      peak,
    };
  } finally {
    await gateway.stop();
  }
}

/** In MB, of a process. */
async function memoryOf({ pid }: RunningServer): Promise<{ readonly now: number; readonly most: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const figure = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { now: figure('VmRSS'), most: figure('VmHWM') };
}

/** Takes an answer as fast as it comes, and throws it away. */
function ask(
  gateway: RunningServer,
  shape: Shape,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly bytes: number; readonly ms: number; readonly firstByteMs: number }> {
  const isExport = 'path' in shape;
  const url = new URL(isExport ? `${shape.path}?${new URLSearchParams(variables).toString()}` : '/graphql', gateway.url);
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: isExport ? 'GET' : 'POST', headers: isExport ? {} : { 'content-type': 'application/json' } }, (response) => {
      let bytes = 0;
      let firstByteMs = 0;
      response.on('data', (chunk: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - startedAt;
        if (bytes === 0 && (response.statusCode !== 200 || chunk.subarray(0, 10).toString() === '{"errors":'))
          reject(new Error(chunk.toString().slice(0, 1000)));
        bytes += chunk.length;
      });
      response.on('end', () => resolve({ bytes, ms: performance.now() - startedAt, firstByteMs }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(isExport ? undefined : JSON.stringify({ query: shape.document, variables }));
  });
}

function composeReport(samples: ReadonlyMap<Shape, readonly Sample[]>, facts: readonly string[]): string {
  const rows = [...samples].map(([{ name }, found]) => {
    const spread = (figure: (sample: Sample) => number): Spread => spreadOf(found.map(figure));
    const each = [
      spread(({ ms }) => ms),
      spread(({ firstByteMs }) => firstByteMs),
      spread(({ firstMs }) => firstMs),
      spread(({ firstPeak }) => firstPeak),
      spread(({ peak }) => peak),
    ];
    return `| ${[name, (found[0]?.bytes ?? 0).toLocaleString('en'), ...each.map((figure) => written(figure, 0))].join(' | ')} |`;
  });
  return `## An answer of ${POINTS.toLocaleString('en')} points, in its shapes

${facts.map((fact) => `- ${fact}`).join('\n')}

A process of its own for each shape and round; one answer at first, then ${REPEATED}. Memory is the most that was resident above what was before, taken by the first answer and by all six. The median over the rounds, with least and most.

| | bytes | ms | ms to the first byte | ms, the first answer | MB, the first answer | MB, all of them |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}`;
}
