import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db, { MAX_CONCURRENT_INGESTS: '1' });

/** As many inputs may wait for their turn. */
const PLACES = 200;

const LINE = '2026-01-01T00:00:00Z,S,temperature,20\n';
const CSV = `time,sensor,metric,value\n${LINE}`;

/** Sends an input without its last line, and holds the connection. */
async function begin(id: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.origin);
  const socket = createConnection({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(
    `POST /ingest?register=true HTTP/1.1\r\nhost: localhost\r\nx-request-id: ${id}\r\ncontent-type: text/csv\r\ncontent-length: ${CSV.length + LINE.length}\r\n\r\n${CSV}`,
  );
  return socket;
}

const statusOf = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]).split(' ', 2)[1] ?? '';

it('lets nobody wait behind inputs whose clients have gone', async () => {
  const running = await begin('running');
  // Answered after what came before it was taken up.
  await fetch(`${gateway.origin}/healthz`);
  const sockets = await Promise.all(Array.from({ length: PLACES + 1 }, (_, i) => begin(`waiting-${i}`)));
  // One of them has found no place, so all others have one.
  expect(await Promise.race(sockets.map(statusOf))).toBe('503');

  for (const socket of sockets) socket.resetAndDestroy();
  for (const i of sockets.keys()) await gateway.line(({ msg, requestId }) => msg === 'request' && requestId === `waiting-${i}`);
  const last = await begin('last');
  await fetch(`${gateway.origin}/healthz`);
  running.write(LINE);
  last.write(LINE);

  expect(await Promise.all([running, last].map(statusOf))).toEqual(['200', '200']);
  expect(gateway.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
