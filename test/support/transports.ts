import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { afterAll, beforeAll } from 'vitest';
import type { GraphQLContext } from '../../resolvers/context.ts';
import { createCostGuard } from '../../server/cost-guard.ts';
import { createEventStreams } from '../../server/event-stream.ts';
import { createFindOperation } from '../../server/find-operation.ts';
import { createGraphqlEndpoint } from '../../server/graphql.ts';
import { createGraphqlService } from '../../server/graphql-service.ts';
import { createHttpServer } from '../../server/http.ts';
import { createDocumentGuard } from '../../server/limits.ts';
import { createLogger } from '../../server/logger.ts';
import { createPersistedDocuments } from '../../server/persisted-documents.ts';
import { Seats } from '../../server/seats.ts';
import { createSockets } from '../../server/sockets.ts';
import type { TestDatabase } from './database.ts';
import { HandFeed } from './hand-feed.ts';
import { collectLines, type LogLine } from './served-gateway.ts';

/** What a test may want otherwise than a gateway has it. */
export interface TransportOptions {
  readonly initMs?: number;
  readonly pingMs?: number;
  readonly heartbeatMs?: number;
  readonly maxSockets?: number;
  readonly maxOperations?: number;
  readonly maxMessageBytes?: number;
}

/** The transports of a gateway over a feed that the test moves by hand, and a schema whose fields do what the test wants. */
export interface Transports {
  /** Of GraphQL over HTTP. */
  readonly url: string;
  /** The same by WebSocket. */
  readonly socketUrl: string;
  readonly feed: HandFeed;
  readonly lines: readonly LogLine[];
  /** Lets the field `slow` answer. */
  release(): void;
  /** Answers the field `slow` is waited for. */
  readonly waiting: number;
  stop(drainMs?: number): Promise<void>;
}

/** Serves while the tests of the file or block run that calls it. */
export function useTransports(db: TestDatabase, options: TransportOptions = {}): Transports {
  let served: Transports | null = null;
  beforeAll(async () => {
    served = await serveTransports(db, options);
  });
  afterAll(() => served?.stop());
  const there = () => {
    if (served === null) throw new Error('the transports are there while tests run, not while they are collected');
    return served;
  };
  return {
    get url() {
      return there().url;
    },
    get socketUrl() {
      return there().socketUrl;
    },
    get feed() {
      return there().feed;
    },
    get lines() {
      return there().lines;
    },
    get waiting() {
      return there().waiting;
    },
    release: () => there().release(),
    stop: (drainMs) => there().stop(drainMs),
  };
}

/** Serves at a free port; the caller stops it. */
export async function serveTransports(db: TestDatabase, options: TransportOptions = {}): Promise<Transports> {
  const lines: LogLine[] = [];
  const log = createLogger({ level: 'debug', stream: collectLines(lines) });
  const waiting: (() => void)[] = [];
  const findOperation = createFindOperation(LIMITS);
  const schema = createTestSchema(() => new Promise<void>((resolve) => void waiting.push(resolve)));
  const service = await createGraphqlService({
    store: db.store,
    schema,
    costs: createCostGuard(schema, 1_000_000),
    log,
    limits: { maxPoints: 1_000, maxReadings: 1_000, maxNodes: 1_000 },
    batchSize: 1_000,
    documentLimits: LIMITS,
    findOperation,
  });
  const feed = new HandFeed();
  const seats = new Seats(options.maxSockets ?? 1_000);
  const maxMessageBytes = options.maxMessageBytes ?? 1_048_576;
  const persisted = createPersistedDocuments({ refuse: createDocumentGuard(LIMITS) });
  const shared = { service, subscriptions: feed, findOperation, persisted, seats };
  const streams = createEventStreams({ ...shared, heartbeatMs: options.heartbeatMs ?? 10_000 });
  const sockets = createSockets({
    ...shared,
    log,
    maxMessageBytes,
    maxOperations: options.maxOperations ?? 100,
    initMs: options.initMs ?? 10_000,
    pingMs: options.pingMs ?? 30_000,
  });
  const endpoint = createGraphqlEndpoint({ service, streams, persisted, maxRequestBytes: maxMessageBytes, page: () => undefined });
  const http = createHttpServer(new Map([['/graphql', endpoint]]), log, [], new Map([['/graphql', (upgrade) => sockets.accept(upgrade)]]));
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  const { port } = http.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    socketUrl: `ws://127.0.0.1:${port}/graphql`,
    feed,
    lines,
    get waiting() {
      return waiting.length;
    },
    release: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
    stop: async (drainMs = 5_000) => {
      streams.stop();
      await Promise.all([sockets.stop(drainMs), http.stop(drainMs)]);
      await service.stop();
    },
  };
}

const LIMITS = { maxBytes: 10_000, maxTokens: 1_000, maxDepth: 12, maxRootFields: 30, maxAliases: 30, maxFields: 100 };

function createTestSchema(slow: () => Promise<void>) {
  let saved = 0;
  return makeExecutableSchema<GraphQLContext>({
    typeDefs: `
      type Query { echo(text: String!): String! bug: Int slow: Int deep: Query }
      type Mutation { save: Int! }
      type Subscription { ticks(after: String): Int! }`,
    resolvers: {
      Query: {
        echo: (_root: unknown, { text }: { text: string }) => text,
        bug() {
          throw new TypeError('cannot read properties of undefined (reading "secret")');
        },
        slow: () => slow().then(() => 1),
        deep: () => ({}),
      },
      Mutation: {
        save() {
          saved += 1;
          return saved;
        },
      },
    },
  });
}
