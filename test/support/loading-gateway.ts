import { startEmbeddedServer } from '../../db/embedded/embedded-server.ts';
import { openStore } from '../../db/open-store.ts';
import { ingest } from '../../etl/ingest.ts';
import { BATCH_SIZE, endlessRecords } from './endless-records.ts';

/**
 * A gateway reduced to loading, in a process of its own, so that tests can kill it. Arguments: a data directory for an embedded server, or `-`;
 * `sensor=<id>`, whose readings it loads without end; `url=<database>` in the place of an embedded server.
 * Says on standard output, one JSON object a line, when it is ready and how many records are acknowledged.
 */
function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const [dataDirectory = '-', ...settings] = process.argv.slice(2);
const options = new Map(settings.map((setting): [string, string] => [setting.slice(0, setting.indexOf('=')), setting.slice(setting.indexOf('=') + 1)]));

async function databaseUrl(): Promise<string> {
  const server = await startEmbeddedServer({ dataDirectory, log: silent, onLost: (error) => say({ lost: error.code }) });
  return server.url('postgres');
}

const url = options.get('url') ?? (await databaseUrl());
const store = await openStore({ url, timezone: 'UTC', log: silent });
say({ ready: url });
await ingest(store, endlessRecords(options.get('sensor') ?? 'sensor'), {
  register: true,
  batchSize: BATCH_SIZE,
  onBatch: (_soFar, acknowledged) => say({ acknowledged }),
});
