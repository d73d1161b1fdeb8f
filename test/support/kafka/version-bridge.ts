import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { BRIDGED_APIS, type BridgedApi, SPOKEN_BY_BOTH } from './apis.ts';
import { decode, encode, type WireMessage, type WireValue } from './wire.ts';

const API_VERSIONS = 18;
const LIST_OFFSETS = 2;
const METADATA = 3;
const FETCH = 1;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const UNSUPPORTED_FOR_MESSAGE_FORMAT = 43;

/** What of the cluster is not as its brokers say. */
export interface ClusterFaults {
  /** Topics that are gone. */
  readonly gone: Set<string>;
  /** Of topics that have fewer partitions than they will have: how many. */
  readonly partitions: Map<string, number>;
  /** Topics whose messages are in a form that has no times. */
  readonly withoutTimes: Set<string>;
}

/** Finds the first message of a partition since a time, in milliseconds; null: there is none. */
export type LookUpTime = (topic: string, partition: number, since: number) => Promise<{ readonly offset: number; readonly time: number } | null>;

interface Asked {
  readonly api: BridgedApi | null;
  readonly request: WireMessage;
  /** Whether the client's header of the answer ends in tagged fields. */
  readonly hasTags: boolean;
}

/**
 * Between a client that speaks Kafka's protocol as of 3.5 and brokers that speak it as of 2.0, such as those that librdkafka brings for tests: the same messages, written in other versions.
 * Groups, offsets and messages are the brokers'; nothing of them is made up here.
 */
export class VersionBridge {
  readonly faults: ClusterFaults = { gone: new Set(), partitions: new Map(), withoutTimes: new Set() };
  /** The brokers say of every time that there is nothing since; so what is asked for by time is looked for in the messages. */
  readonly #lookUp: LookUpTime;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  /** By the port of the broker. */
  readonly #ports = new Map<number, number>();

  private constructor(lookUp: LookUpTime) {
    this.#lookUp = lookUp;
  }

  /** A bridge for brokers on these ports of this machine. */
  static async open(brokerPorts: readonly number[], lookUp: LookUpTime): Promise<VersionBridge> {
    const bridge = new VersionBridge(lookUp);
    for (const port of brokerPorts) await bridge.#listen(port);
    return bridge;
  }

  /** Where clients connect to. */
  get brokers(): readonly string[] {
    return [...this.#ports.values()].map((port) => `127.0.0.1:${port}`);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #listen(brokerPort: number): Promise<void> {
    const server = createServer({ noDelay: true }, (client) => this.#bridge(client, brokerPort));
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address: AddressInfo | string | null = server.address();
    if (address === null || typeof address === 'string') throw new Error('the bridge has no port');
    this.#ports.set(brokerPort, address.port);
  }

  #bridge(client: Socket, brokerPort: number): void {
    const broker = connect({ port: brokerPort, host: '127.0.0.1', noDelay: true });
    const asked = new Map<number, Asked>();
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on(
      'data',
      frames((frame) => this.#request(frame, asked, client, broker)),
    );
    broker.on(
      'data',
      frames((frame) => {
        this.#response(frame, asked, client).catch((error: unknown) => client.destroy(error instanceof Error ? error : undefined));
      }),
    );
  }

  #request(frame: Buffer, asked: Map<number, Asked>, client: Socket, broker: Socket): void {
    const key = frame.readInt16BE(0);
    const version = frame.readInt16BE(2);
    const correlationId = frame.readInt32BE(4);
    if (key === API_VERSIONS) {
      client.write(framed(Buffer.concat([int32(correlationId), versions()])));
      return;
    }
    const api = BRIDGED_APIS.find((one) => one.key === key);
    if (api === undefined) {
      asked.set(correlationId, { api: null, request: {}, hasTags: false });
      broker.write(framed(frame));
      return;
    }
    if (version !== api.newer) throw new Error(`the client speaks version ${version} of ${key}, not ${api.newer}`);
    // Behind the client's name is one byte of tagged fields.
    const bodyAt = 10 + Math.max(0, frame.readInt16BE(8)) + 1;
    const request = decode(api.request, { version, isFlexible: true }, frame.subarray(bodyAt));
    asked.set(correlationId, { api, request, hasTags: true });
    const older = encode(api.request, { version: api.older, isFlexible: false }, api.toOlder?.(request) ?? request);
    const head = Buffer.from(frame.subarray(0, bodyAt - 1));
    head.writeInt16BE(api.older, 2);
    broker.write(framed(Buffer.concat([head, older])));
  }

  async #response(frame: Buffer, asked: Map<number, Asked>, client: Socket): Promise<void> {
    const correlationId = frame.readInt32BE(0);
    const question = asked.get(correlationId);
    asked.delete(correlationId);
    if (question?.api === undefined || question.api === null) {
      client.write(framed(frame));
      return;
    }
    const { api, request } = question;
    const response = decode(api.response, { version: api.older, isFlexible: false }, frame.subarray(4));
    const timed = api.key === LIST_OFFSETS && isByTime(request) ? await this.#offsetsByTime(response, request) : response;
    const newer = this.#changed(api.key, api.toNewer?.(timed, request) ?? timed);
    client.write(framed(Buffer.concat([int32(correlationId), Buffer.from([0]), encode(api.response, { version: api.newer, isFlexible: true }, newer)])));
  }

