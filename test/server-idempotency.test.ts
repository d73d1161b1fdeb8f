import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { useDatabase } from './support/database.ts';
import { type Answer, serve, useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db, { BATCH_SIZE: '1000' });
const other = useGateway(db, { BATCH_SIZE: '1000' });

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

async function post(body: Body, key: string, query = '?register=true', { origin } = gateway): Promise<Answer> {
  const response = await fetch(`${origin}/ingest${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', 'idempotency-key': key },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Long CSV of one sensor, a reading a minute. */
function csvOf(sensor: string, readings: number, value = 20): string {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const rows = Array.from({ length: readings }, (_, i) => `${new Date(start + i * 60_000).toISOString()},${sensor},temperature,${value + (i % 10)}`);
  return `time,sensor,metric,value\n${rows.join('\n')}\n`;
}

async function batches(): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>('select count(*) from batch');
  return rows[0]?.count ?? 0;
}

async function countOf(sensor: string): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>('select count(*) from reading join series on series.id = series_id where sensor_id = $1', [sensor]);
  return rows[0]?.count ?? 0;
}

/** A body of which the end is sent by hand. */
function slowly(head: string): { readonly body: ReadableStream<Uint8Array>; readonly end: (tail: string) => void; readonly breakOff: () => void } {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
      given.enqueue(Buffer.from(head));
    },
  });
  return {
    body,
    end: (tail) => {
      controller?.enqueue(Buffer.from(tail));
      controller?.close();
    },
    breakOff: () => controller?.error(new Error('the client breaks off')),
  };
}

it('answers an input that is sent again as it answered the first, and loads nothing', async () => {
  const first = await post(csvOf('again', 2500), 'again-1');
  const before = await batches();

  const second = await post(csvOf('again', 2500), 'again-1');

  expect(first.body).toMatchObject({ received: 2500, loaded: 2500, unchanged: 0 });
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  expect([second.status, JSON.stringify(second.body)]).toEqual([200, JSON.stringify(first.body)]);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect(await batches()).toBe(before);
});

it('takes a key in quotes, as the draft of the header has it, for the same key', async () => {
  await post(csvOf('quoted', 2), '"0b9c4e5e-5c5e-4d0c-a4ce-6d5a1f7b3a11"');

  const again = await post(csvOf('quoted', 2), '0b9c4e5e-5c5e-4d0c-a4ce-6d5a1f7b3a11');

  expect(again.headers.get('idempotency-replayed')).toBe('true');
});

it.each([
  ['body', csvOf('reused', 4), '?register=true'],
  ['body that goes on', `${csvOf('reused', 3)}2026-02-01T00:00:00Z,reused,temperature,1\n`, '?register=true'],
  ['body that is shorter', csvOf('reused', 2), '?register=true'],
  ['parameter', csvOf('reused', 3), '?register=true&timezone=Asia/Seoul'],
])('refuses a key that was used with another %s', async (_what, body, query) => {
  await post(csvOf('reused', 3), 'reused-1');
  const before = await batches();

  const answer = await post(body, 'reused-1', query);

  expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  expect([await batches(), await countOf('reused')]).toEqual([before, 3]);
});

it('keeps the answers of all instances for all instances', async () => {
  const first = await post(csvOf('shared', 10), 'shared-1');

  const elsewhere = await post(csvOf('shared', 10), 'shared-1', '?register=true', other);

  expect([elsewhere.status, elsewhere.body, elsewhere.headers.get('idempotency-replayed')]).toEqual([200, first.body, 'true']);
});

it('asks to come again while an input with the key is under way, at any instance, and then gives its answer', async () => {
  const rows = csvOf('slow', 2000);
  const { body, end } = slowly(rows);
  const first = post(body, 'slow-1');
  // Its key is held once its first batch is there.
  await vi.waitUntil(async () => (await countOf('slow')) > 0, { timeout: 5000 });
  const tail = '2026-02-01T00:00:00Z,slow,temperature,1\n';

  const here = await post(`${rows}${tail}`, 'slow-1');
  const there = await post(`${rows}${tail}`, 'slow-1', '?register=true', other);
  end(tail);
  const { body: answer } = await first;
  const after = await post(`${rows}${tail}`, 'slow-1', '?register=true', other);

  for (const refused of [here, there]) {
    expect([refused.status, refused.body.errors[0].extensions.code]).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(answer).toMatchObject({ received: 2001, loaded: 2001 });
  expect([after.body, after.headers.get('idempotency-replayed')]).toEqual([answer, 'true']);
});

it('loads once what arrives several times at once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => post(csvOf('crowd', 1500), 'crowd-1', '?register=true', i % 2 === 0 ? gateway : other)),
  );

  const loaded = answers.filter(({ status, headers }) => status === 200 && headers.get('idempotency-replayed') === null);
  expect(loaded.map(({ body }) => body.loaded)).toEqual([1500]);
  for (const { status } of answers) expect([200, 409]).toContain(status);
});

it('takes inputs with many keys at once, and asks the connection that holds their locks one thing at a time', async () => {
  const warnings: string[] = [];
  const hear = ({ message }: Error) => warnings.push(message);
  process.on('warning', hear);

  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => post(csvOf(`many-${i}`, 10), `many-${i}`)));

  process.off('warning', hear);
  expect(answers.map(({ body }) => body.loaded)).toEqual(Array.from({ length: 12 }, () => 10));
  expect(warnings).toEqual([]);
});

it('leaves no answer where the input breaks off, and loads the rest when it comes again', async () => {
  const { body, breakOff } = slowly(csvOf('broken', 2000));
  const first = post(body, 'broken-1').catch(() => null);
  await vi.waitUntil(async () => (await countOf('broken')) > 0, { timeout: 5000 });
  breakOff();
  await first;

  const again = await vi.waitUntil(
    async () => {
      const answer = await post(csvOf('broken', 3000), 'broken-1');
      return answer.status === 409 ? null : answer;
    },
    { timeout: 5000 },
  );

  expect(again.status).toBe(200);
  expect(again.body.received).toBe(3000);
  expect(again.body.loaded + again.body.unchanged).toBe(3000);
  expect(again.body.unchanged).toBeGreaterThan(0);
  expect(again.headers.get('idempotency-replayed')).toBeNull();
});

it('leaves no answer where the input cannot be read', async () => {
  const broken = gzipSync(csvOf('mended', 50)).subarray(0, 60);

  const first = await post(broken, 'mended-1');
  const again = await post(csvOf('mended', 50), 'mended-1');

  expect([first.status, first.body.errors[0].extensions.code]).toEqual([400, 'UNREADABLE_INPUT']);
  expect([again.status, again.body.loaded]).toEqual([200, 50]);
});

it('forgets an answer when its time is over', async () => {
  await post(csvOf('old', 5), 'old-1');
  await db.pool.query(`update idempotency_key set created_at = now() - interval '24h 1s' where key = 'old-1'`);

  const again = await post(csvOf('old', 5, 30), 'old-1');
  const replayed = await post(csvOf('old', 5, 30), 'old-1');

  expect(again.body).toMatchObject({ corrected: 5 });
  expect([replayed.body, replayed.headers.get('idempotency-replayed')]).toEqual([again.body, 'true']);
});

it.each([
  ['empty', ''],
  ['longer than 255 characters', 'k'.repeat(256)],
  ['of two words', 'one two'],
  ['not in ASCII', 'schlüssel'],
])('refuses a key that is %s', async (_what, key) => {
  const { status, body } = await post(csvOf('refused', 1), key);

  expect([status, body.errors[0].extensions]).toMatchObject([400, { code: 'BAD_USER_INPUT', field: 'Idempotency-Key' }]);
});

describe('a gateway that is started anew', () => {
  it('still knows what the one before it answered, and has no connection left over', async () => {
    const first = await post(csvOf('restart', 5), 'restart-1');
    const lines: never[] = [];
    const next = await serve(db.store, lines);
    try {
      const again = await post(csvOf('restart', 5), 'restart-1', '?register=true', { ...gateway, origin: new URL(next.url).origin });

      expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([first.body, 'true']);
    } finally {
      await next.stop();
    }
    const { rows } = await db.pool.query<{ count: number }>(
      `select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()) and objsubid = 1`,
    );
    expect(rows).toEqual([{ count: 0 }]);
  });
});
