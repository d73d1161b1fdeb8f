import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Consumer, Producer, stringSerializers } from '@platformatic/kafka';
import { VersionBridge } from './version-bridge.ts';

/** Whether kcat is there, whose library brings a cluster for tests. */
export function hasKafka(): boolean {
  try {
    execFileSync('kcat', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * A Kafka cluster of three brokers in a process of its own: librdkafka's, which keeps messages, groups and offsets in memory, 5 MB of messages a partition, and makes every topic that is asked for, with four partitions.
 * It speaks the protocol as of 2.0; behind a bridge, as it speaks no other.
 */
export class MockCluster {
  readonly #kcat: ChildProcess;
  readonly bridge: VersionBridge;
  /** Where clients connect to that speak the protocol as of 2.0, such as kcat. */
  readonly direct: string;

  private constructor(kcat: ChildProcess, bridge: VersionBridge, brokers: string) {
    this.#kcat = kcat;
    this.bridge = bridge;
    this.direct = brokers;
  }

  static async start(): Promise<MockCluster> {
    // It lasts as long as its input is open.
    const kcat = spawn('kcat', ['-P', '-b', '127.0.0.1:1', '-t', 'begun', '-X', 'test.mock.num.brokers=3'], { stdio: ['pipe', 'ignore', 'pipe'] });
    const brokers = await brokersOf(kcat);
    const ports = brokers.split(',').map((broker) => Number(broker.split(':')[1]));
    const bridge = await VersionBridge.open(ports, async (topic, partition, since) => {
      const found = (await messagesOf(brokers, topic, ['-p', String(partition)])).find(({ ts }) => ts >= since);
      return found === undefined ? null : { offset: found.offset, time: found.ts };
    });
    return new MockCluster(kcat, bridge, brokers);
  }

  /** Where clients connect to. */
  get brokers(): readonly string[] {
    return this.bridge.brokers;
  }

  /** Writes messages, `key` null for none, `value` null for tombstones, to a partition, or to any by their keys. */
  async produce(topic: string, messages: readonly { readonly key: string | null; readonly value: string | null }[], partition?: number): Promise<void> {
    const args = ['-P', '-b', this.direct, '-t', topic, '-K', '\t', '-Z', ...(partition === undefined ? [] : ['-p', String(partition)])];
    const kcat = spawn('kcat', args, { stdio: ['pipe', 'ignore', 'inherit'] });
    kcat.stdin.end(messages.map(({ key, value }) => `${key ?? ''}\t${value ?? ''}\n`).join(''));
    await once(kcat, 'close');
    if (kcat.exitCode !== 0) throw new Error(`kcat ended with ${kcat.exitCode}`);
  }

  /** Writes messages to a partition as if they had been written at times, in milliseconds. */
  async produceAt(
    topic: string,
    partition: number,
    messages: readonly { readonly at: number; readonly key?: string; readonly value: string }[],
  ): Promise<void> {
    const producer = new Producer({ clientId: 'writes', bootstrapBrokers: [...this.brokers], serializers: stringSerializers });
    await producer.send({
      messages: messages.map(({ at, key, value }) => ({ topic, partition, value, timestamp: BigInt(at), ...(key === undefined ? {} : { key }) })),
    });
    await producer.close();
  }

  /** What the brokers have as a group's offset of a partition; -1: nothing. */
  async committedOffset(group: string, topic: string, partition: number): Promise<number> {
    const consumer = new Consumer({ clientId: 'looks', groupId: group, bootstrapBrokers: [...this.brokers] });
    const committed = await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [partition] }] });
    await consumer.close();
    return Number(committed.get(topic)?.[partition] ?? -1n);
  }

  /** All messages of a topic, each partition's in order. */
  async messages(topic: string): Promise<readonly TopicMessage[]> {
    return messagesOf(this.direct, topic, []);
  }

  async close(): Promise<void> {
    await this.bridge.close();
    const ended = this.#kcat.exitCode === null ? once(this.#kcat, 'close') : null;
    this.#kcat.kill('SIGKILL');
    await ended;
  }
}

/** A message as kcat tells it; `ts` in milliseconds. */
export interface TopicMessage {
  readonly key: string;
  readonly payload: string;
  readonly partition: number;
  readonly offset: number;
  readonly ts: number;
}

async function messagesOf(brokers: string, topic: string, more: readonly string[]): Promise<readonly TopicMessage[]> {
  const kcat = spawn('kcat', ['-C', '-b', brokers, '-t', topic, ...more, '-o', 'beginning', '-e', '-J', '-q'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  kcat.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(kcat, 'close');
  return output.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

const STARTS_WITHIN_MS = 10_000;

function brokersOf(kcat: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let told = '';
    const late = setTimeout(() => reject(new Error(`no cluster within ${STARTS_WITHIN_MS} ms: ${told}`)), STARTS_WITHIN_MS);
    kcat.on('error', reject);
    kcat.stderr?.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      const brokers = /replaced with (\S+)/.exec(told)?.[1];
      if (brokers === undefined) return;
      clearTimeout(late);
      resolve(brokers);
    });
  });
}
