import { type AddressInfo, isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import type { Store } from '../db/store.ts';
import { exactMicros, parseDuration } from '../db/time/duration.ts';
import { fixedJobLibrary, type JobLibrary } from '../etl/jobs/job-library.ts';
import { createSchema } from '../resolvers/schema.ts';
import { createCostGuard } from './cost-guard.ts';
import { createEtlPath } from './etl-path.ts';
import { createEventStreams } from './event-stream.ts';
import { createDocumentLibrary, logProblems } from './export/document-library.ts';
import { createExportEndpoint, EXPORT_PATH } from './export/export-endpoint.ts';
import { createExporter } from './export/exporter.ts';
import { createFindOperation } from './find-operation.ts';
import { createGraphiql } from './graphiql.ts';
import { createGraphqlEndpoint } from './graphql.ts';
import { createGraphqlService } from './graphql-service.ts';
import { createHealthEndpoint, createReadyEndpoint } from './health.ts';
import { createHttpServer, type Endpoint, type HttpServer } from './http.ts';
import { createIngestEndpoint } from './ingest-endpoint.ts';
import { createDocumentGuard, documentLimitsOf } from './limits.ts';
import { createPersistedDocuments } from './persisted-documents.ts';
import { cannotListen } from './port.ts';
import { sendText } from './respond.ts';
import { Seats } from './seats.ts';
import type { ServingSettings } from './settings.ts';
import { createSockets } from './sockets.ts';
import { startSubscriptions } from './subscriptions/start-subscriptions.ts';
import type { Upgrade } from './upgrade.ts';

/** A gateway that takes requests. */
export interface Gateway {
  /** Of GraphQL, such as http://127.0.0.1:4000/graphql. */
  readonly url: string;
  /** Ends requests under way and closes the port. The store stays open. */
  stop(): Promise<void>;
}

/** Requests under way when the gateway is told to stop have so long; loads are then ended after their last batch, and say so. */
const DRAIN_MS = 8_000;

/** Serves a store over HTTP, and tells of the jobs of a library. Throws StoreError where the port cannot be had. */
export async function startGateway(store: Store, settings: ServingSettings, log: Logger, library: JobLibrary = fixedJobLibrary([])): Promise<Gateway> {
  let isDraining = false;
  const graphiql = createGraphiql();
  const documentLimits = documentLimitsOf(settings);
  const schema = createSchema();
  const limits = { maxPoints: settings.MAX_POINTS, maxReadings: settings.MAX_READINGS, maxNodes: settings.MAX_NODES };
  const costs = createCostGuard(schema, settings.MAX_COST);
  const documents = await createDocumentLibrary({ schema, refuse: createDocumentGuard(documentLimits), folder: settings.THERMOGRAPH_DOCUMENTS });
  logProblems(documents, settings.THERMOGRAPH_DOCUMENTS, log);
  const etl = createEtlPath({ store, library, sourcesFolder: settings.THERMOGRAPH_SOURCES, batchSize: settings.BATCH_SIZE, log });
  const subscriptions = await startSubscriptions({
    store,
    schema,
    limits,
    etl,
    documentLimits,
    costs,
    heartbeatMs: settings.HEARTBEAT_INTERVAL_MS,
    maxSubscribers: settings.MAX_SUBSCRIBERS,
    maxBacklog: settings.MAX_SUBSCRIBER_BACKLOG,
    log,
  });
  const findOperation = createFindOperation(documentLimits);
  const service = await createGraphqlService({
    store,
    log,
    schema,
    limits,
    batchSize: settings.BATCH_SIZE,
    documents,
    etl,
    documentLimits,
    costs,
    findOperation,
  });
  const persisted = createPersistedDocuments({ refuse: createDocumentGuard(documentLimits) });
  const seats = new Seats(settings.MAX_SOCKETS);
  const streams = createEventStreams({ service, subscriptions, findOperation, seats });
  const sockets = createSockets({
    service,
    subscriptions,
    findOperation,
    persisted,
    seats,
    log,
    maxMessageBytes: settings.MAX_REQUEST_BYTES,
    maxOperations: settings.MAX_SUBSCRIPTIONS_PER_SOCKET,
  });
  const http = createHttpServer(
    new Map<string, Endpoint>([
      ['/', { methods: ['GET'], handle: (exchange) => sendText(exchange, 307, '', { location: '/graphql' }) }],
      ['/graphql', createGraphqlEndpoint({ service, streams, persisted, maxRequestBytes: settings.MAX_REQUEST_BYTES, page: graphiql.page })],
      [
        '/ingest',
        createIngestEndpoint({
          store,
          batchSize: settings.BATCH_SIZE,
          maxConcurrent: settings.MAX_CONCURRENT_INGESTS,
          sourcesFolder: settings.THERMOGRAPH_SOURCES,
          idempotencyKeptMs: exactMicros(parseDuration(settings.IDEMPOTENCY_KEPT, 'IDEMPOTENCY_KEPT')) / 1000,
        }),
      ],
      [
        EXPORT_PATH,
        createExportEndpoint(
          createExporter({
            store,
            schema,
            limits,
            costs,
            documents,
            etl,
            maxConcurrent: settings.MAX_CONCURRENT_EXPORTS,
            stallMs: settings.EXPORT_STALL_MS,
            timeoutMs: settings.EXPORT_TIMEOUT_MS,
          }),
          async () => documents.names((await store.catalogue.current(store.readPool)).documents),
        ),
      ],
      ['/healthz', createHealthEndpoint()],
      [
        '/readyz',
        createReadyEndpoint(
          store,
          () => isDraining,
          () => subscriptions.whyBehind(),
        ),
      ],
      ...graphiql.endpoints,
    ]),
    log,
    // An address that was given by itself is also a name; all addresses of a machine are none.
    isWildcard(settings.HOST) ? settings.ALLOWED_HOSTS : [...settings.ALLOWED_HOSTS, inUrl(settings.HOST)],
    new Map([['/graphql', (upgrade: Upgrade) => sockets.accept(upgrade)]]),
  );
  const address = await listen(http, settings).catch(async (error: unknown) => {
    await subscriptions.stop();
    throw error;
  });
  return {
    url: `http://${isWildcard(address.address) ? 'localhost' : inUrl(address.address)}:${address.port}/graphql`,
    stop: async () => {
      isDraining = true;
      streams.stop();
      await Promise.all([sockets.stop(DRAIN_MS), http.stop(DRAIN_MS)]);
      await subscriptions.stop();
      await service.stop();
    },
  };
}

function listen({ server }: HttpServer, { HOST, PORT }: ServingSettings): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, { HOST, PORT })));
    server.listen(PORT, HOST, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server listens at no port'));
      else resolve(address);
    });
  });
}

/** All addresses of the machine, of which this machine itself can use localhost. */
function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function inUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
