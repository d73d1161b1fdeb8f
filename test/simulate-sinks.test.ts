import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { connectAsync } from 'mqtt';
import { describe, expect, it, vi } from 'vitest';
import { parseBrokerUrl } from '../server/simulate/broker-url.ts';
import { createFactory } from '../server/simulate/factory.ts';
import { tellFactory } from '../server/simulate/factory-story.ts';
import { NO_FAULTS } from '../server/simulate/faults.ts';
import { sinkTargetOf } from '../server/simulate/open-sink.ts';
import type { DueBatch } from '../server/simulate/reading-batch.ts';
import { csvLinesOf } from '../server/simulate/record-text.ts';
import type { Sink } from '../server/simulate/sink.ts';
import { hasKafka, MockCluster } from './support/kafka/mock-cluster.ts';
import { answers } from './support/streams/consumer.ts';

vi.setConfig({ testTimeout: 30_000 });

const NAME = `thermograph-test-${process.pid}`;
const GATEWAY = new URL('http://127.0.0.1:1');
const [hasMqtt, hasNats] = [await answers('an MQTT broker', 1883), await answers('NATS with JetStream', 4222)];

const FACTORY = createFactory({ sensors: 5, metrics: ['temperature', 'humidity'], prefix: 'sim' });
const STORY = {
  factory: FACTORY,
  seed: 5,
  from: Date.parse('2025-01-01T00:00:00Z') * 1000,
  to: Number.POSITIVE_INFINITY,
  cadence: 60e6,
  // Fewer messages than a broker of MQTT keeps for a subscriber that is behind.
  readings: 800,
  faults: { ...NO_FAULTS, corrections: 0.2, late: 0.1 },
  lateBy: 600e6,
  skewBy: 0,
};

/** Sends the story whole, and gives the lines of what was sent, `time,sensor,metric,value`. */
async function sendTo(sink: string): Promise<readonly string[]> {
  const waits: string[] = [];
  const opened = await sinkTargetOf(sink, GATEWAY).open({
    table: FACTORY.table,
    signal: new AbortController().signal,
    patienceMs: 10_000,
    onWait: (reason) => waits.push(reason),
    onRejection: (message) => expect.unreachable(message),
  });
  const lines: string[] = [];
  for (const batch of tellFactory(STORY)) {
    expect(await opened.send(batch)).toMatchObject({ sent: batch.length });
    lines.push(...linesOf(batch));
  }
  await opened.close();
  expect(waits).toEqual([]);
  return lines;
}

function linesOf(batch: DueBatch): readonly string[] {
  return csvLinesOf(batch, FACTORY.table).trimEnd().split('\n');
}

/** The same lines, of records of JSON. */
function linesOfRecord(text: string): readonly string[] {
  const { time, sensor, metric, value, ...metrics }: Record<string, string | number> = JSON.parse(text);
  return (metric === undefined ? Object.entries(metrics) : [[metric, value]]).map(([id, measured]) => `${time},${sensor},${id},${measured}`);
}

function expectInOrder(heard: readonly string[], sent: readonly string[]): void {
  for (const { id } of FACTORY.sensors) {
    const of = (lines: readonly string[]) => lines.filter((line) => line.includes(`,${id},`));
    expect(of(heard)).toEqual(of(sent));
  }
  expect(heard.length).toBe(sent.length);
}

