import { createClient } from 'graphql-ws';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { useDatabase } from './support/database.ts';
import { EventStreamReader } from './support/event-stream.ts';
import { eventually } from './support/hand-feed.ts';
import { RawSocket } from './support/raw-socket.ts';
import { useTransports } from './support/transports.ts';

const db = useDatabase();
const transports = useTransports(db);

const INIT = { type: 'connection_init' };
const TICKS = 'subscription { ticks }';

it('serves the client of graphql-ws: a query, a mutation, and a subscription until it is complete', async () => {
  const client = createClient({ url: transports.socketUrl, webSocketImpl: WebSocket });
  const [answer] = await collect(client.iterate({ query: 'query Say($text: String!) { echo(text: $text) }', variables: { text: 'ünï\u2028 ✓' } }));
  const [first] = await collect(client.iterate({ query: 'mutation { save }' }));
  const ticks = collect(client.iterate({ query: TICKS }));
  await transports.feed.opened(1);
  for (const tick of [1, 2, 3]) transports.feed.send({ ticks: tick });
  transports.feed.end({ kind: 'complete' });

  expect(answer).toEqual({ data: { echo: 'ünï\u2028 ✓' } });
  expect(first).toEqual({ data: { save: 1 } });
  expect(await ticks).toEqual([1, 2, 3].map((tick) => ({ data: { ticks: tick } })));
  await client.dispose();
});

it('writes frames of every length, and ids of every kind, as ws reads them', async () => {
  const sockets = await Promise.all([1, 2, 3].map(() => RawSocket.initialised(transports.socketUrl)));
  const ids = ['1', '2', 'a "quoted" \\ id', 'schlüssel', '한글', '\ud800', '3b241101-e2bb-4255-8caf-4136c566a962', '3b241101-e2bb-4255-8caf-4136c566a963'];
  for (const socket of sockets) for (const id of ids) socket.subscribe(id, TICKS);
  await transports.feed.opened(sockets.length * ids.length);
  const texts = [0, 1, 40, 60, 70, 100, 4_060, 4_080, 4_090, 5_000, 32_700, 32_760, 70_000].map((length) => 'ö'.repeat(length));
  for (const text of texts) transports.feed.send({ text });

  for (const socket of sockets) {
    const messages = await socket.received(texts.length * ids.length);
    expect(messages).toEqual(texts.flatMap((text) => ids.map((id) => ({ id, type: 'next', payload: { data: { text } } }))));
    socket.ws.close();
  }
  await transports.feed.opened(0);
});

it.each<[string, readonly unknown[], number, string]>([
  ['what is no JSON', [INIT, 'hello'], 4400, 'Invalid message: it is not JSON'],
  ['JSON that is no message', [INIT, '[]'], 4400, 'Invalid message: Message is expected to be an object, but got array'],
  ['a message of no known type', [INIT, { type: 'start' }], 4400, `Invalid message: Invalid message 'type' property "start"`],
  ['a message that only servers send', [INIT, { type: 'connection_ack' }], 4400, 'Invalid message: connection_ack is not for clients to send'],
  ['an operation without a document', [INIT, { id: '1', type: 'subscribe', payload: {} }], 4400, ''],
  ['a ping with more than it needs', [INIT, `{"type":"ping","payload":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`], 4400, ''],
  ['an id that is longer than anyone needs', [INIT, { id: 'a'.repeat(129), type: 'subscribe', payload: { query: TICKS } }], 4400, ''],
  ['a second connection_init', [INIT, INIT], 4429, 'Too many initialisation requests'],
  ['an operation before connection_init', [{ id: '1', type: 'subscribe', payload: { query: TICKS } }], 4401, 'Unauthorized'],
  ['an id twice', [INIT, ...['1', '1'].map((id) => ({ id, type: 'subscribe', payload: { query: TICKS } }))], 4409, 'Subscriber for 1 already exists'],
])('closes a socket that sends %s', async (_name, messages, code, reason) => {
  const socket = await RawSocket.open(transports.socketUrl);
  for (const message of messages) socket.send(message);

  expect(await socket.closed()).toEqual({ code, reason: reason === '' ? expect.any(String) : reason });
  await transports.feed.opened(0);
});

it('closes a socket that sends bytes that are no text', async () => {
  const socket = await RawSocket.initialised(transports.socketUrl);
  socket.ws.send(Buffer.from('{"type":"ping"}'), { binary: true });

  expect((await socket.closed()).code).toBe(4400);
});

it.each([['graphql-ws'], [['soap', 'wamp']], [[]]])('tells who offers another protocol (%s) by its close code', async (protocols) => {
  const socket = await RawSocket.open(transports.socketUrl, protocols);

  expect(await socket.closed()).toEqual({ code: 4406, reason: 'Subprotocol not acceptable' });
});