  /** Addresses are the bridge's, and the cluster has its faults. */
  #changed(key: number, response: WireMessage): WireMessage {
    if (key === METADATA)
      return {
        ...response,
        brokers: each(response.brokers, (broker) => ({ ...broker, host: '127.0.0.1', port: this.#ports.get(Number(broker.port)) ?? 0 })),
        topics: each(response.topics, (topic) => this.#changedTopic(topic)),
      };
    if (key === FETCH)
      return { ...response, topics: each(response.topics, (topic) => (this.faults.gone.has(textOf(topic.topic)) ? withoutRecords(topic) : topic)) };
    return response;
  }

  /** As brokers answer that look times up. */
  async #offsetsByTime(response: WireMessage, request: WireMessage): Promise<WireMessage> {
    const topics: WireMessage[] = [];
    for (const topic of each(response.topics, (one) => one)) {
      const name = textOf(topic.name);
      const partitions: WireMessage[] = [];
      for (const partition of each(topic.partitions, (one) => one)) {
        const found = await this.#lookUp(name, Number(partition.partitionIndex), Number(timestampsOf(request)[0]));
        if (this.faults.withoutTimes.has(name)) partitions.push({ ...partition, errorCode: UNSUPPORTED_FOR_MESSAGE_FORMAT });
        else partitions.push({ ...partition, offset: BigInt(found?.offset ?? -1), timestamp: BigInt(found?.time ?? -1) });
      }
      topics.push({ ...topic, partitions });
    }
    return { ...response, topics };
  }

  #changedTopic(topic: WireMessage): WireMessage {
    const name = textOf(topic.name);
    if (this.faults.gone.has(name)) return { ...topic, errorCode: UNKNOWN_TOPIC_OR_PARTITION, partitions: [] };
    const count = this.faults.partitions.get(name) ?? Number.POSITIVE_INFINITY;
    return { ...topic, partitions: each(topic.partitions, (partition) => partition).filter((partition) => Number(partition.partitionIndex) < count) };
  }
}

/** Whether offsets are asked for by a time, and not by one of the numbers that stand for an end. */
function isByTime(request: WireMessage): boolean {
  return timestampsOf(request).some((timestamp) => timestamp >= 0n);
}

/** One client asks for all by the same. */
function timestampsOf({ topics }: WireMessage): readonly bigint[] {
  return each(topics, (topic) => topic).flatMap((topic) => each(topic.partitions, (partition) => partition).map(({ timestamp }) => BigInt(Number(timestamp))));
}

function withoutRecords(topic: WireMessage): WireMessage {
  return { ...topic, partitions: each(topic.partitions, (partition) => ({ ...partition, errorCode: UNKNOWN_TOPIC_OR_PARTITION, records: null })) };
}

function textOf(value: WireValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function each(list: WireValue | undefined, change: (member: WireMessage) => WireMessage): WireMessage[] {
  return Array.isArray(list) ? list.map(change) : [];
}

/** The answer to a client that asks for versions: those that the bridge translates. */
function versions(): Buffer {
  const spoken = [...BRIDGED_APIS.map(({ key, newer }) => [key, newer] as const), ...SPOKEN_BY_BOTH, [API_VERSIONS, 3] as const];
  const fields = [
    { name: 'errorCode', type: 'int16' },
    {
      name: 'apis',
      type: {
        list: [
          { name: 'key', type: 'int16' },
          { name: 'min', type: 'int16' },
          { name: 'max', type: 'int16' },
        ],
      },
    },
    { name: 'throttleTimeMs', type: 'int32' },
  ] as const;
  return encode(
    fields,
    { version: 3, isFlexible: true },
    { errorCode: 0, apis: spoken.map(([key, version]) => ({ key, min: version, max: version })), throttleTimeMs: 0 },
  );
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function framed(body: Buffer): Buffer {
  return Buffer.concat([int32(body.length), body]);
}

/** Cuts what comes into frames. */
function frames(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    parts.push(chunk);
    size += chunk.length;
    if (size < 4) return;
    let rest = Buffer.concat(parts);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      onFrame(rest.subarray(4, end));
      rest = rest.subarray(end);
    }
    parts = [rest];
    size = rest.length;
  };
}
