import { createClient } from 'graphql-sse';
import { expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { EventStreamReader } from './support/event-stream.ts';
import { eventually } from './support/hand-feed.ts';
import { RawSocket } from './support/raw-socket.ts';
import { postTo } from './support/served-gateway.ts';
import { serveTransports, useTransports } from './support/transports.ts';

const db = useDatabase();
const transports = useTransports(db);

const TICKS = 'subscription Ticks { ticks }';

/** As a browser's EventSource asks. */
const asGet = (url: string, query: string, variables: Readonly<Record<string, unknown>> = {}) =>
  `${url}?${new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString()}`;

const asPost = (query: string, headers: Readonly<Record<string, string>> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ query }),
});

it('serves the client of graphql-sse: a query, a mutation, and a subscription until it is complete', async () => {
  const client = createClient({ url: transports.url });
  const [answer] = await collect(client.iterate({ query: 'query Say($text: String!) { echo(text: $text) }', variables: { text: 'ünï\n✓' } }));
  const [saved] = await collect(client.iterate({ query: 'mutation { save }' }));
  const ticks = collect(client.iterate({ query: TICKS }));
  await transports.feed.opened(1);
  for (const tick of [1, 2, 3]) transports.feed.send({ ticks: tick });
  transports.feed.end({ kind: 'complete' });

  expect(answer).toEqual({ data: { echo: 'ünï\n✓' } });
  expect(saved).toEqual({ data: { save: 1 } });
  expect(await ticks).toEqual([1, 2, 3].map((tick) => ({ data: { ticks: tick } })));
});

it('answers at once, uncompressed and unbuffered, and gives each event its cursor as id', async () => {
  const stream = await EventStreamReader.open(asGet(transports.url, TICKS), { headers: { 'accept-encoding': 'gzip' } });
  await transports.feed.opened(1);
  transports.feed.send({ ticks: 1 }, 'cursor-1');
  transports.feed.send({ ticks: 2 });
  transports.feed.end({ kind: 'complete' });
  await stream.ended();

  const { headers } = stream.response;
  expect(stream.response.status).toBe(200);
  expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect([headers.get('content-encoding'), headers.get('cache-control'), headers.get('x-accel-buffering')]).toEqual([null, 'no-store, no-transform', 'no']);
  expect(stream.comments).toBe(1);
  expect(stream.events).toEqual([
    { id: 'cursor-1', event: 'next', data: '{"data":{"ticks":1}}' },
    { event: 'next', data: '{"data":{"ticks":2}}' },
    { event: 'complete', data: '' },
  ]);
});

it('hands on what a browser saw last', async () => {
  const stream = await EventStreamReader.open(asGet(transports.url, 'subscription A($after: String) { ticks(after: $after) }', { after: 'old' }), {
    headers: { 'last-event-id': 'cursor-7' },
  });
  await transports.feed.opened(1);

  expect(transports.feed.requests.at(-1)).toMatchObject({ lastEventId: 'cursor-7', variables: { after: 'old' } });
  stream.close();
  await transports.feed.opened(0);
});

it.each([
  ['a syntax error', '{ echo(', 'GRAPHQL_PARSE_FAILED'],
  ['a field that is not there', '{ ecko(text: "a") }', 'GRAPHQL_VALIDATION_FAILED'],
  ['a document that is too deep', `{ ${'deep { '.repeat(12)} bug ${'}'.repeat(12)} }`, 'QUERY_TOO_DEEP'],
  ['a subscription that its feed refuses', 'subscription { refused }', 'REFUSED'],
  ['a failure inside', '{ bug }', 'INTERNAL_SERVER_ERROR'],
])('tells %s as an event, and completes', async (_name, query, code) => {
  const stream = await EventStreamReader.open(transports.url, asPost(query));
  await stream.ended();

  expect(stream.response.status).toBe(200);
  expect(stream.events.map(({ event }) => event)).toEqual(['next', 'complete']);
  expect(JSON.parse(stream.events[0]?.data ?? '').errors[0].extensions.code).toBe(code);
});

it('changes nothing by GET', async () => {
  const stream = await EventStreamReader.open(asGet(transports.url, 'mutation { save }'));
  await stream.ended();

  expect(stream.events[0]?.data).toContain('BAD_REQUEST');
});

