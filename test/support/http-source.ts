import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';

/** Answers one request. */
export type Answerer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** A server that answers as a test tells it to, and what it was asked. */
export interface HttpTestSource {
  readonly origin: string;
  /** Paths with parameters, in the order of requests, since `answer` was called. */
  readonly asked: readonly string[];
  answer(answerer: Answerer): void;
}

/** Serves while the tests of the file run. */
export function useHttpSource(): HttpTestSource {
  let answerer: Answerer = (_request, response) => void response.writeHead(404).end();
  let asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answerer(request, response, new URL(request.url ?? '/', 'http://localhost'));
  });
  let origin = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    get origin() {
      return origin;
    },
    get asked() {
      return asked;
    },
    answer: (next) => {
      asked = [];
      answerer = next;
    },
  };
}

/** Sends JSON. */
export function sendJson(response: ServerResponse, document: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(document));
}
