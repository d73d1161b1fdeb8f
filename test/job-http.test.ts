import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { readingsOf, runOnce } from './support/fetching-runs.ts';
import { minute, type Pulling, pullingFrom, rowsOf } from './support/http-pulling.ts';
import { sendJson, useHttpSource } from './support/http-source.ts';

const db = useDatabase();
const server = useHttpSource();
const elsewhere = useHttpSource();

const pulling = (source: string, more?: Pulling) => pullingFrom(server, source, more);

describe('an address', () => {
  it('gives records in each form, packed or not', async () => {
    const csv = pulling('', { mapping: 'format: csv' });
    server.answer((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(`time,sensor,temperature\n${minute(0)},${csv.sensor},1\n`)),
    );
    const first = await runOnce(db, csv.job);
    const ndjson = pulling('', { mapping: 'format: ndjson' });
    server.answer((_request, response) => response.end(gzipSync(`${JSON.stringify(rowsOf(ndjson.sensor, 1)[0])}\n`)));
    const second = await runOnce(db, ndjson.job);
    const wrapped = pulling('records: data.items');
    server.answer((_request, response) => sendJson(response, { data: { items: rowsOf(wrapped.sensor, 3) } }));
    const third = await runOnce(db, wrapped.job);

    expect([first, second, third]).toMatchObject([
      { error: null, state: 'SUCCEEDED', loaded: 1 },
      { error: null, state: 'SUCCEEDED', loaded: 1 },
      { error: null, state: 'SUCCEEDED', loaded: 3 },
    ]);
  });

  it('may have nothing to say', async () => {
    const { job } = pulling('');
    server.answer((_request, response) => response.writeHead(204).end());

    expect(await runOnce(db, job)).toMatchObject({ error: null, state: 'SUCCEEDED', received: 0 });
  });

  it('is sent the headers of the job, whose secrets no error tells', async () => {
    const { job, sensor } = pulling(`headers: { Authorization: "Bearer \${TOKEN}", accept: application/vnd.api+json }`, {
      environment: { TOKEN: 's3cret-token' },
    });
    server.answer(({ headers }, response) => {
      if (headers.authorization === 'Bearer s3cret-token' && headers.accept === 'application/vnd.api+json') sendJson(response, rowsOf(sensor, 1));
      else response.writeHead(401).end();
    });
    const allowed = await runOnce(db, job);
    server.answer(({ headers }, response) => response.writeHead(403).end(`no entry for ${headers.authorization}`));
    const refused = await runOnce(db, job);

    expect(allowed).toMatchObject({ error: null, loaded: 1 });
    expect(refused).toMatchObject({ state: 'FAILED', code: 'SOURCE_UNAVAILABLE', error: expect.stringContaining('answers 403 Forbidden: no entry for') });
    expect(refused.error).not.toContain('s3cret');
  });

  it('names what is no input', async () => {
    const { job } = pulling('');
    server.answer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'));

    expect(await runOnce(db, job)).toMatchObject({ state: 'FAILED', code: 'UNREADABLE_INPUT' });
  });
});

