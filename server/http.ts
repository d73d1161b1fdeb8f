import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { createForeignGuard } from './foreign.ts';
import { toPublicError } from './format-error.ts';
import { HttpError } from './http-error.ts';
import { type Exchange, type RequestRecord, sendErrors, sendText } from './respond.ts';
import { answerOnSocket, createUpgradeListener, type UpgradeEndpoint } from './upgrade.ts';

/** What answers at a path. HEAD is answered where GET is. */
export interface Endpoint {
  readonly methods: readonly ('GET' | 'POST')[];
  /** Whether its requests are logged only at level debug: probes ask every few seconds. */
  readonly quiet?: true;
  /** Throwing HttpError or ThermographError answers it; anything else is masked. */
  handle(exchange: Exchange): Promise<void> | void;
}

/** A server that takes requests. */
export interface HttpServer {
  readonly server: Server;
  /** Takes no new requests, waits up to `drainMs` for those under way, asks what is left to end, and cuts what does not. */
  stop(drainMs: number): Promise<void>;
}

/** Time for the head of a request to arrive, whole: a client that sends a byte now and then holds a socket no longer. */
const HEADERS_MS = 15_000;
/** A socket on which nothing moves for so long is closed; loads, which may wait for the database, are exempt. */
export const IDLE_MS = 120_000;
/** Longer than the pause that load balancers leave a connection for, so that it is they who close it. */
const KEEP_ALIVE_MS = 75_000;
/** What requests that are told to end have for their answer. */
const LAST_WORDS_MS = 2_000;

/** Builds the server over its endpoints, by path, a path that ends with a slash standing for all below it: of requests, and of WebSockets. `allowedHosts` are names that requests may be for, beside those of this machine. */
export function createHttpServer(
  endpoints: ReadonlyMap<string, Endpoint>,
  log: Logger,
  allowedHosts: readonly string[] = [],
  sockets: ReadonlyMap<string, UpgradeEndpoint> = new Map(),
): HttpServer {
  const refuseForeign = createForeignGuard(allowedHosts);
  const stopping = new AbortController();
  const underWay = new Set<ServerResponse>();
  const server = createServer(
    { requestTimeout: 0, headersTimeout: HEADERS_MS, keepAliveTimeout: KEEP_ALIVE_MS, connectionsCheckingInterval: 5_000 },
    (request, response) => {
      const exchange = open(request, response, log, stopping.signal);
      underWay.add(response);
      response.on('close', () => underWay.delete(response));
      if (!server.listening) response.setHeader('connection', 'close');
      logWhenDone(exchange, endpointAt(endpoints, exchange.path)?.quiet === true, log);
      void answer(exchange, endpoints, refuseForeign);
    },
  );
  server.setTimeout(IDLE_MS, (socket) => socket.destroy());
  server.on('clientError', answerBrokenRequest);
  server.on('upgrade', createUpgradeListener(server, { endpoints: sockets, refuseForeign, requestIdOf, log }));

  return {
    server,
    stop: async (drainMs) => {
      // Else their connections would be kept for further requests, and the server open.
      for (const response of underWay) if (!response.headersSent) response.setHeader('connection', 'close');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const soft = setTimeout(() => stopping.abort(), drainMs);
      const hard = setTimeout(() => server.closeAllConnections(), drainMs + LAST_WORDS_MS);
      await closed;
      clearTimeout(soft);
      clearTimeout(hard);
    },
  };
}

async function answer(exchange: Exchange, endpoints: ReadonlyMap<string, Endpoint>, refuseForeign: (request: IncomingMessage) => void): Promise<void> {
  try {
    refuseForeign(exchange.request);
    const endpoint = endpointAt(endpoints, exchange.path);
    if (endpoint === undefined) throw new HttpError(404, 'NOT_FOUND', `there is nothing at ${exchange.path}; there is something at ${pathsOf(endpoints)}`);
    const { method = 'GET' } = exchange.request;
    if (isAllowed(endpoint, method)) return await endpoint.handle(exchange);
    const allow = allowed(endpoint).join(', ');
    if (method === 'OPTIONS') return sendText(exchange, 204, '', { allow });
    throw new HttpError(405, 'METHOD_NOT_ALLOWED', `${method} is not possible at ${exchange.path}, but ${allow} is`, { allow });
  } catch (error) {
    answerFailure(exchange, error);
  }
}