describe.skipIf(!hasMqtt)('a broker of MQTT', () => {
  it.each([
    ['a message for each sensor and instant', '{sensor}', 'sim-0002'],
    ['a message for each reading', '{sensor}/{metric}', 'sim-0002/humidity'],
  ])('gets all, in order, as %s', async (_claim, template, topic) => {
    const heard: { readonly topic: string; readonly text: string }[] = [];
    const listener = await connectAsync('mqtt://127.0.0.1:1883', { protocolVersion: 5 });
    listener.on('message', (to, payload) => heard.push({ topic: to, text: payload.toString() }));
    await listener.subscribeAsync(`${NAME}/#`, { qos: 1 });

    const sent = await sendTo(`mqtt://127.0.0.1:1883/${NAME}/${template}`);
    await expect.poll(() => heard.flatMap(({ text }) => linesOfRecord(text)).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(sent.length);
    await listener.endAsync();

    expectInOrder(
      heard.flatMap(({ text }) => linesOfRecord(text)),
      sent,
    );
    expect(heard.some((message) => message.topic === `${NAME}/${topic}`)).toBe(true);
  });
});

describe.skipIf(!hasNats)('JetStream', () => {
  it('gets all, in order, in a stream that is made if asked for, and refuses a subject that no stream stores', async () => {
    const connection = await connect({ servers: '127.0.0.1:4222' });
    const manager = await jetstreamManager(connection);
    const target = `nats://127.0.0.1:4222/${NAME}.{sensor}`;
    await expect(sendTo(target)).rejects.toMatchObject({ code: 'SINK_REFUSED' });

    const sent = await sendTo(`${target}?stream=${NAME}`);
    const heard: string[] = [];
    const consumer = await jetstream(connection).consumers.get(NAME);
    const { state } = await manager.streams.info(NAME);
    for await (const message of await consumer.fetch({ max_messages: state.messages })) heard.push(...linesOfRecord(message.string()));
    await manager.streams.delete(NAME);
    await connection.close();

    expectInOrder(heard, sent);
  });
});

describe.skipIf(!hasKafka())('a Kafka cluster', () => {
  it('gets all, those of each sensor in one partition and in order', async () => {
    const cluster = await MockCluster.start();
    try {
      const sent = await sendTo(`kafka://${cluster.brokers.join(',')}/readings`);
      const messages = await cluster.messages('readings');
      const partitions = new Map<string, Set<number>>();
      for (const { key, partition } of messages) partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));

      expectInOrder(
        messages.flatMap(({ payload }) => linesOfRecord(payload)),
        sent,
      );
      expect([...partitions.keys()].sort()).toEqual(FACTORY.sensors.map(({ id }) => id));
      expect([...partitions.values()].every((of) => of.size === 1)).toBe(true);
    } finally {
      await cluster.close();
    }
  });
});

describe('files', () => {
  it('are one that has its name once it is whole, or one a batch in a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sinks-'));
    const sent = await sendTo(`csv:${folder}/one.csv`);
    await sendTo(`csv:${folder}/many/`);
    const names = (await readdir(join(folder, 'many'))).sort();
    const many = await Promise.all(names.map((name) => readFile(join(folder, 'many', name), 'utf8')));

    expect(await readFile(join(folder, 'one.csv'), 'utf8')).toBe(['time,sensor,metric,value', ...sent, ''].join('\n'));
    expect(await readdir(folder)).toEqual(['many', 'one.csv']);
    expect(many.flatMap((text) => text.trimEnd().split('\n').slice(1))).toEqual(sent);
    await rm(folder, { recursive: true });
  });
});

describe('a gateway', () => {
  it('that does not answer gets the same batch again, under the same key, before the next', async () => {
    const requests: { readonly key: unknown; readonly body: string }[] = [];
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
      requests.push({ key: request.headers['idempotency-key'], body: await textOf(request) });
      // Once it breaks off, once it is still at it; then it answers.
      if (requests.length === 1) return response.destroy();
      if (requests.length === 2) return response.writeHead(409).end('{"errors":[{"message":"wait"}]}');
      return response.end('{"received":1,"loaded":1,"corrected":0,"unchanged":0,"rejectedCount":0,"rejected":[],"breaches":0}');
    };
    const server = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const waits: string[] = [];
    const sink: Sink = await sinkTargetOf(`http://127.0.0.1:${port}`, GATEWAY).open({
      table: FACTORY.table,
      signal: new AbortController().signal,
      patienceMs: 10_000,
      onWait: (reason) => waits.push(reason),
      onRejection: () => undefined,
    });
    const [batch] = tellFactory({ ...STORY, readings: 3 });
    if (batch === undefined) throw new Error('a story has readings');

    await sink.send(batch);
    await sink.send(batch);
    await new Promise((resolve) => server.close(resolve));

    expect(waits).toEqual([expect.stringMatching(/closed|hang up/), 'wait']);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    const keys = requests.map(({ key }) => key);
    expect([keys.length, new Set(keys.slice(0, 3)).size, keys[3] !== keys[0]]).toEqual([4, 1, true]);
  });
});

it('reads addresses of brokers with users, several servers and templates, and refuses what no topic has', () => {
  expect(parseBrokerUrl('kafka://me:p%40ss@one:9092,two:9092/readings', 'x')).toMatchObject({
    servers: ['one:9092', 'two:9092'],
    username: 'me',
    password: 'p@ss',
    topic: 'readings',
  });
  expect(parseBrokerUrl('nats://here:4222', 'readings.{sensor}').topic).toBe('readings.{sensor}');
  expect(parseBrokerUrl('nats://here:4222/a.{sensor}?stream=A', 'x').parameters.get('stream')).toBe('A');
  expect(() => parseBrokerUrl('mqtt://here/{place}', 'x')).toThrow('--sink has {place}, but a topic knows {sensor} and {metric}');
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