describe('pages', () => {
  const all = (sensor: string) => rowsOf(sensor, 25);

  it.each([
    [
      'a Link header',
      'paging: { kind: link }',
      (sensor: string) =>
        server.answer((_request, response, url) => {
          const page = Number(url.searchParams.get('p') ?? 0);
          const links = `<${url.pathname}?p=${page - 1}>; rel="prev"${page < 2 ? `, <${url.pathname}?p=${page + 1}>; title="a, b"; rel="last next"` : ''}`;
          sendJson(response, all(sensor).slice(page * 10, page * 10 + 10), { link: links });
        }),
      3,
    ],
    [
      'the address of the next in the answer',
      'records: items, paging: { kind: next, path: meta.next }',
      (sensor: string) =>
        server.answer((_request, response, url) => {
          const page = Number(url.searchParams.get('p') ?? 0);
          sendJson(response, {
            items: all(sensor).slice(page * 10, page * 10 + 10),
            meta: { next: page < 2 ? `${server.origin}${url.pathname}?p=${page + 1}` : null },
          });
        }),
      3,
    ],
    [
      'a cursor',
      'records: items, paging: { kind: cursor, path: cursor, parameter: after }',
      (sensor: string) =>
        server.answer((_request, response, url) => {
          const from = Number(url.searchParams.get('after') ?? 0);
          sendJson(response, { items: all(sensor).slice(from, from + 10), ...(from < 20 ? { cursor: String(from + 10) } : {}) });
        }),
      3,
    ],
    [
      'page numbers',
      'paging: { kind: page, parameter: page, first: 0 }',
      (sensor: string) =>
        server.answer((_request, response, url) => {
          const page = Number(url.searchParams.get('page'));
          sendJson(response, all(sensor).slice(page * 10, page * 10 + 10));
        }),
      4,
    ],
    [
      'an offset',
      'paging: { kind: offset, parameter: skip }',
      (sensor: string) =>
        server.answer((_request, response, url) => {
          const skip = Number(url.searchParams.get('skip'));
          sendJson(response, all(sensor).slice(skip, skip + 10));
        }),
      4,
    ],
  ])('are gone through by %s', async (_name, paging, answer, requests) => {
    const { job, sensor } = pulling(paging);
    answer(sensor);

    const run = await runOnce(db, job);

    expect(run).toMatchObject({ error: null, state: 'SUCCEEDED', received: 25, loaded: 25, batches: 1 });
    expect(server.asked).toHaveLength(requests);
  });

  it('of another server are not asked for, because the headers of the job are not for it', async () => {
    const { job, sensor } = pulling('records: items, paging: { kind: next, path: next }');
    elsewhere.answer((_request, response) => sendJson(response, { items: [] }));
    server.answer((_request, response) => sendJson(response, { items: rowsOf(sensor, 1), next: `${elsewhere.origin}/steal` }));

    expect(await runOnce(db, job)).toMatchObject({ state: 'FAILED', code: 'SOURCE_UNAVAILABLE', error: expect.stringContaining('at another place') });
    expect(elsewhere.asked).toEqual([]);
  });

  it('that lead back to themselves, or go on for ever, are ended', async () => {
    const circle = pulling('records: items, paging: { kind: cursor, path: cursor, parameter: after }');
    server.answer((_request, response) => sendJson(response, { items: rowsOf(circle.sensor, 1), cursor: 'same' }));
    const first = await runOnce(db, circle.job);
    const endless = pulling('paging: { kind: page, parameter: page }, maxPages: 5');
    server.answer((_request, response) => sendJson(response, rowsOf(endless.sensor, 1)));
    const second = await runOnce(db, endless.job);

    expect(first).toMatchObject({ state: 'FAILED', error: expect.stringContaining('was read before') });
    expect(second).toMatchObject({ state: 'FAILED', error: expect.stringContaining('more pages than maxPages, 5') });
    expect(server.asked).toHaveLength(5);
  });
});

it('tells of no token that a server writes into its addresses', async () => {
  const token = 'tok-4f1c9';
  const answers: readonly [string, Parameters<typeof server.answer>[0], RegExp][] = [
    // A page that leads back to itself, a place where no list is, links and redirects that lead nowhere, a refusal that quotes what was asked.
    [
      'records: items, paging: { kind: next, path: next }',
      (_, response, url) => sendJson(response, { items: [], next: `${url.pathname}?t=${token}` }),
      /one that was read before, page 2$/,
    ],
    [
      'records: readings',
      (_, response, url) => sendJson(response, { next: `${url.pathname}?t=${token}` }),
      /answers no list at "readings", but an object with next$/,
    ],
    [
      'records: items',
      (_, response, url) => response.end(`<a href='${url.pathname}?page=2&t=${token}'>`),
      /does not answer JSON \(Unexpected token '<'\); it begins "<a href='\/sensor-\d+\?page=\*\*\*&t=\*\*\*'>"$/,
    ],
    [
      'records: items, paging: { kind: next, path: next }',
      (_, response) => sendJson(response, { items: [], next: `http://[?t=${token}` }),
      /names as its next page "http:\/\/\[\?t=\*\*\*", which is no address$/,
    ],
    ['', (_, response) => response.writeHead(302, { location: `ftp://files?t=${token}` }).end(), /redirects to ftp:\/\/files\?t=\*\*\*, which is no address$/],
    [
      '',
      (_, response, url) => response.writeHead(410).end(`gone: ${url.pathname}?page=2&t=${token}&of=9`),
      /answers 410 Gone: gone: \/sensor-\d+\?page=\*\*\*&t=\*\*\*&of=\*\*\*$/,
    ],
  ];
  for (const [source, answer, told] of answers) {
    const { job } = pulling(source);
    server.answer(answer);
    const run = await runOnce(db, job);

    expect(run).toMatchObject({ state: 'FAILED', error: expect.stringMatching(told) });
    expect(run.error).not.toContain(token);
  }
});

