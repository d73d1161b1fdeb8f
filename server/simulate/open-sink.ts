import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../settings.ts';
import { createCsvFileSink, createCsvFolderSink } from './csv-sink.ts';
import { createGatewaySink } from './gateway-sink.ts';
import type { SeriesTable } from './reading-batch.ts';
import { isHttpUrl } from './simulate-settings.ts';
import type { Sink, Waiting } from './sink.ts';

/** Where a simulation goes, and how it is best sent there. */
export interface SinkTarget {
  /** In a sentence. */
  readonly name: string;
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
  throw new UsageError(`--sink is ${JSON.stringify(sink)}, but ${RULE}`);
}

function gatewayTarget(url: URL): SinkTarget {
  return { name: url.origin, lanes: 4, batchSize: 5_000, isGathered: false, open: async (options) => createGatewaySink({ url, ...options }) };
}

function csvTarget(location: string): SinkTarget {
  const path = location.startsWith('//') ? fileURLToPath(`file:${location}`) : location;
  if (path === '') throw new UsageError(`--sink is "csv:", but ${RULE}`);
  const isFolder = path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return {
    name: path,
    lanes: 1,
    batchSize: 50_000,
    isGathered: isFolder,
    open: async ({ table }) => (isFolder ? createCsvFolderSink(path, table) : createCsvFileSink(path, table)),
  };
}
