import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { Consumer } from '@platformatic/kafka';
import { connect, connectAsync } from 'mqtt';
import { startMosquitto } from '../../test/support/streams/mosquitto.ts';
import { benchFile } from '../answers/processes.ts';
import { type MessageShape, messageText } from './shapes.ts';

/** A broker full of messages, and who takes them. */
export interface FilledBroker {
  /** The `source` of a job. */
  readonly source: string;
  /** Takes all messages and throws them away; answers in how many milliseconds, from the first to the last. */
  readonly discard: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** A kind of broker. */
export interface BenchBroker {
  readonly name: string;
  /** null: it is not here. */
  readonly fill: (shape: MessageShape) => Promise<FilledBroker | null>;
}

/** The brokers that are measured. */
export const BROKERS: readonly BenchBroker[] = [
  { name: 'MQTT (Mosquitto, QoS 1)', fill: fillMosquitto },
  { name: 'Kafka (librdkafka’s mock)', fill: fillKafka },
  { name: 'NATS JetStream', fill: fillNats },
];

/** Times what lies between the first and the last of so many calls. */
function stopwatch(count: number): { readonly tick: (by?: number) => void; readonly done: Promise<number> } {
  let seen = 0;
  let startedAt = 0;
  let finish: (ms: number) => void = () => undefined;
  const done = new Promise<number>((resolve) => {
    finish = resolve;
  });
  return {
    done,
    tick: (by = 1) => {
      if (seen === 0) startedAt = performance.now();
      seen += by;
      if (seen >= count) finish(performance.now() - startedAt);
    },
  };
}

/** Two sessions, each with all messages: one for us, one to throw away. */
async function fillMosquitto(shape: MessageShape): Promise<FilledBroker | null> {
  const broker = await startMosquitto();
  if (broker === null) return null;
  const sessionOf = (clientId: string) =>
    ({ protocolVersion: 5, clientId, clean: false, properties: { sessionExpiryInterval: 3600, receiveMaximum: 10_000 } }) as const;
  for (const name of ['bench', 'discard']) {
    const client = await connectAsync(broker.url, sessionOf(name));
    await client.subscribeAsync('readings', { qos: 1 });
    await client.endAsync();
  }
  const publisher = await connectAsync(broker.url, { protocolVersion: 5 });
  for (let from = 0; from < shape.messages; from += 1000)
    await Promise.all(
      Array.from({ length: Math.min(1000, shape.messages - from) }, (_, at) => publisher.publishAsync('readings', messageText(shape, from + at), { qos: 1 })),
    );
  await publisher.endAsync();
  return {
    source: `{ kind: mqtt, url: "${broker.url}", topics: readings, clientId: bench }`,
    discard: async () => {
      const { tick, done } = stopwatch(shape.messages);
      const client = connect(broker.url, sessionOf('discard'));
      client.on('message', () => tick());
      const ms = await done;
      await client.endAsync();
      return ms;
    },
    close: broker.close,
  };
}

/** The cluster, and what translates versions for it, in a process of their own. */
async function fillKafka(shape: MessageShape): Promise<FilledBroker | null> {
  const cluster = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), benchFile('streams/kafka-cluster.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line]: unknown[] = await once(cluster.stdout, 'data');
  const { brokers, direct } = JSON.parse(String(line)) as { readonly brokers: readonly string[]; readonly direct: string };
  const kcat = spawn('kcat', ['-P', '-b', direct, '-t', 'readings', '-z', 'gzip', '-X', 'linger.ms=50'], { stdio: ['pipe', 'ignore', 'inherit'] });
  for (let at = 0; at < shape.messages; at += 1) if (!kcat.stdin.write(`${messageText(shape, at)}\n`)) await once(kcat.stdin, 'drain');
  kcat.stdin.end();
  await once(kcat, 'close');
  return {
    source: `{ kind: kafka, brokers: ${JSON.stringify(brokers)}, topics: readings }`,
    discard: async () => {
      const { tick, done } = stopwatch(shape.messages);
      const consumer = new Consumer({ clientId: 'discard', groupId: 'discard', bootstrapBrokers: [...brokers], maxWaitTime: 500 });
      const stream = await consumer.consume({ topics: ['readings'], mode: 'earliest', autocommit: false, maxBytes: 4_000_000, highWaterMark: 100_000 });
      stream.on('data', () => tick());
      const ms = await done;
      await new Promise<void>((resolve) => {
        consumer.close(true, () => resolve());
      });
      return ms;
    },
    close: async () => {
      cluster.stdin.end();
      await once(cluster, 'close');
    },
  };
}

async function fillNats(shape: MessageShape): Promise<FilledBroker | null> {
  const connection = await connectNats({ servers: '127.0.0.1:4222' }).catch(() => null);
  if (connection === null) return null;
  const name = `thermograph_bench_${process.pid}_${shape.readingsEach}`;
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name, subjects: [name] });
  const client = jetstream(connection);
  for (let from = 0; from < shape.messages; from += 1000)
    await Promise.all(Array.from({ length: Math.min(1000, shape.messages - from) }, (_, at) => client.publish(name, messageText(shape, from + at))));
  return {
    source: `{ kind: nats, servers: "127.0.0.1:4222", stream: ${name} }`,
    discard: async () => {
      await manager.consumers.add(name, { durable_name: 'discard', ack_policy: AckPolicy.Explicit, max_ack_pending: 20_000 });
      const consumer = await client.consumers.get(name, 'discard');
      const { tick, done } = stopwatch(shape.messages);
      let taken = 0;
      while (taken < shape.messages)
        for await (const message of await consumer.fetch({ max_messages: Math.min(5_000, shape.messages - taken), expires: 1_000 })) {
          message.ack();
          taken += 1;
          tick();
        }
      return done;
    },
    close: async () => {
      await manager.streams.delete(name);
      await connection.close();
    },
  };
}
