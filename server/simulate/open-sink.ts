import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../settings.ts';
import { type BrokerUrl, parseBrokerUrl } from './broker-url.ts';
import { createCsvFileSink, createCsvFolderSink } from './csv-sink.ts';
import { createGatewaySink } from './gateway-sink.ts';
import { openKafkaSink } from './kafka-sink.ts';
import { openMqttSink } from './mqtt-sink.ts';
import { openNatsSink } from './nats-sink.ts';
import type { SeriesTable } from './reading-batch.ts';
import { isHttpUrl } from './simulate-settings.ts';
import type { Sink, Waiting } from './sink.ts';

/** Where a simulation goes, and how it is best sent there. */
export interface SinkTarget {
  /** In a sentence. */
  readonly name: string;
  /** What is there. Files are never away. */
  readonly who: 'gateway' | 'broker';
  /** Batches under way at a time where what happened is sent as fast as it is taken, and readings in each. */
  readonly lanes: number;
  readonly batchSize: number;
  /** Whether a batch is a file that should not be too small. */
  readonly isGathered: boolean;
  readonly open: (options: OpenSinkOptions) => Promise<Sink>;
}

export interface OpenSinkOptions extends Waiting {
  readonly table: SeriesTable;
  readonly onRejection: (message: string) => void;
}

const RULE = 'must be http://…, csv:FILE, csv:FOLDER/, mqtt://…, kafka://… or nats://…';

/** Reads where to send to; without it, the gateway. Throws UsageError. */
export function sinkTargetOf(sink: string | undefined, gateway: URL): SinkTarget {
  if (sink === undefined) return gatewayTarget(gateway);
  if (sink.startsWith('csv:')) return csvTarget(sink.slice('csv:'.length));
  if (isHttpUrl(sink)) return gatewayTarget(new URL('/', sink));
  const open = BROKERS[/^[a-z]+/.exec(sink)?.[0] ?? ''];
  if (open === undefined || !sink.includes('://')) throw new UsageError(`--sink is ${JSON.stringify(sink)}, but ${RULE}`);
  return brokerTarget(parseBrokerUrl(sink, open.topic), open);
}

interface Broker {
  /** Readings under way at a time. */
  readonly batchSize: number;
  /** Where the address has none. */
  readonly topic: string;
  readonly sink: (url: BrokerUrl, table: SeriesTable, waiting: Waiting) => Promise<Sink>;
}

// Brokers of MQTT drop what a subscriber is behind by more than a thousand messages or so, acknowledged or not: no burst is to be as long.
const MQTT: Broker = { batchSize: 500, topic: 'thermograph/{sensor}', sink: openMqttSink };
const BROKERS: Readonly<Record<string, Broker>> = {
  mqtt: MQTT,
  mqtts: MQTT,
  ws: MQTT,
  wss: MQTT,
  kafka: { batchSize: 5_000, topic: 'readings', sink: openKafkaSink },
  nats: { batchSize: 5_000, topic: 'readings.{sensor}', sink: openNatsSink },
};

/** One lane: brokers take messages one after the other, and many may be under way. */
function brokerTarget(url: BrokerUrl, { sink, batchSize }: Broker): SinkTarget {
  const name = `${url.protocol}://${url.servers.join(',')}/${url.topic}`;
  return { name, who: 'broker', lanes: 1, batchSize, isGathered: false, open: ({ table, ...waiting }) => sink(url, table, waiting) };
}

function gatewayTarget(url: URL): SinkTarget {
  return { name: url.origin, who: 'gateway', lanes: 4, batchSize: 5_000, isGathered: false, open: async (options) => createGatewaySink({ url, ...options }) };
}

function csvTarget(location: string): SinkTarget {
  const path = location.startsWith('//') ? fileURLToPath(`file:${location}`) : location;
  if (path === '') throw new UsageError(`--sink is "csv:", but ${RULE}`);
  const isFolder = path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return {
    name: path,
    who: 'gateway',
    lanes: 1,
    batchSize: 50_000,
    isGathered: isFolder,
    open: async ({ table }) => (isFolder ? createCsvFolderSink(path, table) : createCsvFileSink(path, table)),
  };
}
