import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { getExport } from './support/exports.ts';
import { build } from './support/plant.ts';
import { useGateway } from './support/served-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'thermograph-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const DOCUMENTS = {
  sensors: 'query ($ids: [ID!], $first: Int) { sensors(ids: $ids, first: $first) { nodes { id name } } }',
  window: `query ($from: TimeBound!, $to: TimeBound, $order: TimeOrder! = ASCENDING, $first: Int, $where: LocationFilter, $withSensor: Boolean! = false) {
    readings(from: $from, to: $to, order: $order, first: $first, where: $where) { nodes { time value sensor @include(if: $withSensor) { id } } }
  }`,
  long: '{ readings(from: "2024") { nodes { time value sensor { id name } location { id factory timezone } } } }',
};
for (const [name, text] of Object.entries(DOCUMENTS)) writeFileSync(join(folder, `${name}.graphql`), text);

const db = useDatabase();
const gateway = useGateway(db, { THERMOGRAPH_DOCUMENTS: folder });
const get = (path: string, headers?: Record<string, string>, method?: string) => getExport(gateway.origin, path, headers, method);

/** More than is held back: over a megabyte of CSV. */
const MANY = 30_000;

beforeAll(async () => {
  await build(db, {
    locations: [{ id: 'L1' }, { id: 'L2', factory: 'G' }],
    sensors: [
      { id: 'S1', name: 'one', location: 'L1' },
      { id: 'S2', name: '=two', location: 'L2' },
      { id: '-3', name: 'a "third", of two' },
    ],
    readings: [
      ['S1', 'temperature', '2024-03-01T00:00:00Z', 20.5],
      ['S2', 'temperature', '2024-03-01T00:00:00Z', -3],
      ['S1', 'temperature', '2024-03-02T00:00:00Z', 21],
    ],
  });
  for (let from = 0; from < MANY; from += 10_000) {
    const readings = Array.from({ length: 10_000 }, (_, i): [string, string, string, number] => [
      'S1',
      'humidity',
      new Date(Date.UTC(2024, 5, 1) + (from + i) * 60_000).toISOString(),
      (from + i) % 100,
    ]);
    await build(db, { readings });
  }
}, 120_000);

describe('a file', () => {
  it('is CSV by RFC 4180 with a name, a type, a length and a tag', async () => {
    const { status, headers, rows, text } = await get('sensors.csv');

    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="sensors.csv"',
      'content-length': String(Buffer.byteLength(text)),
      'cache-control': 'private, no-cache',
      etag: expect.stringMatching(/^"[\w-]+"$/),
      vary: expect.stringContaining('accept-encoding'),
      'x-content-type-options': 'nosniff',
    });
    expect(text.endsWith('\r\n')).toBe(true);
    expect(rows()).toEqual([
      ['id', 'name'],
      ["'-3", 'a "third", of two'],
      ['S1', 'one'],
      ['S2', "'=two"],
    ]);
  });

  it('is NDJSON or a JSON array of the same rows, where nothing is neutralised', async () => {
    const ndjson = await get('sensors.ndjson');
    const json = await get('sensors.json');

    const expected = [
      { id: '-3', name: 'a "third", of two' },
      { id: 'S1', name: 'one' },
      { id: 'S2', name: '=two' },
    ];
    expect(ndjson.headers).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="sensors.ndjson"',
    });
    expect(
      ndjson.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(expected);
    expect(json.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json.json()).toEqual(expected);
  });

  it('has its header from the selection where there are no rows', async () => {
    const answers = await Promise.all(['csv', 'ndjson', 'json'].map((format) => get(`window.${format}?from=2030&to=2031&withSensor=true`)));

    expect(answers.map(({ text }) => text)).toEqual(['time,value,sensor.id\r\n', '', '[]\n']);
  });

  it('begins with a byte order mark on demand, by which Excel knows UTF-8', async () => {
    const marked = await get('sensors.csv?bom=true');

    expect([...marked.body.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(marked.body.subarray(3)).toEqual((await get('sensors.csv?bom=false')).body);
  });

  it.each([
    ['sensors.csv', 'a short file', false],
    ['window.csv?from=2024&first=1000', 'one that is known whole', true],
    ['long.csv', 'one that is streamed', true],
  ])('is the same as gzip: %s, %s', async (path, _what, isGzip) => {
    const plain = await get(path);
    const packed = await get(path, { 'accept-encoding': 'gzip, deflate, br' });

    expect(packed.headers['content-encoding']).toBe(isGzip ? 'gzip' : undefined);
    // Not by toEqual, which takes ten seconds for two megabytes.
    expect((isGzip ? gunzipSync(packed.body) : packed.body).equals(plain.body)).toBe(true);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(packed.headers.vary).toBe(plain.headers.vary);
  });

  it.each(['sensors.csv', 'long.csv'])('has the same head by HEAD: %s', async (path) => {
    const whole = await get(path);
    const head = await get(path, {}, 'HEAD');

    // How a body is sent is no matter of a file, and an answer without one does not say it.
    const lasting = ({ date: _date, 'x-request-id': _id, 'transfer-encoding': _sent, ...headers }: typeof head.headers) => headers;
    expect(head.status).toBe(200);
    expect(lasting(head.headers)).toEqual(lasting(whole.headers));
    expect(head.body).toHaveLength(0);
  });
});

