import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { toPublicError } from './format-error.ts';
import { HttpError, type PublicError } from './http-error.ts';

/** A request to go on in another protocol on the same connection. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What has come in after the request. */
  readonly head: Buffer;
  readonly requestId: string;
}

/** What takes WebSockets at a path. Throwing HttpError refuses the handshake. */
export type UpgradeEndpoint = (upgrade: Upgrade) => void;

/** What the listener needs to know. */
export interface UpgradeOptions {
  readonly endpoints: ReadonlyMap<string, UpgradeEndpoint>;
  /** Throws HttpError for what a foreign page may have sent. */
  readonly refuseForeign: (request: IncomingMessage) => void;
  readonly requestIdOf: (request: IncomingMessage) => string;
  readonly log: Logger;
}

/** Makes the listener for `upgrade`: WebSockets go to their endpoints; wishes for other protocols, such as HTTP/2, are passed over, as the rules of HTTP allow. */
export function createUpgradeListener(server: Server, { endpoints, refuseForeign, requestIdOf, log }: UpgradeOptions) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      answerAsPlain(server, request, socket, head);
      return;
    }
    socket.on('error', ignore);
    const requestId = requestIdOf(request);
    const path = request.url?.split('?', 1)[0] ?? '/';
    try {
      refuseForeign(request);
      if (!server.listening) throw new HttpError(503, 'SHUTTING_DOWN', 'the gateway is shutting down: connect again');
      const endpoint = endpoints.get(path);
      if (endpoint === undefined)
        throw new HttpError(404, 'NOT_FOUND', `there is no WebSocket at ${path}; there is one at ${[...endpoints.keys()].join(', ')}`);
      endpoint({ request, socket, head, requestId });
    } catch (error) {
      const told = toPublicError(error, log);
      const status = error instanceof HttpError ? error.status : 500;
      log.info({ requestId, method: request.method, path, status, code: told.extensions.code }, 'socket refused');
      answerOnSocket(socket, status, told, { 'x-request-id': requestId, ...(error instanceof HttpError ? error.headers : {}) });
    }
  };
}

const LAST_WORDS_MS = 2_000;

/** Answers where there is no response to answer by: the head is no HTTP, or the connection was to become something else. Closes the connection. */
export function answerOnSocket(socket: Duplex, status: number, { message, extensions }: PublicError, headers: Readonly<Record<string, unknown>> = {}): void {
  if (!socket.writable) return void socket.destroy();
  const body = `${JSON.stringify({ errors: [{ message, extensions }] })}\n`;
  const head = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body), connection: 'close', ...headers };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  // Who is still sending gets to see the answer, and does not keep the connection by not ending its side.
  socket.once('finish', () => setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

/** Shared by all, so that connections that stay open hold nothing of the request that they began with. */
function ignore(): void {
  // A connection that broke; whoever uses it hears of its end.
}

/**
 * Node hands every request with an `Upgrade` header to the listener, as soon as there is one. Java's HttpClient asks for h2c with each plain request, and curl --http2: such
 * a request is given back to the server without the wish.
 */
function answerAsPlain(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(i, i + 2);
    if (name.toLowerCase() === 'connection') lines.push(`${name}: ${/\bclose\b/i.test(value) ? 'close' : 'keep-alive'}`);
    else if (!WISHES.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  // The server puts its own there again.
  socket.removeAllListeners('timeout');
  server.emit('connection', socket);
}

const WISHES: ReadonlySet<string> = new Set(['upgrade', 'http2-settings']);
