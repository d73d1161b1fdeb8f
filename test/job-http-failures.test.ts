import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { readingsOf, runOnce } from './support/fetching-runs.ts';
import { type Pulling, pullingFrom, rowsOf } from './support/http-pulling.ts';
import { sendJson, useHttpSource } from './support/http-source.ts';

const db = useDatabase();
const server = useHttpSource();
const elsewhere = useHttpSource();

const pulling = (source: string, more?: Pulling) => pullingFrom(server, source, more);

describe('a server that fails in passing', () => {
  const failures: readonly [string, Parameters<typeof server.answer>[0]][] = [
    ['is broken', (_request, response) => response.writeHead(503).end('busy')],
    ['is asked too often', (_request, response) => response.writeHead(429, { 'retry-after': '0' }).end()],
    ['hangs up', (request) => request.socket.destroy()],
    ['says nothing', () => undefined],
    ['begins and says no more', (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('[')],
    [
      'breaks off in the middle',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100000' }).write(JSON.stringify(rowsOf('sensor-cut', 100)).slice(0, 4000));
        setTimeout(() => response.destroy(), 20);
      },
    ],
  ];

  it.each(failures)('is asked again where it %s', async (_name, fail) => {
    const { job, sensor } = pulling('timeout: PT0.2S');
    let requests = 0;
    server.answer((request, response, url) => {
      requests += 1;
      if (requests <= 2) fail(request, response, url);
      else sendJson(response, rowsOf(sensor, 20));
    });

    const run = await runOnce(db, job);

    expect(run).toMatchObject({ error: null, state: 'SUCCEEDED' });
    expect([requests, (await readingsOf(db, sensor)).length]).toEqual([3, 20]);
  });

  it('is given up after the retries, with the reason', async () => {
    const { job } = pulling('retries: 2');
    server.answer((_request, response) => response.writeHead(502).end('<h1>Bad   Gateway</h1>'));

    const run = await runOnce(db, job);

    expect(run).toMatchObject({
      state: 'FAILED',
      code: 'SOURCE_UNAVAILABLE',
      error: expect.stringContaining('answers 502 Bad Gateway: <h1>Bad Gateway</h1>; tried 3 times'),
    });
    expect(server.asked).toHaveLength(3);
  });

  it('is not asked again where it wants to be left alone for longer than a run may wait, or where the request is wrong', async () => {
    const { job } = pulling('');
    server.answer((_request, response) => response.writeHead(503, { 'retry-after': '86400' }).end());
    const late = await runOnce(db, job);
    const lateAsked = server.asked.length;
    server.answer((_request, response) => response.writeHead(404).end());
    const wrong = await runOnce(db, job);

    expect(late).toMatchObject({ state: 'FAILED', error: expect.stringContaining('asked again in 86400 s') });
    expect(wrong).toMatchObject({ state: 'FAILED', error: expect.stringContaining('404') });
    expect([lateAsked, server.asked.length]).toEqual([1, 1]);
  });

  it('waits with nobody: who stops the run need not wait', async () => {
    const { job } = pulling('', { retryDelay: '5m' });
    server.answer((_request, response) => response.writeHead(503).end());
    const stopping = new AbortController();
    const running = runOnce(db, job, { signal: stopping.signal });
    await expect.poll(() => server.asked.length).toBe(1);

    stopping.abort(new Error('the instance stops'));

    expect((await running).state).not.toBe('SUCCEEDED');
  });
});

describe('a redirect', () => {
  it('is followed, and takes the headers of the job to no other server', async () => {
    const { job, sensor } = pulling('headers: { X-Api-Key: secret }');
    const keys: unknown[] = [];
    server.answer(({ headers }, response, url) => {
      keys.push(headers['x-api-key']);
      response.writeHead(url.pathname === '/moved' ? 307 : 301, { location: url.pathname === '/moved' ? `${elsewhere.origin}/file` : '/moved' }).end();
    });
    elsewhere.answer(({ headers }, response) => {
      keys.push(headers['x-api-key']);
      sendJson(response, rowsOf(sensor, 1));
    });

    expect(await runOnce(db, job)).toMatchObject({ error: null, loaded: 1 });
    expect(keys).toEqual(['secret', 'secret', undefined]);
  });

  it('that has no end is not followed for ever', async () => {
    const { job } = pulling('');
    server.answer((_request, response, url) => response.writeHead(302, { location: url.pathname }).end());

    expect(await runOnce(db, job)).toMatchObject({ state: 'FAILED', error: expect.stringContaining('redirects more than 5 times') });
  });
});

it('ends an answer that is longer than it may be', async () => {
  const streamed = pulling('maxBytes: 100000', { mapping: 'format: ndjson', limits: 'batchSize: 100' });
  server.answer((_request, response) => {
    const write = () => {
      while (!response.destroyed && response.write(`${JSON.stringify(rowsOf(streamed.sensor, 1)[0])}\n`));
      response.once('drain', write);
    };
    write();
  });
  const endless = await runOnce(db, streamed.job);
  const whole = pulling('maxBytes: 1000, records: items');
  server.answer((_request, response) => sendJson(response, { items: rowsOf(whole.sensor, 100) }));

  expect(endless).toMatchObject({ state: 'FAILED', error: expect.stringContaining('answers more than maxBytes, 100,000') });
  expect(endless.received).toBeGreaterThan(0);
  expect(await runOnce(db, whole.job)).toMatchObject({ state: 'FAILED', received: 0, error: expect.stringContaining('more than maxBytes, 1,000') });
});

it.each([
  ['records: items', 'format: csv', /a place in an answer is one in JSON/],
  ['paging: { kind: page, parameter: p }', 'source: building-rooms', /page by link/],
])('refuses %s with %s', async (source, mapping, rule) => {
  const { job } = pulling(source, { mapping });

  expect(await runOnce(db, job)).toMatchObject({ state: 'FAILED', error: expect.stringMatching(rule) });
});

it('refuses a next page without the place of the records beside it', () => {
  expect(() => pulling('paging: { kind: next, path: next }')).toThrow(/source\.records is null, but expected where in the answer the records are/);
});
