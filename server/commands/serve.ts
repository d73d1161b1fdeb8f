import { Command } from 'commander';
import type { Kept } from '../../alerts/watching/purge.ts';
import { startWatcher } from '../../alerts/watching/watcher.ts';
import { declineSample } from '../../db/sample-load.ts';
import { exactMicros, parseDuration } from '../../db/time/duration.ts';
import { startRefresher } from '../../etl/refresher.ts';
import { createReport } from '../ingest-report.ts';
import { fillEmptyStore } from '../load-sample.ts';
import { createLogger } from '../logger.ts';
import { openGatewayStore } from '../open-gateway-store.ts';
import { checkPort } from '../port.ts';
import { type Environment, isLoopback, readServingSettings, type ServingSettings } from '../settings.ts';
import { aborted, withShutdown } from '../shutdown.ts';
import { addOptions, JOBS_OPTION, LISTENING_OPTIONS, type SettingOption, SOURCES_OPTION, STORAGE_OPTIONS, withOptions } from './settings-options.ts';

const OPTIONS: readonly SettingOption[] = [
  ...LISTENING_OPTIONS,
  {
    flags: '--allowed-hosts <names>',
    variable: 'ALLOWED_HOSTS',
    description: 'names, separated by commas, by which the gateway is called from elsewhere; requests for any but these and localhost are refused',
  },
  {
    flags: '--sample <none>',
    variable: 'THERMOGRAPH_SAMPLE',
    description: 'none: leave a new store empty, for good, instead of filling it with the bundled sample',
  },
  SOURCES_OPTION,
  JOBS_OPTION,
  {
    flags: '--documents <directory>',
    variable: 'THERMOGRAPH_DOCUMENTS',
    description: 'the folder with query documents of your own: x.graphql in it is exported as /export/x.csv (default: documents)',
  },
  ...STORAGE_OPTIONS,
];

const HELP = `
Without --database-url it starts a PostgreSQL of its own over the data directory. An empty store
is filled with the bundled sample. The line "ready" says at which URL GraphQL and GraphiQL are.

Limits, each an environment variable:
  MAX_POINTS              points that one request may ask for (100000)
  MAX_READINGS            readings that the database may have to read for one request (5000000)
  MAX_NODES               members of all the lists that one answer holds (200000)
  MAX_SOCKETS             WebSockets and event streams that are open at the same time (20000)
  MAX_SUBSCRIPTIONS_PER_SOCKET  subscriptions, and other operations under way, of a WebSocket (100)
  MAX_SUBSCRIBERS         subscriptions of all sockets and streams at the same time (50000)
  MAX_SUBSCRIBER_BACKLOG  bytes that the client of a subscription may leave untaken (262144)
  HEARTBEAT_INTERVAL_MS   between two heartbeats of a subscription, 100 to 10000 (5000)
  QUERY_TIMEOUT_MS        a statement of a question is stopped after this long (30000)
  MAX_REQUEST_BYTES       length of the body of a GraphQL request (1048576)
  MAX_DOCUMENT_BYTES      length of a GraphQL document (100000)
  MAX_DOCUMENT_TOKENS     its tokens (10000)
  MAX_QUERY_DEPTH         levels of its fields (12)
  MAX_ROOT_FIELDS         fields at the root of an operation (30)
  MAX_ALIASES             aliases in an operation (100)
  MAX_FIELDS              fields in an operation (1000)
  MAX_CONCURRENT_INGESTS  inputs that POST /ingest loads at the same time (4)
  IDEMPOTENCY_KEPT        how long the answer under an Idempotency-Key is kept (24h)
  MAX_CONCURRENT_RUNS     runs of jobs that are under way at the same time (2)
  INSTANCE                how this gateway is called in the records of its runs (the machine's name)
  MAX_CONCURRENT_EXPORTS  connections that GET /export sends whole at the same time (4)
  EXPORT_STALL_MS         the client of an export may take nothing of it for so long (60000)
  EXPORT_TIMEOUT_MS       the client of an export may take so long for all of it (3600000)
  BATCH_SIZE              readings of a long input that are loaded together at most (400000)
  REFRESH_INTERVAL_MS     pause between two looks for stale rollups (5000)
  BREACHES_KEPT           how long breaches are kept, such as 90d (for ever)
  REJECTED_KEPT           how long rejected readings are kept (90d)
  MAX_REJECTED            how many rejected readings are kept (1000000)
  RUNS_KEPT               how long runs of jobs and records of batches are kept (365d)
  LATE_AFTER              a breach whose time is longer past than this is late (1h)

Examples:
  $ thermograph serve
  $ thermograph serve --port 0 --data /var/lib/thermograph --timezone Asia/Seoul
  $ DATABASE_URL=postgres://thermograph@db:5432/thermograph thermograph serve --sample none
  $ curl 'http://127.0.0.1:4000/graphql?query=%7Bstore%7Breadings%7D%7D'`;

/** `thermograph serve`: the gateway, until it is told to stop. */
export function createServeCommand(environment: Environment): Command {
  const command = addOptions(new Command('serve').description('answer GraphQL over HTTP and take readings'), OPTIONS).addHelpText('after', HELP);
  return command.action((given: Record<string, unknown>) => serve(withOptions(environment, given, OPTIONS)));
}

async function serve(environment: Environment): Promise<void> {
  const settings = readServingSettings(environment);
  const log = createLogger({ level: settings.LOG_LEVEL });
  await withShutdown({ log, environment }, async (shutdown) => {
    await checkPort(settings);
    const store = await openGatewayStore(settings, log, shutdown, settings.QUERY_TIMEOUT_MS);
    await store.engine.maintain(store.writePool, store.timezone);
    if (settings.THERMOGRAPH_SAMPLE === 'none') await declineSample(store.writePool);
    else {
      const report = createReport(process.stdout, log);
      shutdown.defer(() => Promise.resolve(report.close()));
      await fillEmptyStore(store, { batchSize: settings.BATCH_SIZE, signal: shutdown.signal, report });
    }
    shutdown.signal.throwIfAborted();
    const refresher = startRefresher({ store, log, intervalMs: settings.REFRESH_INTERVAL_MS });
    shutdown.defer(() => refresher.stop());
    const watcher = startWatcher({ store, log, kept: keptBy(settings) });
    shutdown.defer(() => watcher.stop());
    // Only here, because other commands start faster and smaller without jobs and GraphQL.
    const { startEtl } = await import('../start-etl.ts');
    const etl = startEtl({ store, settings, environment, log });
    shutdown.defer(() => etl.stop());
    const { startGateway } = await import('../gateway.ts');
    const gateway = await startGateway(store, settings, log, etl.library);
    shutdown.defer(() => gateway.stop());
    log.warn(
      { host: settings.HOST },
      `no authentication: everybody ${isLoopback(settings.HOST) ? 'on this machine' : 'who reaches this address'} may read and write`,
    );
    log.info({ url: gateway.url, engine: store.engine.name, timezone: store.timezone }, 'ready');
    await aborted(shutdown.signal);
  });
  log.info('stopped');
}

function keptBy({ BREACHES_KEPT, REJECTED_KEPT, MAX_REJECTED, RUNS_KEPT }: ServingSettings): Kept {
  return {
    breaches: BREACHES_KEPT === undefined ? null : exactMicros(parseDuration(BREACHES_KEPT, 'BREACHES_KEPT')),
    rejected: exactMicros(parseDuration(REJECTED_KEPT, 'REJECTED_KEPT')),
    mostRejected: MAX_REJECTED,
    runs: exactMicros(parseDuration(RUNS_KEPT, 'RUNS_KEPT')),
  };
}