describe('what is asked for', () => {
  it('begins before the newest time that is loaded, by the overlap', async () => {
    const { job, sensor } = pulling('since: { parameter: from, overlap: 10m, start: 2025-12-01T00:00:00Z }');
    server.answer((_request, response) => sendJson(response, rowsOf(sensor, 60)));
    await runOnce(db, job);
    const first = server.asked;
    server.answer((_request, response, url) =>
      sendJson(
        response,
        rowsOf(sensor, 90).filter(({ time }) => Date.parse(time) >= Date.parse(url.searchParams.get('from') ?? '')),
      ),
    );

    const second = await runOnce(db, job);

    expect(first.map(decodeURIComponent)).toEqual([`/${sensor}?from=2025-12-01T00:00:00Z`]);
    expect(server.asked.map(decodeURIComponent)).toEqual([`/${sensor}?from=2026-01-01T00:49:00Z`]);
    expect(second).toMatchObject({ error: null, received: 41, loaded: 30, unchanged: 11 });
  });

  it('does not move past now by a clock that runs ahead', async () => {
    const { job, sensor } = pulling('since: { parameter: from, overlap: 0s, format: epoch-seconds }');
    server.answer((_request, response) => sendJson(response, [{ time: '2999-01-01T00:00:00Z', sensor, temperature: 1 }]));
    await runOnce(db, job);
    server.answer((_request, response) => sendJson(response, []));
    await runOnce(db, job);

    const [asked = ''] = server.asked;
    expect(Math.abs(Number(new URLSearchParams(asked.split('?')[1]).get('from')) - Date.now() / 1000)).toBeLessThan(3600);
  });

  it('is remembered page by page: a pull that was cut off goes on with the page that is missing', async () => {
    const { job, sensor } = pulling('records: items, paging: { kind: cursor, path: cursor, parameter: after }, since: { parameter: from }', {
      limits: 'batchSize: 10',
    });
    let isBroken = true;
    server.answer((_request, response, url) => {
      const from = Number(url.searchParams.get('after') ?? 0);
      if (isBroken && from === 60) return void response.writeHead(404).end();
      sendJson(response, { items: rowsOf(sensor, 10, from), ...(from < 90 ? { cursor: String(from + 10) } : {}) });
    });
    const cut = await runOnce(db, job);
    isBroken = false;
    const before = server.asked.length;

    const rest = await runOnce(db, job);

    expect(cut).toMatchObject({ state: 'FAILED', loaded: 50 });
    expect(rest).toMatchObject({ error: null, state: 'SUCCEEDED' });
    expect(rest).toMatchObject({ received: 50, loaded: 50 });
    expect(server.asked[before]).toMatch(/after=50$/);
    expect(await readingsOf(db, sensor)).toHaveLength(100);
  });

  it('begins anew where the server no longer knows the page that is missing', async () => {
    const { job, sensor } = pulling('records: items, paging: { kind: cursor, path: cursor, parameter: after }', { limits: 'batchSize: 10' });
    server.answer((_request, response, url) => {
      const from = Number(url.searchParams.get('after') ?? 0);
      if (from >= 30) return void response.writeHead(410).end('the cursor has expired');
      sendJson(response, { items: rowsOf(sensor, 10, from), cursor: String(from + 10) });
    });
    await runOnce(db, job);
    server.answer((_request, response, url) => {
      if (url.searchParams.has('after')) return void response.writeHead(410).end('the cursor has expired');
      sendJson(response, { items: rowsOf(sensor, 50) });
    });

    expect(await runOnce(db, job)).toMatchObject({ error: null, state: 'SUCCEEDED', received: 50, loaded: 30, unchanged: 20 });
  });
});