it.each([['application/json'], ['application/graphql-response+json'], ['*/*']])('refuses a subscription as a plain request that accepts %s', async (accept) => {
  const { body } = await postTo(transports.url, TICKS, {}, { accept });

  expect(body).toEqual({ errors: [{ message: expect.stringContaining('text/event-stream'), extensions: { code: 'SUBSCRIPTION_NEEDS_STREAM' } }] });
});

it('answers who takes both with a stream only where it is a subscription', async () => {
  const accept = 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed';
  const answer = await postTo(transports.url, '{ echo(text: "plain") }', {}, { accept });
  const stream = await EventStreamReader.open(transports.url, asPost(TICKS, { accept }));
  await transports.feed.opened(1);

  expect(answer.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  stream.close();
  await transports.feed.opened(0);
});

it('refuses what a page of somebody else’s has sent', async () => {
  const stream = await EventStreamReader.open(asGet(transports.url, TICKS), { headers: { origin: 'https://evil.example' } });

  expect(stream.response.status).toBe(403);
  expect(transports.feed.open.size).toBe(0);
});

it('sends comments while nothing flows', async () => {
  const beating = await serveTransports(db, { heartbeatMs: 50 });
  const stream = await EventStreamReader.open(asGet(beating.url, TICKS));
  await eventually(() => stream.comments >= 3, 'comments');

  expect(stream.events).toEqual([]);
  await beating.stop();
});

it('cuts a client that is too slow so that the client of graphql-sse subscribes again', async () => {
  const client = createClient({ url: transports.url, retry: () => Promise.resolve() });
  const seen: unknown[] = [];
  const request = { query: 'subscription Ticks($after: String) { ticks(after: $after) }', variables: { after: 'a' } };
  const before = transports.feed.requests.length;
  client.subscribe(request, {
    next: ({ data }) => {
      seen.push(data);
      request.variables.after = 'b';
    },
    error: () => undefined,
    complete: () => undefined,
  });
  await transports.feed.opened(1);
  transports.feed.send({ ticks: 1 });
  await eventually(() => seen.length === 1, 'frames');
  transports.feed.end({ kind: 'tooSlow' });
  await transports.feed.opened(1);

  expect(transports.feed.requests.slice(before).map(({ variables }) => variables)).toEqual([{ after: 'a' }, { after: 'b' }]);
  client.dispose();
  await transports.feed.opened(0);
});

it('counts streams and sockets together', async () => {
  const small = await serveTransports(db, { maxSockets: 2 });
  const stream = await EventStreamReader.open(asGet(small.url, TICKS));
  await RawSocket.open(small.socketUrl);

  const refused = await EventStreamReader.open(asGet(small.url, TICKS));
  await expect(RawSocket.open(small.socketUrl)).rejects.toThrow(/^503 .*TOO_MANY_SOCKETS/);
  expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([503, '5']);
  stream.close();
  await small.feed.opened(0);
  await EventStreamReader.open(asGet(small.url, TICKS));
  await small.stop();
});

it('ends streams without completing them when the gateway stops, and at once', async () => {
  const stopping = await serveTransports(db);
  const stream = await EventStreamReader.open(asGet(stopping.url, TICKS));
  await stopping.feed.opened(1);
  stopping.feed.send({ ticks: 1 }, 'cursor-1');
  await eventually(() => stream.events.length === 1, 'events');
  await Promise.all([stopping.stop(60_000), stream.ended()]);

  expect(stream.events.map(({ event }) => event)).toEqual(['next']);
});

it('writes one line in the log for a stream, when it is over', async () => {
  const stream = await EventStreamReader.open(transports.url, asPost(TICKS, { 'x-request-id': 'stream-1' }));
  await transports.feed.opened(1);
  stream.close();
  await eventually(() => transports.lines.some(({ requestId }) => requestId === 'stream-1'), 'lines');

  expect(transports.lines.filter(({ requestId }) => requestId === 'stream-1')).toMatchObject([
    { msg: 'request', status: 200, aborted: true, operation: 'Ticks' },
  ]);
});

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}
