import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { type Answer, useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db, { BATCH_SIZE: '1000', MAX_CONCURRENT_INGESTS: '2' });

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  query = '?register=true',
  headers: Record<string, string> = {},
): Promise<Pick<Answer, 'status' | 'body'>> {
  const response = await fetch(`${gateway.origin}/ingest${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', ...headers },
    body,
  });
  return { status: response.status, body: await response.json() };
}

/** Long CSV of one sensor, a reading a minute. */
function csvOf(sensor: string, readings: number): string {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const rows = Array.from({ length: readings }, (_, i) => `${new Date(start + i * 60_000).toISOString()},${sensor},temperature,${20 + (i % 10)}`);
  return `time,sensor,metric,value\n${rows.join('\n')}\n`;
}

async function countOf(sensor: string): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>('select count(*) from reading join series on series.id = series_id where sensor_id = $1', [sensor]);
  return rows[0]?.count ?? 0;
}

it.each([
  [
    'long CSV',
    'text/csv',
    (sensor: string) => `time,sensor,metric,value\n2026-01-01T00:00:00Z,${sensor},temperature,20\n2026-01-01T00:01:00Z,${sensor},temperature,21\n`,
  ],
  [
    'CSV with a charset',
    'text/csv; charset=UTF-8',
    (sensor: string) => `time,sensor,temperature\n2026-01-01T00:00:00Z,${sensor},20\n2026-01-01T00:01:00Z,${sensor},21\n`,
  ],
  [
    'NDJSON',
    'application/x-ndjson',
    (sensor: string) =>
      ['00', '01'].map((minute) => `${JSON.stringify({ time: `2026-01-01T00:${minute}:00Z`, sensor, metric: 'temperature', value: 20 })}\n`).join(''),
  ],
  [
    'JSON',
    'application/json',
    (sensor: string) => JSON.stringify(['00', '01'].map((minute) => ({ time: `2026-01-01T00:${minute}:00Z`, sensor, temperature: 20 }))),
  ],
])('loads %s', async (name, type, content) => {
  const sensor = `form-${name}`;

  const { status, body } = await post(content(sensor), '?register=true', { 'content-type': type });

  expect([status, body]).toEqual([200, { received: 2, loaded: 2, corrected: 0, unchanged: 0, derived: 0, rejected: [], rejectedCount: 0, breaches: 0 }]);
  expect(await countOf(sensor)).toBe(2);
});

it('loads gzip, whether the header says so or not', async () => {
  const zipped = gzipSync(csvOf('zipped', 100));

  const first = await post(zipped, '?register=true', { 'content-encoding': 'gzip' });
  const second = await post(zipped);

  expect([first.status, first.body.loaded]).toEqual([200, 100]);
  expect([second.status, second.body.unchanged]).toEqual([200, 100]);
});

it('refuses unknown sensors record by record unless asked to register them', async () => {
  const { status, body } = await post(csvOf('stranger', 2), '');

  expect(status).toBe(200);
  expect(body).toMatchObject({
    received: 2,
    loaded: 0,
    rejectedCount: 2,
    rejected: [{ index: 0, code: 'UNKNOWN_SENSOR', message: expect.stringContaining('stranger') }, { index: 1 }],
  });
});

it('reads times without an offset in the zone that is named', async () => {
  const { body } = await post('time,sensor,metric,value\n2026-01-01T09:00:00,zoned,temperature,1\n', '?register=true&timezone=Asia/Seoul');

  expect(body.loaded).toBe(1);
  const { rows } = await db.pool.query("select time from reading join series on series.id = series_id where sensor_id = 'zoned'");
  expect(rows).toEqual([{ time: '2026-01-01T00:00:00Z' }]);
});

it('reads by a bundled source definition, and saves its places', async () => {
  const csv = `No,year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,TEMP,PRES,DEWP,RAIN,wd,WSPM,station\n1,2013,3,1,0,4,4,4,7,300,77,-0.7,1023,-18.8,0,NNW,4.4,Aotizhongxin\n`;

  const { status, body } = await post(csv, '?source=beijing-air');

  expect(status).toBe(200);
  expect(body.loaded).toBeGreaterThan(5);
  expect(body.rejectedCount).toBe(0);
});

it.each([
  ['an unknown parameter', '?regster=true', { field: 'regster', value: 'true' }],
  ['a parameter twice', '?register=true&register=true', { field: 'register' }],
  ['a register that is neither', '?register=yes', { field: 'register', value: 'yes', rule: expect.stringContaining('true or false') }],
  ['an unknown zone', '?timezone=Mars/Phobos', { field: 'timezone', value: 'Mars/Phobos' }],
  ['an unknown source', '?source=../../etc/passwd', { field: 'source', value: '../../etc/passwd' }],
])('refuses %s before anything is read', async (_name, query, extensions) => {
  const { status, body } = await post(csvOf('unread', 3), query);

  expect([status, body]).toMatchObject([400, { errors: [{ extensions: { code: 'BAD_USER_INPUT', ...extensions } }] }]);
  expect(await countOf('unread')).toBe(0);
});

it.each([
  ['no type', {}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['another type', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['another charset', { 'content-type': 'text/csv; charset=cp949' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['another encoding', { 'content-type': 'text/csv', 'content-encoding': 'br' }, 415, 'UNSUPPORTED_ENCODING'],
])('refuses %s', async (_name, headers, status, code) => {
  const response = await fetch(`${gateway.origin}/ingest`, { method: 'POST', headers, body: new TextEncoder().encode(csvOf('unread', 3)) });

  expect([response.status, await response.json()]).toMatchObject([status, { errors: [{ extensions: { code } }] }]);
});

it('says of damaged gzip that it is damaged, and how many records are safe', async () => {
  const zipped = gzipSync(csvOf('damaged', 20_000), { level: 1 });

  const cut = await post(zipped.subarray(0, zipped.length / 2), '?register=true', { 'content-encoding': 'gzip' });
  const plain = await post(csvOf('damaged', 10), '?register=true', { 'content-encoding': 'gzip' });

  expect([cut.status, cut.body]).toMatchObject([400, { errors: [{ extensions: { code: 'UNREADABLE_INPUT', committedRecords: expect.any(Number) } }] }]);
  const { committedRecords } = cut.body.errors[0].extensions;
  expect(await countOf('damaged')).toBe(committedRecords);
  expect([plain.status, plain.body]).toMatchObject([
    400,
    { errors: [{ message: expect.stringContaining('not gzip'), extensions: { code: 'UNREADABLE_INPUT', committedRecords: 0 } }] },
  ]);
});

it('says of a header that is none what is wrong with it', async () => {
  const { status, body } = await post('a,b,c\n1,2,3\n');

  expect([status, body]).toMatchObject([400, { errors: [{ extensions: { code: 'UNREADABLE_INPUT', committedRecords: 0 } }] }]);
});

it('keeps what is committed when the client goes away in the middle, and goes on with others', async () => {
  const { hostname, port } = new URL(gateway.origin);
  const csv = csvOf('gone', 5_000);
  await new Promise<void>((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port) }, () => {
      socket.write(
        `POST /ingest?register=true HTTP/1.1\r\nhost: localhost\r\nx-request-id: gone-1\r\ncontent-type: text/csv\r\ncontent-length: ${csv.length * 2}\r\n\r\n${csv}`,
      );
      setTimeout(() => socket.resetAndDestroy(), 1_500);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });

  const line = await gateway.line(({ msg, requestId }) => msg === 'request' && requestId === 'gone-1');
  expect(line).toMatchObject({ aborted: true });
  expect((await countOf('gone')) % 1000).toBe(0);
  expect(await countOf('gone')).toBeGreaterThan(0);
  expect(gateway.lines.filter(({ level }) => level === 'error')).toEqual([]);
  expect((await post(csvOf('gone', 5_000))).body).toMatchObject({ received: 5_000, rejectedCount: 0 });
  expect(await countOf('gone')).toBe(5_000);
});

it('lets further inputs wait for their turn', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => post(csvOf(`turn-${i}`, 2_000))));

  expect(answers.map(({ status, body }) => [status, body.loaded])).toEqual(Array.from({ length: 8 }, () => [200, 2_000]));
});

it('counts its statements in its log line', async () => {
  await post(csvOf('counted', 10), '?register=true', { 'x-request-id': 'load-1' });

  expect(await gateway.line(({ msg, requestId }) => msg === 'request' && requestId === 'load-1')).toMatchObject({
    path: '/ingest',
    status: 200,
    statements: expect.any(Number),
  });
});