/** A path that ends with a slash stands for all below it, and for itself without the slash. */
function endpointAt(endpoints: ReadonlyMap<string, Endpoint>, path: string): Endpoint | undefined {
  const slash = path.lastIndexOf('/');
  return endpoints.get(path) ?? endpoints.get(slash > 0 ? path.slice(0, slash + 1) : `${path}/`);
}

function answerFailure(exchange: Exchange, error: unknown): void {
  // Who has gone is not answered, and what it broke off is no failure of ours.
  if (exchange.response.destroyed || exchange.request.errored !== null) return;
  const told = toPublicError(error, exchange.log);
  if (error instanceof HttpError) sendErrors(exchange, error.status, [told], error.headers);
  else sendErrors(exchange, statusOf(told.extensions.code), [told]);
}

/** The status of a failure outside GraphQL. */
export function statusOf(code: string): number {
  if (code === 'INTERNAL_SERVER_ERROR') return 500;
  if (code === 'DATABASE_UNAVAILABLE') return 503;
  return 400;
}

function isAllowed({ methods }: Endpoint, method: string): boolean {
  return methods.some((known) => known === method || (known === 'GET' && method === 'HEAD'));
}

function allowed({ methods }: Endpoint): readonly string[] {
  return [...(methods.includes('GET') ? ['GET', 'HEAD'] : []), ...(methods.includes('POST') ? ['POST'] : []), 'OPTIONS'];
}

function pathsOf(endpoints: ReadonlyMap<string, Endpoint>): string {
  return [...endpoints.keys()].filter((path) => !path.startsWith('/graphiql/')).join(', ');
}

const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/** A class for its getter: most requests have nothing to say but their last line, and need no logger of their own. */
class HttpExchange implements Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly search: string;
  readonly record: RequestRecord;
  readonly stopping: AbortSignal;
  readonly #log: Logger;
  #own: Logger | null = null;

  constructor(request: IncomingMessage, response: ServerResponse, log: Logger, stopping: AbortSignal) {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    this.request = request;
    this.response = response;
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.search = mark === -1 ? '' : url.slice(mark);
    this.record = { id: requestIdOf(request), operation: null, meter: { statements: 0, sqlMs: 0 } };
    this.stopping = stopping;
    this.#log = log;
  }

  get log(): Logger {
    this.#own ??= this.#log.child({ requestId: this.record.id });
    return this.#own;
  }
}

function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

function open(request: IncomingMessage, response: ServerResponse, log: Logger, stopping: AbortSignal): Exchange {
  const exchange = new HttpExchange(request, response, log, stopping);
  // Errors of a socket that broke; the request's own reader hears of them too.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  return exchange;
}

function logWhenDone({ request, response, path, record }: Exchange, isQuiet: boolean, log: Logger): void {
  const level = isQuiet ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  const startedAt = performance.now();
  response.on('close', () => {
    log[level](
      {
        requestId: record.id,
        method: request.method,
        path,
        operation: record.operation,
        status: response.statusCode,
        ...(response.writableFinished ? {} : { aborted: true }),
        durationMs: Math.round(performance.now() - startedAt),
        statements: record.meter.statements,
        sqlMs: Math.round(record.meter.sqlMs),
      },
      'request',
    );
  });
}

/** What is no HTTP, or whose head is too long or too slow: there is no request to answer, only a socket. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, message, code] = BROKEN.get(error.code ?? '') ?? [400, 'this is not a request by the rules of HTTP', 'BAD_REQUEST'];
  answerOnSocket(socket, status, { message, extensions: { code } });
}

const BROKEN: ReadonlyMap<string, readonly [number, string, string]> = new Map([
  ['HPE_HEADER_OVERFLOW', [431, 'the head of the request is too long: send long queries by POST', 'REQUEST_TOO_LARGE']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'the request did not arrive in time', 'REQUEST_TIMEOUT']],
]);
