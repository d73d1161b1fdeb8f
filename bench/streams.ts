/**
 * How many readings a second come from MQTT, Kafka and JetStream into the store, and how many a consumer takes that throws them away, in one run: the broker is filled, then both take everything from it.
 *
 *   npx tsx bench/streams.ts                               on an embedded server made for the run; writes its section of bench/RESULTS.md
 *   npx tsx bench/streams.ts --url postgres://…/postgres   on another server, with or without TimescaleDB, in a database that is dropped at the end
 *   npx tsx bench/streams.ts --keep --only nats            a quick look; --keep leaves RESULTS.md alone
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openStore } from '../db/open-store.ts';
import { describeRun } from './answers/machine.ts';
import { benchFile, startServer } from './answers/processes.ts';
import { writeSection } from './answers/results-file.ts';
import { createDatabase, dropDatabase, selectFacts } from './answers/store.ts';
import { startOwnServer } from './own-server.ts';
import { BROKERS, type FilledBroker } from './streams/brokers.ts';
import { MESSAGE_SHAPES, type MessageShape } from './streams/shapes.ts';

const DATABASE = 'thermograph_bench_streams';
const SILENT = { info: () => undefined, warn: console.warn, error: console.error };
const PATIENCE_MS = 300_000;

const { values } = parseArgs({ options: { url: { type: 'string' }, keep: { type: 'boolean', default: false }, only: { type: 'string', default: '' } } });

interface Measured {
  readonly broker: string;
  readonly shape: MessageShape;
  readonly discardedMs: number;
  /** Readings a second between the commits of the first and of the last batch, without those of the first. */
  readonly loadedASecond: number;
  readonly batches: number;
}

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
  const url = new URL(serverUrl);
  url.pathname = DATABASE;
  const measured: Measured[] = [];
  let engine = 'postgres';
  let facts: readonly string[] = [];
  for (const { name, fill } of BROKERS) {
    if (!name.toLowerCase().includes(values.only)) continue;
    for (const shape of MESSAGE_SHAPES) {
      await dropDatabase(serverUrl, DATABASE);
      await createDatabase(serverUrl, DATABASE);
      await (await openStore({ url: url.href, timezone: 'UTC', log: SILENT })).close();
      const filled = await fill(shape);
      if (filled === null) {
        console.log(`${name} is not here`);
        continue;
      }
      try {
        const discardedMs = await filled.discard();
        const loaded = await load(filled, shape, url.href);
        measured.push({ broker: name, shape, discardedMs, ...loaded });
        console.log(
          `${name}, ${shape.name}: ${Math.round(loaded.loadedASecond)} readings/s loaded in ${loaded.batches} batches, ${Math.round((shape.messages * shape.readingsEach * 1000) / discardedMs)} thrown away`,
        );
      } finally {
        await filled.close();
      }
    }
  }
  const found = await selectFacts(url.href);
  engine = found.engine;
  facts = describeRun(found, {
    script: 'bench/streams.ts',
    circumstances: 'nothing tied to a core; gateway, PostgreSQL and broker on the same machine',
    versions: 'mqtt 5.16.0, @platformatic/kafka 1.22.0, @nats-io/jetstream 3.3.1',
  });
  await dropDatabase(serverUrl, DATABASE);
  const report = composeReport(engine, facts, measured);
  console.log(report);
  if (!values.keep) await writeSection(`streams ${engine}`, report);
}

/** A gateway takes everything. */
async function load({ source }: FilledBroker, { messages, readingsEach }: MessageShape, url: string): Promise<Pick<Measured, 'loadedASecond' | 'batches'>> {
  const folder = await mkdtemp(join(tmpdir(), 'thermograph-bench-jobs-'));
  await writeFile(join(folder, 'bench.yaml'), `source: ${source}\nmapping: { register: true }\nlimits: { sla: null }\n`);
  const environment = { DATABASE_URL: url, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none', THERMOGRAPH_JOBS: folder };
  const gateway = await startServer({
    command: [process.execPath, '--import', import.meta.resolve('tsx'), benchFile('../server/main.ts'), 'serve'],
    environment,
    core: null,
  });
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const giveUpAt = Date.now() + PATIENCE_MS; Date.now() < giveUpAt; await sleep(200)) {
      const { rows } = await client.query<{ received: number; rest: number; seconds: number; batches: number }>(
        `select coalesce(sum(received), 0)::int as received, coalesce(sum(received) filter (where id > (select min(id) from batch)), 0)::int as rest,
                coalesce(extract(epoch from max(committed_at) - min(committed_at)), 0)::float as seconds, count(*)::int as batches
           from batch`,
      );
      const [so] = rows;
      if (so !== undefined && so.received >= messages * readingsEach) return { loadedASecond: so.rest / so.seconds, batches: so.batches };
    }
    throw new Error(`not all readings came within ${PATIENCE_MS} ms`);
  } finally {
    await client.end();
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function composeReport(engine: string, facts: readonly string[], measured: readonly Measured[]): string {
  const whole = (number: number) => Math.round(number).toLocaleString('en');
  const lines = measured.map(({ broker, shape, discardedMs, loadedASecond, batches }) => {
    const discarded = (shape.messages * shape.readingsEach * 1000) / discardedMs;
    return `| ${[broker, shape.name, whole(loadedASecond), whole(discarded), (loadedASecond / discarded).toFixed(2), batches].join(' | ')} |`;
  });
  return `## From brokers, into ${engine === 'timescale' ? 'TimescaleDB' : 'plain PostgreSQL'}

${facts.map((fact) => `- ${fact}`).join('\n')}

The broker is filled with ${MESSAGE_SHAPES.map(({ messages, name }) => `${whole(messages)} messages of ${name}`).join(', or ')}, in time order over 100 sensors. A consumer of the same client takes all of them and throws them away, unread; then a gateway loads them. Mosquitto hands over as many messages as are asked of it. Kafka is librdkafka's mock, behind a translator of protocol versions, both in a process of their own; what they take is in both columns.

| | | readings a second, loaded | readings a second, thrown away | | batches |
| --- | --- | ---: | ---: | ---: | ---: |
${lines.join('\n')}`;
}

async function startDatabase(): Promise<string> {
  const server = await startOwnServer();
  cleanups.push(() => server.stop());
  return server.url;
}
