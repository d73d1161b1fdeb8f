import { beforeAll, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { EventStreamReader } from './support/event-stream.ts';
import { eventually } from './support/hand-feed.ts';
import { build } from './support/plant.ts';
import { type RawMessage, RawSocket } from './support/raw-socket.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db);

const SENSORS = Array.from({ length: 100 }, (_, index) => `S${String(index).padStart(3, '0')}`);
const QUERY = 'subscription { latest(every: "PT0.1S") { sensor { id } value } }';
/** A megabyte for a hundred readings. */
const LARGE = `subscription { latest(every: "PT0.1S") { value ${Array.from({ length: 50 }, (_, index) => `f${index}: sensor { name }`).join(' ')} } }`;

let minute = 0;

beforeAll(async () => {
  await build(db, { sensors: SENSORS.map((id) => ({ id, name: 'n'.repeat(200) })), readings: [] });
  await measure(0);
});

/** Loads one value of all sensors, newer than all before. */
async function measure(value: number): Promise<void> {
  minute += 1;
  const time = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const response = await fetch(`${gateway.origin}/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: `time,sensor,metric,value\n${SENSORS.map((id) => `${time},${id},temperature,${value}`).join('\n')}\n`,
  });
  expect(response.status).toBe(200);
}

function valuesOf(messages: readonly RawMessage[]): readonly number[] {
  return messages.map((message) => {
    const { payload } = message as { readonly payload: { readonly data: { readonly latest: readonly { readonly value: number }[] } } };
    return payload.data.latest[0]?.value ?? Number.NaN;
  });
}

it('tells newest readings by socket and by event stream', async () => {
  await measure(1);
  const socket = await RawSocket.initialised(gateway.url.replace('http:', 'ws:'));
  socket.subscribe('1', QUERY);
  const stream = await EventStreamReader.open(`${gateway.url}?${new URLSearchParams({ query: QUERY }).toString()}`);
  await eventually(() => socket.messages.length === 1 && stream.events.length === 1, 'first pictures');

  await measure(2);
  await eventually(() => socket.messages.length === 2 && stream.events.length === 2, 'changes');

  expect(valuesOf(socket.messages)).toEqual([1, 2]);
  expect(JSON.parse(stream.events[1]?.data ?? '')).toEqual({ data: { latest: SENSORS.map((id) => ({ sensor: { id }, value: 2 })) } });
  stream.close();
  socket.ws.close();
});

it('does not pile up frames for a client that reads nothing, and tells it what is newest when it reads again', async () => {
  const url = gateway.url.replace('http:', 'ws:');
  const [slow, quick] = [await RawSocket.initialised(url), await RawSocket.initialised(url)];
  slow.subscribe('1', LARGE);
  quick.subscribe('1', QUERY);
  await eventually(() => slow.messages.length === 1 && quick.messages.length === 1, 'first pictures');

  slow.ws.pause();
  // More than what the connection itself takes in.
  for (let value = 100; value < 130; value += 1) {
    await measure(value);
    await eventually(() => valuesOf(quick.messages).at(-1) === value, 'a change');
  }
  slow.ws.resume();
  await eventually(() => valuesOf(slow.messages).at(-1) === 129, 'what is newest');

  expect(slow.messages.length).toBeLessThan(quick.messages.length);
  expect(valuesOf(slow.messages)).toEqual([...valuesOf(slow.messages)].sort((a, b) => a - b));
  slow.ws.close();
  quick.ws.close();
});
