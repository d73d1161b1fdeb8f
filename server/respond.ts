import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { PublicError } from './http-error.ts';
import type { Meter } from './meter.ts';

/** What is told of a request in its log line. */
export interface RequestRecord {
  readonly id: string;
  /** The name of the GraphQL operation. */
  operation: string | null;
  readonly meter: Meter;
}

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** With the question mark, as it was sent; empty where there is none. */
  readonly search: string;
  readonly record: RequestRecord;
  /** Every line carries the request's id. */
  readonly log: Logger;
  /** Aborts when the gateway stops and has waited long enough. */
  readonly stopping: AbortSignal;
}

/** Sends JSON. What is left of the request's body is read and thrown away, so that a client that is still sending gets to see the answer. */
export function sendJson(exchange: Exchange, status: number, body: unknown, headers: OutgoingHttpHeaders = {}): void {
  sendText(exchange, status, `${JSON.stringify(body)}\n`, { 'content-type': 'application/json; charset=utf-8', ...headers });
}

/** Sends failures in the form that GraphQL gives them, which all paths share. */
export function sendErrors(exchange: Exchange, status: number, errors: readonly PublicError[], headers: OutgoingHttpHeaders = {}): void {
  sendJson(exchange, status, { errors: errors.map(({ message, extensions }) => ({ message, extensions })) }, headers);
}

/** Sends a whole text; of an answer to HEAD only the head goes out. */
export function sendText({ request, response, record }: Exchange, status: number, body: string | Buffer, headers: OutgoingHttpHeaders): void {
  if (response.headersSent || response.destroyed) return;
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...everyHead(record), 'cache-control': 'no-store', ...headers, 'content-length': length });
  // A text goes out in one piece with its head. Where a byte is a character it need not be translated.
  if (typeof body === 'string') response.end(body, length === body.length ? 'latin1' : 'utf8');
  else response.end(body);
  discardRest(request);
}

/** What the head of every answer has. Given with the others at once: a head that is put together header by header takes longer. */
export function everyHead({ id }: RequestRecord): OutgoingHttpHeaders {
  return { 'x-request-id': id, 'x-content-type-options': 'nosniff' };
}

const DISCARD_BYTES = 64 * 1024 * 1024;
const DISCARD_MS = 10_000;

/** Closing a socket that the client is still writing to would make it lose the answer; reading on for ever would let it hold the socket. */
function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = DISCARD_BYTES;
  const timer = setTimeout(() => request.destroy(), DISCARD_MS);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.on('close', () => clearTimeout(timer));
  request.on('end', () => clearTimeout(timer));
  // A client that goes away while its rest is thrown away is no news.
  request.on('error', () => clearTimeout(timer));
  request.resume();
}
