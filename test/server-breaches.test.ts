import { createClient } from 'graphql-ws';
import { beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { useDatabase } from './support/database.ts';
import { EventStreamReader } from './support/event-stream.ts';
import { eventually } from './support/hand-feed.ts';
import { addThreshold, build } from './support/plant.ts';
import { RawSocket } from './support/raw-socket.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db, { HEARTBEAT_INTERVAL_MS: '200' });

const QUERY = 'subscription Breaches($after: String) { breaches(after: $after) { cursor breach { number kind value } } }';

beforeAll(async () => {
  await build(db, { locations: [{ id: 'Hall' }], sensors: [{ id: 'S1', location: 'Hall' }], readings: [] });
  await addThreshold(db, { metric: 'temperature', level: 'WARNING', min: 30 });
});

let minute = 0;

/** Loads a value of the next minute, as a device would. */
async function measure(value: number): Promise<void> {
  const time = new Date(Date.UTC(2026, 0, 1, 0, minute++)).toISOString();
  const response = await fetch(`${gateway.origin}/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: `time,sensor,metric,value\n${time},S1,temperature,${value}\n`,
  });
  expect(response.status).toBe(200);
}

interface Told {
  readonly cursor: string;
  readonly breach: { readonly number: number; readonly kind: string; readonly value: number } | null;
}

const kindsOf = (frames: readonly Told[]) => frames.flatMap(({ breach }) => (breach === null ? [] : [[breach.kind, breach.value]]));

const socketUrl = () => gateway.url.replace('http:', 'ws:');

it('tells a breach by socket and by event stream, and what was missed to both when they come back', async () => {
  const client = createClient({ url: socketUrl(), webSocketImpl: WebSocket, retryWait: () => Promise.resolve() });
  const payload = { query: QUERY, variables: { after: null as string | null } };
  const bySocket: Told[] = [];
  client.subscribe<{ breaches: Told }>(payload, {
    next({ data }) {
      if (data === null || data === undefined) return;
      bySocket.push(data.breaches);
      payload.variables.after = data.breaches.cursor;
    },
    error: () => undefined,
    complete: () => undefined,
  });
  let opened: unknown = null;
  client.on('opened', (socket) => {
    opened = socket;
  });
  const url = `${gateway.url}?${new URLSearchParams({ query: QUERY }).toString()}`;
  const stream = await EventStreamReader.open(url);
  const byStream = (reader: EventStreamReader): Told[] => reader.events.flatMap(({ data = '' }) => (data === '' ? [] : [JSON.parse(data).data.breaches]));
  await eventually(() => bySocket.length > 0 && stream.events.length > 0, 'first frames');

  await measure(31);
  await eventually(() => kindsOf(bySocket).length === 1 && kindsOf(byStream(stream)).length === 1, 'breaches');
  stream.close();
  if (opened instanceof WebSocket) opened.terminate();
  await measure(20);
  await measure(35);
  const again = await EventStreamReader.open(url, { headers: { 'last-event-id': stream.events.at(-1)?.id ?? '' } });
  await eventually(() => kindsOf(bySocket).length === 3 && kindsOf(byStream(again)).length === 2, 'breaches that were missed');

  const all = [
    ['OPENED', 31],
    ['CLEARED', 20],
    ['OPENED', 35],
  ];
  expect(kindsOf(bySocket)).toEqual(all);
  expect([...kindsOf(byStream(stream)), ...kindsOf(byStream(again))]).toEqual(all);
  expect(again.events.every(({ id, data = '' }) => JSON.parse(data).data.breaches.cursor === id)).toBe(true);
  again.close();
  await client.dispose();
});

it('refuses on a socket what it refuses over HTTP', async () => {
  const socket = await RawSocket.initialised(socketUrl());
  socket.subscribe('1', 'subscription { breaches { cursr } }');
  socket.subscribe('2', 'subscription { breaches(after: "nonsense") { cursor } }');
  socket.subscribe('3', `subscription { breaches { breach ${'{ alert { breaches { nodes '.repeat(5)}{ id } ${'} } }'.repeat(5)} } }`);
  socket.subscribe('4', '{ aggregates(metrics: ["temperature"], from: "2026", bucket: "7m") { points { avg } } }');

  const messages = (await socket.received(5)).filter(({ type }) => type !== 'complete');
  const told = Object.fromEntries(messages.map(({ id, type, payload }) => [id, [type, JSON.stringify(payload)]]));
  expect(told).toMatchObject({
    1: ['error', expect.stringMatching(/Did you mean \\"cursor\\".*GRAPHQL_VALIDATION_FAILED/)],
    2: ['error', expect.stringContaining('BAD_USER_INPUT')],
    3: ['error', expect.stringContaining('QUERY_TOO_DEEP')],
    4: ['next', expect.stringMatching(/a bucket must divide a day.*BAD_USER_INPUT/)],
  });
  socket.ws.close();
});
