import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import {
  countedInRuns,
  type EtlFault,
  type EtlStage,
  letEtlFaultsHappen,
  openEtlStage,
  startSimulator,
  verifySimulated,
} from './support/etl-faults/etl-stage.ts';
import { hasKafka, MockCluster } from './support/kafka/mock-cluster.ts';
import { createRandom } from './support/random.ts';
import { startMosquitto } from './support/streams/mosquitto.ts';

/** How many faults; none are in the default run, as one of them takes as long as a gateway takes to start. ETL_SEED for the draws of another run. */
const FAULTS = Number(process.env.ETL_FAULTS ?? 0);
const SEED = Number(process.env.ETL_SEED ?? Math.floor(Math.random() * 1_000_000));
const PATIENCE_MS = 300_000 + FAULTS * 30_000;
const RATE = process.env.ETL_RATE ?? '600';

const LIMITS = 'limits: { retries: 100, retryDelay: 1s, sla: null }';
const AS_SENT = { lost: 0, doubled: 0, wrong: 0, unexpected: 0 };

describe.skipIf(FAULTS === 0)(`two gateways on one source, faults at random (ETL_FAULTS=${FAULTS} ETL_SEED=${SEED})`, () => {
  const killed = Array.from({ length: FAULTS }, (): EtlFault => 'instance killed');
  const restarted = Array.from({ length: FAULTS }, (_, at): EtlFault => (at % 2 === 0 ? 'PostgreSQL restarted' : 'PostgreSQL crashed'));
  const both = Array.from(
    { length: FAULTS },
    (_, at): EtlFault => (['instance killed', 'PostgreSQL restarted', 'instance killed', 'PostgreSQL crashed'] as const)[at % 4] ?? 'instance killed',
  );

  it.skipIf(!hasKafka())(
    'Kafka, instances killed: nothing is lost, doubled or wrong, and each message counts once',
    async () => {
      const cluster = await MockCluster.start();
      const brokers = cluster.brokers.join(',');
      const yaml = `source: { kind: kafka, brokers: "${brokers}", topics: readings, group: readings, sessionTimeout: 6s }\n${LIMITS}`;
      try {
        await expectAsSent({
          yaml,
          sink: `kafka://${brokers}/readings`,
          faults: killed,
          more: ['--faults', 'unknown=0,range=0,corrections=0.05'],
          countAtBroker: async () => readingsIn((await cluster.messages('readings')).map(({ payload }) => payload)),
        });
      } finally {
        await cluster.close();
      }
    },
    PATIENCE_MS,
  );

  it(
    'JetStream, instances killed: nothing is lost, doubled or wrong, and each message counts once',
    async () => {
      const stream = `thermograph_faults_${process.pid}`;
      const connection = await connect({ servers: '127.0.0.1:4222' });
      const manager = await jetstreamManager(connection);
      await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
      const yaml = `source: { kind: nats, servers: 127.0.0.1:4222, stream: ${stream}, consumer: readings, ackWait: 5s }\n${LIMITS}`;
      try {
        await expectAsSent({
          yaml,
          sink: `nats://127.0.0.1:4222/${stream}.{sensor}`,
          faults: killed,
          more: ['--faults', 'unknown=0,range=0,corrections=0.05'],
          countAtBroker: () => readingsOfStream(connection, stream),
        });
      } finally {
        await manager.streams.delete(stream);
        await connection.close();
      }
    },
    PATIENCE_MS,
  );

  it(
    'MQTT, PostgreSQL restarted: nothing is lost, doubled or wrong',
    async () => {
      await expectOfMqtt(restarted, '');
    },
    PATIENCE_MS,
  );

  it(
    'MQTT in a group, instances killed and PostgreSQL restarted: nothing is lost, doubled or wrong',
    async () => {
      await expectOfMqtt(both, ', group: readings');
    },
    PATIENCE_MS,
  );
});

async function expectOfMqtt(faults: readonly EtlFault[], group: string): Promise<void> {
  const broker = await startMosquitto();
  if (broker === null) {
    process.stderr.write('NOT TESTED: Mosquitto is not installed\n');
    return;
  }
  const yaml = `source: { kind: mqtt, url: "${broker.url}", topics: "readings/{sensor}"${group} }\n${LIMITS}`;
  // With a group, or after a message that comes again, the order of messages is nobody's promise.
  const corrections = group === '' ? '0.05' : '0';
  try {
    await expectAsSent({
      yaml,
      sink: `${broker.url}/readings/{sensor}`,
      faults,
      more: ['--faults', `unknown=0,range=0,corrections=${corrections}`],
      countAtBroker: null,
    });
  } finally {
    await broker.close();
  }
}

interface Trial {
  readonly yaml: string;
  readonly sink: string;
  readonly faults: readonly EtlFault[];
  readonly more: readonly string[];
  /** How many readings the broker has, as somebody else counts them: a producer that hears nothing sends again. null: each message may count more than once. */
  readonly countAtBroker: (() => Promise<number>) | null;
}

async function expectAsSent({ yaml, sink, faults, more, countAtBroker }: Trial): Promise<void> {
  const stage = await openEtlStage({ instances: 2, jobs: () => ({ readings: yaml }) });
  const startedAt = Date.now();
  try {
    const simulator = await startSimulator(stage, ['--sink', sink, '--rate', RATE, '--sensors', '40', '--seed', String(SEED), ...more]);
    await letEtlFaultsHappen(stage, faults, { random: createRandom(SEED), pauseMs: 2_000 });
    const sent = await simulator.end();
    const verified = await verifySimulated(stage);
    const counted = await countedInRuns(stage, 'readings');
    const atBroker = (await countAtBroker?.()) ?? null;
    report(stage, { atBroker, seconds: (Date.now() - startedAt) / 1000, sent, verified, counted, faults: faults.length });

    expect(verified).toMatchObject(AS_SENT);
    if (atBroker === null) expect(Number(counted.received)).toBeGreaterThanOrEqual(Number(sent.sent));
    else expect(counted.received).toBe(atBroker);
  } finally {
    await stage.close();
  }
}

/** How many readings are in messages: what is beside the time and the sensor. */
function readingsIn(messages: readonly string[]): number {
  return messages.reduce((sum, message) => sum + Object.keys(JSON.parse(message)).length - 2, 0);
}

/** All that a stream has, read in its order by a consumer of nobody's. */
async function readingsOfStream(connection: NatsConnection, stream: string): Promise<number> {
  const { messages: count } = (await (await jetstreamManager(connection)).streams.info(stream)).state;
  const consumer = await jetstream(connection).consumers.get(stream);
  const texts: string[] = [];
  for await (const message of await consumer.consume()) {
    texts.push(message.string());
    if (texts.length === count) break;
  }
  return readingsIn(texts);
}

/** The figures of a run that nobody starts for its colour alone. */
function report({ instances }: EtlStage, figures: Readonly<Record<string, unknown>>): void {
  const errors = instances.flatMap((instance) => instance.errors).map(({ msg, err }) => `${String(msg)} ${JSON.stringify(err ?? '').slice(0, 200)}`);
  process.stderr.write(`${JSON.stringify({ ...figures, seed: SEED, errors: [...new Set(errors)].slice(0, 10) }, null, 1)}\n`);
}
