import { type AddressInfo, isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import type { Store } from '../db/store.ts';
import { createSchema } from '../resolvers/schema.ts';
import { createGraphiql } from './graphiql.ts';
import { createGraphqlEndpoint } from './graphql.ts';
import { createHealthEndpoint, createReadyEndpoint } from './health.ts';
import { createHttpServer, type Endpoint, type HttpServer } from './http.ts';
import { createIngestEndpoint } from './ingest-endpoint.ts';
import { cannotListen } from './port.ts';
import { sendText } from './respond.ts';
import type { ServingSettings } from './settings.ts';

/** A gateway that takes requests. */
export interface Gateway {
  /** Of GraphQL, such as http://127.0.0.1:4000/graphql. */
  readonly url: string;
  /** Ends requests under way and closes the port. The store stays open. */
  stop(): Promise<void>;
}

/** Requests under way when the gateway is told to stop have so long; loads are then ended after their last batch, and say so. */
const DRAIN_MS = 8_000;

/** Serves a store over HTTP. Throws StoreError where the port cannot be had. */
export async function startGateway(store: Store, settings: ServingSettings, log: Logger): Promise<Gateway> {
  let isDraining = false;
  const graphiql = createGraphiql();
  const graphql = await createGraphqlEndpoint({
    store,
    log,
    schema: createSchema(),
    limits: { maxPoints: settings.MAX_POINTS, maxReadings: settings.MAX_READINGS, maxNodes: settings.MAX_NODES },
    batchSize: settings.BATCH_SIZE,
    documentLimits: {
      maxBytes: settings.MAX_DOCUMENT_BYTES,
      maxTokens: settings.MAX_DOCUMENT_TOKENS,
      maxDepth: settings.MAX_QUERY_DEPTH,
      maxRootFields: settings.MAX_ROOT_FIELDS,
      maxAliases: settings.MAX_ALIASES,
      maxFields: settings.MAX_FIELDS,
    },
    maxRequestBytes: settings.MAX_REQUEST_BYTES,
    page: graphiql.page,
  });
  const http = createHttpServer(
    new Map<string, Endpoint>([
      ['/', { methods: ['GET'], handle: (exchange) => sendText(exchange, 307, '', { location: '/graphql' }) }],
      ['/graphql', graphql.endpoint],
      [
        '/ingest',
        createIngestEndpoint({
          store,
          batchSize: settings.BATCH_SIZE,
          maxConcurrent: settings.MAX_CONCURRENT_INGESTS,
          sourcesFolder: settings.THERMOGRAPH_SOURCES,
        }),
      ],
      ['/healthz', createHealthEndpoint()],
      ['/readyz', createReadyEndpoint(store, () => isDraining)],
      ...graphiql.endpoints,
    ]),
    log,
    // An address that was given by itself is also a name; all addresses of a machine are none.
    isWildcard(settings.HOST) ? settings.ALLOWED_HOSTS : [...settings.ALLOWED_HOSTS, inUrl(settings.HOST)],
  );
  const address = await listen(http, settings);
  return {
    url: `http://${isWildcard(address.address) ? 'localhost' : inUrl(address.address)}:${address.port}/graphql`,
    stop: async () => {
      isDraining = true;
      await http.stop(DRAIN_MS);
      await graphql.stop();
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