it.each([['a socket'], ['an event stream']])('ends %s, and nothing else, where a feed throws', async (transport) => {
  const other = await RawSocket.initialised(transports.socketUrl);
  const query = 'subscription { throws }';
  if (transport === 'a socket') {
    const socket = await RawSocket.initialised(transports.socketUrl);
    socket.subscribe('1', query);
    expect(await socket.closed()).toEqual({ code: 4500, reason: expect.stringMatching(/^internal error: .* [\da-f-]{36}$/) });
  } else {
    const stream = await EventStreamReader.open(`${transports.url}?${new URLSearchParams({ query }).toString()}`);
    await stream.ended();
    expect(stream.events).toEqual([
      { event: 'next', data: expect.stringContaining('INTERNAL_SERVER_ERROR') },
      { event: 'complete', data: '' },
    ]);
  }

  other.subscribe('1', '{ echo(text: "on") }');
  await other.received(2);
  other.ws.close();
});

it('answers a ping with its payload', async () => {
  const socket = await RawSocket.open(transports.socketUrl);
  socket.send({ type: 'ping' });
  socket.send({ type: 'ping', payload: { at: 1 } });
  socket.send({ type: 'pong' });
  socket.send(INIT);

  expect(await socket.received(3)).toEqual([{ type: 'pong' }, { type: 'pong', payload: { at: 1 } }, { type: 'connection_ack' }]);
  socket.ws.close();
});

it.each([
  ['a syntax error', '{ echo(', 'GRAPHQL_PARSE_FAILED', /Syntax Error/],
  ['a field that is not there, with what may have been meant', '{ ecko(text: "a") }', 'GRAPHQL_VALIDATION_FAILED', /Did you mean "echo"/],
  ['a variable that does not fit', 'query A($text: String!) { echo(text: $text) }', 'BAD_USER_INPUT', /\$text/],
  ['a document that is too deep', `{ ${'deep { '.repeat(12)} bug ${'}'.repeat(12)} }`, 'QUERY_TOO_DEEP', /12/],
  ['a document that is too long', `{ bug } # ${'a'.repeat(10_000)}`, 'DOCUMENT_TOO_LARGE', /10,000/],
  ['lists in lists', `{ echo(text: ${'['.repeat(600)}) }`, 'QUERY_TOO_DEEP', /100/],
  ['operations of which none is named', 'query A { bug } query B { bug }', 'OPERATION_RESOLUTION_FAILURE', /operation/],
  ['a subscription that its feed refuses', 'subscription { refused }', 'REFUSED', /feed/],
])('answers %s with an error, as over HTTP, and goes on', async (_name, query, code, words) => {
  const socket = await RawSocket.initialised(transports.socketUrl);
  socket.subscribe('1', query);
  const [refused] = await socket.received(1);
  socket.subscribe('1', '{ echo(text: "on") }');

  expect(refused).toMatchObject({ id: '1', type: 'error', payload: [{ message: expect.stringMatching(words), extensions: { code } }] });
  expect((await socket.received(3)).slice(1)).toEqual([
    { id: '1', type: 'next', payload: { data: { echo: 'on' } } },
    { id: '1', type: 'complete' },
  ]);
  socket.ws.close();
});

it('masks what is nobody’s fault but ours, and logs it under the id that the client is told', async () => {
  const socket = await RawSocket.initialised(transports.socketUrl);
  socket.subscribe('1', 'query Broken { bug }');
  const [answer] = await socket.received(2);

  const text = JSON.stringify(answer);
  const errorId = /"errorId":"([^"]+)"/.exec(text)?.[1];
  expect(answer).toMatchObject({ type: 'next', payload: { data: { bug: null }, errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } });
  expect(text).not.toContain('secret');
  expect(transports.lines.some((line) => line.errorId === errorId && JSON.stringify(line).includes('secret'))).toBe(true);
  expect(transports.lines.find((line) => line.msg === 'request' && line.operation === 'Broken')).toMatchObject({
    method: 'WS',
    status: 200,
    statements: 0,
  });
  socket.ws.close();
});

it('does not answer what its client has completed, and takes its id again', async () => {
  const socket = await RawSocket.initialised(transports.socketUrl);
  socket.subscribe('1', '{ slow }');
  await eventually(() => transports.waiting === 1, 'answers to be waited for');
  socket.send({ id: '1', type: 'complete' });
  socket.subscribe('1', '{ echo(text: "again") }');
  await socket.received(2);
  transports.release();
  socket.subscribe('2', '{ echo(text: "after") }');

  expect((await socket.received(4)).map(({ id, type, payload }) => [id, type, payload])).toEqual([
    ['1', 'next', { data: { echo: 'again' } }],
    ['1', 'complete', undefined],
    ['2', 'next', { data: { echo: 'after' } }],
    ['2', 'complete', undefined],
  ]);
  socket.ws.close();
});

it('closes a subscription when its client completes it, and all when the connection breaks', async () => {
  const socket = await RawSocket.initialised(transports.socketUrl);
  for (const id of ['1', '2', '3']) socket.subscribe(id, TICKS);
  await transports.feed.opened(3);
  socket.send({ id: '2', type: 'complete' });
  socket.send({ id: 'unknown', type: 'complete' });
  await transports.feed.opened(2);
  socket.ws.terminate();

  await transports.feed.opened(0);
});

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}
