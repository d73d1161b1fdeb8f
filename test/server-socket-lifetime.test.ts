import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { createClient } from 'graphql-ws';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { useDatabase } from './support/database.ts';
import { eventually } from './support/hand-feed.ts';
import { RawSocket } from './support/raw-socket.ts';
import { postTo } from './support/served-gateway.ts';
import { serveTransports, useTransports } from './support/transports.ts';

const db = useDatabase();
const transports = useTransports(db);

const INIT = { type: 'connection_init' };
const TICKS = 'subscription { ticks }';

it('closes a socket that does not begin', async () => {
  const impatient = await serveTransports(db, { initMs: 100, pingMs: 600 });
  const silent = await RawSocket.open(impatient.socketUrl);
  const started = await RawSocket.initialised(impatient.socketUrl);

  expect(await silent.closed()).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  started.subscribe('1', '{ echo(text: "still there") }');
  await started.received(2);
  await impatient.stop();
});

it('ends a socket whose client does not answer pings, and no other', async () => {
  const pinging = await serveTransports(db, { pingMs: 300 });
  const deaf = await RawSocket.open(pinging.socketUrl, 'graphql-transport-ws', { autoPong: false });
  deaf.send(INIT);
  const alive = await RawSocket.initialised(pinging.socketUrl);

  expect((await deaf.closed()).code).toBe(1006);
  alive.subscribe('1', '{ echo(text: "still there") }');
  await alive.received(2);
  await pinging.stop();
});

it('refuses handshakes of foreign pages and for foreign names, and at paths where there is no socket', async () => {
  const { socketUrl } = transports;
  const elsewhere = socketUrl.replace('/graphql', '/ingest');

  await expect(RawSocket.open(socketUrl, 'graphql-transport-ws', { origin: 'https://evil.example' })).rejects.toThrow(/^403 .*FORBIDDEN_ORIGIN/);
  await expect(RawSocket.open(socketUrl, 'graphql-transport-ws', { headers: { host: 'evil.example' } })).rejects.toThrow(/^403 .*FORBIDDEN_HOST/);
  await expect(RawSocket.open(elsewhere)).rejects.toThrow(/^404 .*NOT_FOUND/);
  const page = await RawSocket.open(socketUrl, 'graphql-transport-ws', { origin: 'http://localhost:5173' });
  page.ws.close();
});

it('refuses a socket more than there may be, until one is closed', async () => {
  const small = await serveTransports(db, { maxSockets: 2 });
  const [first] = await Promise.all([1, 2].map(() => RawSocket.open(small.socketUrl)));

  await expect(RawSocket.open(small.socketUrl)).rejects.toThrow(/^503 .*MAX_SOCKETS.*TOO_MANY_SOCKETS.*"limit":/);
  first?.ws.close();
  await first?.closed();
  await RawSocket.open(small.socketUrl);
  await small.stop();
});

it('refuses an operation more than a socket may have, until one is over', async () => {
  const small = await serveTransports(db, { maxOperations: 2 });
  const socket = await RawSocket.initialised(small.socketUrl);
  for (const id of ['1', '2', '3']) socket.subscribe(id, TICKS);
  const [refused] = await socket.received(1);
  socket.send({ id: '1', type: 'complete' });
  socket.subscribe('4', '{ echo(text: "room") }');

  expect(refused).toMatchObject({ id: '3', type: 'error', payload: [{ extensions: { code: 'TOO_MANY_OPERATIONS', limit: 2 } }] });
  expect((await socket.received(2))[1]).toMatchObject({ id: '4', type: 'next' });
  await small.stop();
});

it('counts what its client has completed for as long as it is worked on', async () => {
  const small = await serveTransports(db, { maxOperations: 1 });
  const socket = await RawSocket.initialised(small.socketUrl);
  socket.subscribe('1', '{ slow }');
  await eventually(() => small.waiting === 1, 'answers to be waited for');
  socket.send({ id: '1', type: 'complete' });
  socket.subscribe('2', '{ slow }');

  expect(await socket.received(1)).toMatchObject([{ id: '2', type: 'error', payload: [{ extensions: { code: 'TOO_MANY_OPERATIONS', limit: 1 } }] }]);
  small.release();
  await small.stop();
});

