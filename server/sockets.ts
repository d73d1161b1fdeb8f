import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, type SubscribePayload } from 'graphql-ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FindOperation } from './find-operation.ts';
import { isRecord } from './graphql-parameters.ts';
import type { GraphqlService } from './graphql-service.ts';
import { NextFrames } from './next-frames.ts';
import type { PersistedDocuments } from './persisted-documents.ts';
import type { Seats } from './seats.ts';
import { createSocketAnswers } from './socket-answers.ts';
import { SocketConnection, type SocketShared } from './socket-connection.ts';
import type { Subscriptions } from './subscriptions/subscription.ts';
import { answerOnSocket, type Upgrade } from './upgrade.ts';
import { Wheel } from './wheel.ts';

/** What sockets are made of. */
export interface SocketOptions {
  readonly service: GraphqlService;
  readonly subscriptions: Pick<Subscriptions, 'subscribe'>;
  readonly findOperation: FindOperation;
  readonly persisted: PersistedDocuments;
  readonly seats: Seats;
  readonly log: Logger;
  /** Bytes of a message. */
  readonly maxMessageBytes: number;
  /** Subscriptions, and other operations under way, of one socket. */
  readonly maxOperations: number;
  /** Time for a client to begin with connection_init. Default 10 s. */
  readonly initMs?: number;
  /** Time between two pings, and for the answer to one. Default 30 s. */
  readonly pingMs?: number;
}

/** GraphQL over WebSocket. */
export interface Sockets {
  /** Takes a handshake. Throws HttpError where there is no room for another socket. */
  accept(upgrade: Upgrade): void;
  /** Closes every socket with 1001, at once or when its queries and mutations are answered, after `drainMs` in any case; what does not close is ended. Takes no more. */
  stop(drainMs: number): Promise<void>;
}

const INIT_MS = 10_000;
const PING_MS = 30_000;
const TURNS = 30;

/** Time for a client to answer a close, before its connection is ended. */
const CLOSE_MS = 2_000;

/** Builds the sockets; `stop` ends their timer. */
export function createSockets({ initMs = INIT_MS, pingMs = PING_MS, ...options }: SocketOptions): Sockets {
  const { seats, log } = options;
  const handshakes = createHandshakes(options.maxMessageBytes);
  const connections = new Wheel<SocketConnection>(TURNS);
  /** In the order in which they came. */
  const uninitialised = new Set<SocketConnection>();
  let onEmpty: (() => void) | null = null;

  const shared: SocketShared = {
    subscriptions: options.subscriptions,
    isSubscription: ({ query, operationName }) => options.findOperation(query, operationName ?? null)?.isSubscription === true,
    withDocument: (payload) => withDocument(payload, options.persisted),
    answer: createSocketAnswers(options.service, log),
    maxOperations: options.maxOperations,
    frames: new NextFrames(),
    log,
    onInitialised: (connection) => uninitialised.delete(connection),
    onClosed(connection) {
      uninitialised.delete(connection);
      connections.delete(connection);
      seats.release();
      if (connections.size === 0) onEmpty?.();
    },
  };

  const timer = setInterval(() => {
    connections.turn((connection) => connection.beat());
    const latest = performance.now() - initMs;
    for (const connection of uninitialised) {
      if (connection.openedAt > latest) break;
      uninitialised.delete(connection);
      connection.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
    }
  }, pingMs / TURNS);
  timer.unref();

  const open = (ws: WebSocket, { socket, requestId }: Upgrade): void => {
    const connection = new SocketConnection(ws, socket, requestId, shared);
    connections.add(connection);
    uninitialised.add(connection);
    if (ws.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) connection.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
  };

  return {
    accept(upgrade) {
      seats.take();
      let isOpen = false;
      handshakes.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, (ws) => {
        isOpen = true;
        open(ws, upgrade);
      });
      if (!isOpen) seats.release();
    },
    async stop(drainMs) {
      const empty = new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
      const late = setTimeout(() => connections.all((connection) => connection.leave()), drainMs);
      connections.all((connection) => connection.drain());
      if (connections.size > 0) await empty;
      clearTimeout(late);
      clearInterval(timer);
    },
  };
}

/** The protocol wants a document, so who knows only its hash sends an empty one. */
function withDocument(payload: SubscribePayload, persisted: PersistedDocuments): SubscribePayload {
  if (payload.extensions === undefined || payload.extensions === null) return payload;
  const { query, extensions } = persisted.resolve({ query: payload.query, extensions: payload.extensions });
  return { ...payload, query: typeof query === 'string' ? query : payload.query, extensions: isRecord(extensions) ? extensions : null };
}

/** What speaks the handshake, and refuses a false one as JSON. */
function createHandshakes(maxPayload: number): WebSocketServer {
  const options = {
    noServer: true,
    clientTracking: false,
    // It would cost each connection a hundred times its other memory, and the same frame would be compressed anew for each client.
    perMessageDeflate: false,
    maxPayload,
    closeTimeout: CLOSE_MS,
    // Any: one that is not ours is told so by the close code of its own.
    handleProtocols: (offered: Set<string>) => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : ([...offered][0] ?? false)),
  };
  return new WebSocketServer(options).on('wsClientError', (error, socket) => {
    answerOnSocket(
      socket,
      400,
      { message: `this is no handshake of a WebSocket: ${error.message}`, extensions: { code: 'BAD_REQUEST' } },
      { 'sec-websocket-version': '13' },
    );
  });
}
