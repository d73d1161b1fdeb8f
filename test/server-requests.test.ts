import { request } from 'node:http';
import { createConnection } from 'node:net';
import { expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db);

/** Sends bytes as they are, and gives what comes back until the server closes, or `ms` are over. */
function sendRaw(text: string, ms = 3_000): Promise<string> {
  const { hostname, port } = new URL(gateway.origin);
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection({ host: hostname, port: Number(port) }, () => socket.write(text));
    const timer = setTimeout(() => socket.destroy(), ms);
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

/** The status and the code of a GET with headers that fetch would not send. */
function get(path: string, headers: Record<string, string>): Promise<{ status: number; code: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${gateway.origin}${path}`, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, code: JSON.parse(text).errors?.[0].extensions.code }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

it('writes one line a request: id, operation, duration, statements, time in SQL', async () => {
  const { headers } = await gateway.ask('query Wall { metrics { id } }', {}, { 'x-request-id': 'wall-1' });

  const line = await gateway.line(({ msg, requestId }) => msg === 'request' && requestId === 'wall-1');
  expect(headers.get('x-request-id')).toBe('wall-1');
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    requestId: 'wall-1',
    method: 'POST',
    path: '/graphql',
    operation: 'Wall',
    status: 200,
    durationMs: expect.any(Number),
    statements: expect.any(Number),
    sqlMs: expect.any(Number),
    msg: 'request',
  });
  expect(Number(line.statements)).toBeGreaterThan(0);
  expect(gateway.lines.filter(({ msg, requestId }) => msg === 'request' && requestId === 'wall-1')).toHaveLength(1);
});

it('counts the statements of a change, those inside its transaction too', async () => {
  await gateway.ask('mutation { saveMetrics(metrics: [{ id: "co2", unit: "[ppm]" }]) { id } }', {}, { 'x-request-id': 'change-1' });

  const line = await gateway.line(({ msg, requestId }) => msg === 'request' && requestId === 'change-1');
  expect(Number(line.statements)).toBeGreaterThanOrEqual(4);
  expect(Number(line.sqlMs)).toBeGreaterThanOrEqual(0);
});

it('sends no statement for what needs none', async () => {
  await gateway.ask('{ __typename }', {}, { 'x-request-id': 'nothing-1' });

  expect((await gateway.line(({ msg, requestId }) => msg === 'request' && requestId === 'nothing-1')).statements).toBe(0);
});

it.each([['a'.repeat(200)], ['two words'], ['<script>']])('takes no request id that could harm a log (%s)', async (given) => {
  const { headers } = await gateway.ask('{ __typename }', {}, { 'x-request-id': given });

  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

it('logs probes only for those who debug', async () => {
  await fetch(`${gateway.origin}/healthz`, { headers: { 'x-request-id': 'probe-1' } });

  expect((await gateway.line(({ requestId }) => requestId === 'probe-1')).level).toBe('debug');
});

it('says that it is alive, and that it is ready', async () => {
  const [alive, ready] = await Promise.all(['/healthz', '/readyz'].map((path) => fetch(`${gateway.origin}${path}`)));

  expect([alive?.status, await alive?.json()]).toEqual([200, { status: 'ok' }]);
  expect([ready?.status, await ready?.json()]).toEqual([200, { status: 'ready' }]);
});

it('leads from the root to GraphQL', async () => {
  const response = await fetch(`${gateway.origin}/`, { redirect: 'manual' });

  expect([response.status, response.headers.get('location')]).toEqual([307, '/graphql']);
});

it.each([['localhost'], ['localhost:4000'], ['127.0.0.1'], ['127.0.0.2:80'], ['[::1]:4000'], ['app.localhost']])(
  'answers to the name %s of this machine',
  async (host) => {
    expect(await get('/healthz', { host })).toEqual({ status: 200, code: undefined });
  },
);

it.each([['evil.example'], ['localhost.evil.example'], ['127.0.0.1.evil.example'], ['192.168.0.7:4000'], ['[::2]'], ['a b']])(
  'refuses the foreign name %s',
  async (host) => {
    expect(await get('/healthz', { host })).toEqual({ status: 403, code: 'FORBIDDEN_HOST' });
  },
);

it.each([['https://evil.example'], ['null'], ['http://127.0.0.1.evil.example']])('refuses pages of %s', async (origin) => {
  expect(await get('/healthz', { origin })).toEqual({ status: 403, code: 'FORBIDDEN_ORIGIN' });
});

it('answers pages of this machine', async () => {
  expect(await get('/healthz', { origin: gateway.origin })).toEqual({ status: 200, code: undefined });
});

it.each([
  ['no HTTP at all', 'hello\r\n\r\n', '400'],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', '400'],
  ['a head that is too long', `GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, '431'],
  ['two lengths', 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na', '400'],
  ['a path that is none', 'GET http://[ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', '404'],
  ['a path of two slashes', 'GET //evil.example/graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', '404'],
])('answers %s with the status that says so, and goes on', async (_name, text, status) => {
  const answer = await sendRaw(text);

  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect((await fetch(`${gateway.origin}/healthz`)).status).toBe(200);
});

it('outlives clients that go away at any moment', async () => {
  const head = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n';
  const { hostname, port } = new URL(gateway.origin);
  await Promise.all(
    [0, 1, 5, 20, 50].map(
      (ms) =>
        new Promise<void>((resolve) => {
          const socket = createConnection({ host: hostname, port: Number(port) }, () => {
            socket.write(`${head}{"query":`);
            setTimeout(() => socket.resetAndDestroy(), ms);
          });
          socket.on('error', () => undefined);
          socket.on('close', () => resolve());
        }),
    ),
  );

  expect((await fetch(`${gateway.origin}/healthz`)).status).toBe(200);
  const broken = await gateway.line(({ msg, aborted }) => msg === 'request' && aborted === true);
  expect(broken).toMatchObject({ path: '/graphql', level: 'info' });
  expect(gateway.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