it('closes a client that is too slow so that the client of graphql-ws subscribes again, after the cursor that it has seen', async () => {
  const client = createClient({ url: transports.socketUrl, webSocketImpl: WebSocket, retryWait: () => Promise.resolve() });
  const codes: unknown[] = [];
  client.on('closed', (event) => codes.push((event as { code: number }).code));
  const payload = { query: 'subscription Ticks($after: String) { ticks(after: $after) }', variables: { after: 'a' } };
  const seen: unknown[] = [];
  const before = transports.feed.requests.length;
  client.subscribe(payload, {
    next: ({ data }) => {
      seen.push(data);
      payload.variables.after = 'b';
    },
    error: () => undefined,
    complete: () => undefined,
  });
  await transports.feed.opened(1);
  transports.feed.send({ ticks: 1 });
  await eventually(() => seen.length === 1, 'frames');
  transports.feed.end({ kind: 'tooSlow' });
  await transports.feed.opened(1);

  expect(codes).toEqual([1013]);
  expect(transports.feed.requests.slice(before).map(({ variables }) => variables)).toEqual([{ after: 'a' }, { after: 'b' }]);
  await client.dispose();
});

it('reads no more from a client that does not take its answers', async () => {
  const socket = await RawSocket.initialised(transports.socketUrl);
  socket.ws.pause();
  const ping = JSON.stringify({ type: 'ping', payload: { text: 'a'.repeat(4_000) } });
  for (let sent = 0; sent < 10_000; sent += 1) socket.ws.send(ping);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const unsent = socket.ws.bufferedAmount;
  socket.ws.resume();

  expect(unsent).toBeGreaterThan(10_000_000);
  expect(await socket.received(10_000)).toHaveLength(10_000);
  socket.ws.close();
});

it('refuses a message that is longer than a request may be, before it is there', async () => {
  const socket = await RawSocket.initialised(transports.socketUrl);
  socket.ws.send(Buffer.alloc(100 * 1024 * 1024));

  expect([1006, 1009]).toContain((await socket.closed()).code);
  expect((await postTo(transports.url, '{ echo(text: "alive") }')).body.data).toEqual({ echo: 'alive' });
});

it('lives on whatever bytes come after the handshake, and in the place of it', async () => {
  const { hostname, port } = new URL(transports.socketUrl);
  const handshake = [
    'GET /graphql HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
  ];
  const heads = [handshake, handshake.slice(0, 4), [...handshake.slice(0, 5), 'Sec-WebSocket-Key: short'], [...handshake, 'Sec-WebSocket-Protocol: ,,']];
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const socket = createConnection({ host: hostname, port: Number(port) });
      socket.on('error', () => undefined);
      socket.write(`${heads[i % heads.length]?.join('\r\n')}\r\n\r\n`);
      socket.write(randomBytes(1 + ((i * 37) % 3_000)));
      setTimeout(() => socket.destroy(), 200);
      await once(socket, 'close');
    }),
  );

  expect((await postTo(transports.url, '{ echo(text: "alive") }')).body.data).toEqual({ echo: 'alive' });
});

it('answers as plain requests what wishes for another protocol than a WebSocket, as Java does', async () => {
  const { hostname, port } = new URL(transports.url);
  const body = JSON.stringify({ query: '{ echo(text: "plain") }' });
  const socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
  let answers = '';
  socket.on('data', (chunk) => {
    answers += chunk.toString();
  });
  for (let sent = 1; sent <= 20; sent += 1) {
    socket.write(`POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n`);
    socket.write(`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`);
    socket.write(body.slice(9));
    await eventually(() => answers.split('"echo":"plain"').length - 1 === sent, 'answers');
  }

  expect(answers.match(/HTTP\/1.1 200 OK/g)).toHaveLength(20);
  socket.destroy();
});

it('closes sockets with 1001 when the gateway stops, after the answers that are under way', async () => {
  const stopping = await serveTransports(db);
  const [idle, asking, subscribed] = await Promise.all([1, 2, 3].map(() => RawSocket.initialised(stopping.socketUrl)));
  asking?.subscribe('1', '{ slow }');
  subscribed?.subscribe('1', TICKS);
  await stopping.feed.opened(1);
  await eventually(() => stopping.waiting === 1, 'answers to be waited for');
  const stopped = stopping.stop();

  expect((await idle?.closed())?.code).toBe(1001);
  expect(await subscribed?.closed()).toEqual({ code: 1001, reason: expect.stringContaining('after the last cursor') });
  stopping.release();
  expect((await asking?.received(2))?.[0]).toMatchObject({ type: 'next', payload: { data: { slow: 1 } } });
  expect((await asking?.closed())?.code).toBe(1001);
  await stopped;
});

it('ends sockets whose clients do not answer the close', async () => {
  const stopping = await serveTransports(db);
  const deaf = await RawSocket.initialised(stopping.socketUrl);
  deaf.ws.pause();
  await stopping.stop(100);
  deaf.ws.resume();

  expect([1001, 1006]).toContain((await deaf.closed()).code);
});