describe('a tag', () => {
  it.each(['sensors.csv', 'long.csv', 'long.ndjson'])(
    'tells who has the file that it is still the same, packed or not, until something in it changes: %s',
    async (path) => {
      const { headers } = await get(path);
      const packed = await get(path, { 'accept-encoding': 'gzip' });
      const tag = headers.etag ?? '';
      const again = await get(path, { 'if-none-match': `"other", ${tag}` });
      const fromPacked = await get(path, { 'if-none-match': packed.headers.etag ?? '' });
      const other = await get(path, { 'if-none-match': '"other"' });

      expect(again.status).toBe(304);
      expect(again.body).toHaveLength(0);
      expect(again.headers.etag).toBe(tag);
      expect(again.headers.vary).toBe(headers.vary);
      expect(fromPacked.status).toBe(304);
      expect(other.status).toBe(200);
    },
  );

  it('is a weak one of the state of the store where the file is too long to be held, and another one after a correction, late readings, or a new name', async () => {
    const tagOf = async (path: string) => (await get(path, {}, 'HEAD')).headers.etag ?? '';
    const tags = [await tagOf('long.csv')];
    expect(await tagOf('long.csv')).toBe(tags[0]);
    await build(db, { readings: [['S1', 'temperature', '2024-03-01T00:00:00Z', 20.75]] });
    tags.push(await tagOf('long.csv'));
    await build(db, { readings: [['S2', 'temperature', '2024-02-01T00:00:00Z', 1]] });
    tags.push(await tagOf('long.csv'));
    await gateway.ask('mutation { saveSensors(sensors: [{ id: "S1", name: "uno" }]) { id } }');
    tags.push(await tagOf('long.csv'));

    for (const tag of tags) expect(tag).toMatch(/^W\/"[\w-]+"$/);
    expect(new Set(tags).size).toBe(4);
    expect(await tagOf('long.csv?bom=true')).not.toBe(tags[3]);
    expect((await get('long.csv', { 'if-none-match': tags[0] ?? '' })).status).toBe(200);
  });

  it('is not given where rows say how something stands at present, and the file is too long to be held', async () => {
    await gateway.ask(
      `mutation { saveDocument(name: "standing", text: "{ readings(from: \\"2024\\") { nodes { time value sensor { id status lastSeen } } } }") { name } }`,
    );
    const { status, headers } = await get('standing.csv');

    expect(status).toBe(200);
    expect(headers.etag).toBeUndefined();
  });
});

describe('a request', () => {
  it.each([
    ['an unknown name', 'sensor.csv', 'did you mean \\"sensors\\"?'],
    ['another ending', 'sensors.xlsx', 'the ending .csv, .ndjson or .json'],
    ['no ending', 'sensors', 'the ending .csv, .ndjson or .json'],
    ['a path that leads out of the folder', '..%2Fsensors.csv', 'there is no document'],
    ['a name that cannot be decoded', '%E0%A4%A.csv', 'there is no document'],
    ['a deeper path', 'a/sensors.csv', 'there is nothing at'],
    ['no name', '', 'there are aggregates, alerts, latest, locations, long, readings, sensors, '],
  ])('for %s is answered with 404', async (_what, path, words) => {
    const { status, text, json } = await get(path);

    expect(status).toBe(404);
    expect(json().errors[0].extensions.code).toBe('NOT_FOUND');
    expect(text).toContain(words);
  });

  it('for the folder without its slash is answered with the names as well', async () => {
    const answer = await fetch(`${gateway.origin}/export`);

    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      errors: [
        {
          message: expect.stringMatching(/^there is nothing at \/export: .*; there are aggregates, alerts, /),
          extensions: { code: 'NOT_FOUND' },
        },
      ],
    });
  });

  it('by another method is answered with 405', async () => {
    const { status, headers, json } = await get('sensors.csv', {}, 'POST');

    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD, OPTIONS');
    expect(json().errors[0].extensions.code).toBe('METHOD_NOT_ALLOWED');
  });

  it.each([
    [{ accept: 'text/html' }, 406],
    [{ accept: 'application/json' }, 406],
    [{ accept: 'text/csv;q=0, text/*' }, 406],
    [{ accept: 'text/csv' }, 200],
    [{ accept: 'text/*' }, 200],
    [{ accept: 'text/html, */*;q=0.1' }, 200],
    [{ 'accept-encoding': 'identity;q=0, br' }, 406],
    [{ 'accept-encoding': '' }, 200],
  ])('that takes %j is answered with %i', async (headers, status) => {
    expect((await get('sensors.csv', headers)).status).toBe(status);
  });

  it('is in the log by the name of the document', async () => {
    await get('sensors.csv?ids=LOGGED');

    expect(await gateway.line(({ msg, path }) => msg === 'request' && path === '/export/sensors.csv')).toMatchObject({
      operation: 'sensors',
      status: 200,
      method: 'GET',
    });
  });
});
