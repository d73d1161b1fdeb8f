import { expect, it } from 'vitest';
import { ingest } from '../etl/ingest.ts';
import { type InputFormat, readRecords } from '../etl/open-input.ts';
import { parseSourceDefinition } from '../etl/source-definition.ts';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db);

async function* bytesOf(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

/** What is said of the refused readings of an input. */
async function messagesOf(format: InputFormat, text: string | Uint8Array): Promise<readonly string[]> {
  const { rejected } = await ingest(db.store, readRecords(bytesOf(text), format, { knownMetrics: new Set(['temperature', 'humidity']) }), { register: true });
  return rejected.map(({ message }) => message);
}

const source = (time: string, rest = ''): InputFormat => ({
  kind: 'source',
  definition: parseSourceDefinition(
    `format: csv\n${rest}\ntime: ${time}\nreadings: [{ sensor: s, metrics: [{ column: v, metric: temperature }] }]`,
    'own.yaml',
  ),
});

it.each([
  ['"32,5"', 'decimal commas are read by a source definition with decimalComma: true'],
  ['"1.234,5"', 'decimalComma: true'],
  ['-', 'where it means that nothing was measured, a source definition names it under missing'],
  ['NA', 'under missing'],
  ['n/a', 'under missing'],
])('of the value %s the refusal says how it is read', async (cell, hint) => {
  const [message = ''] = await messagesOf({ kind: 'csv' }, `time,sensor,temperature\n2026-01-01T00:00:00Z,s,${cell}\n`);

  expect(message).toContain(`temperature is ${JSON.stringify(cell.replaceAll('"', ''))}, but a value is a finite number: `);
  expect(message).toContain(hint);
});

it('of a value that is anything else nothing is guessed', async () => {
  expect(await messagesOf({ kind: 'csv' }, 'time,sensor,temperature\n2026-01-01T00:00:00Z,s,warm\n')).toEqual([
    'temperature is "warm", but a value is a finite number',
  ]);
});

it('of a point where the comma is the decimal sign the refusal says that it is', async () => {
  const format = source('{ columns: [t] }', "delimiter: ';'\ndecimalComma: true");

  expect(await messagesOf(format, 't;v\n1700000000;21.5\n')).toEqual([
    'temperature is "21.5", but a value is a finite number: by its source definition the decimal sign is the comma',
  ]);
});

it.each([
  [
    '{ columns: [t], format: dd.MM.yyyy HH:mm, timezone: Europe/Berlin }',
    'source definition own reads "dd.MM.yyyy HH:mm", as the clocks of Europe/Berlin showed it',
  ],
  ['{ columns: [t], format: [d/M/yy, d.M.yyyy], timezone: UTC }', 'source definition own reads "d/M/yy" or "d.M.yyyy", as the clocks of UTC showed it'],
  ['{ columns: [t], format: epoch-seconds }', 'source definition own reads "epoch-seconds"'],
  ['{ columns: [t] }', 'source definition own names no format, so a time is RFC 3339 with an offset (without one, its time needs a timezone), or digits'],
  ['{ start: 2010-05-09T00:00:00Z, step: PT5S, index: t }', 'source definition own counts times by the column "t", which is a whole number'],
])('of a time that %s does not fit the refusal says what does', async (time, rule) => {
  const message = `time is "2025-07-01 noon", but ${rule}`;

  expect(await messagesOf(source(time), 't,v\n2025-07-01 noon,1\n')).toEqual([message]);
});

it('of a line that is not UTF-8 the refusal says how another encoding is read', async () => {
  const input = Buffer.concat([Buffer.from('time,sensor,temperature\n2026-01-01T00:00:00Z,Gr'), Buffer.from([0xfc]), Buffer.from('n,1\n')]);

  expect(await messagesOf({ kind: 'csv' }, input)).toEqual([
    'the record is not UTF-8 text; its bytes are shown as Latin-1: save the file as UTF-8, or name the encoding of a CSV in a source definition (--source, ?source=…)',
  ]);
});

async function post(body: string, type: string): Promise<string> {
  const response = await fetch(`${gateway.origin}/ingest?register=true`, { method: 'POST', headers: { 'content-type': type }, body });
  return response.text();
}

it.each([
  ['an input without its line ends', 'time,sensor,metric,value2026-01-01T00:00:00Z,s,temperature,1', 'text/csv', 'curl keeps them with --data-binary'],
  ['one of a wide form', 'time,sensor,temperature1767225600,s,20', 'text/csv', 'curl keeps them with --data-binary'],
  [
    'records in one line',
    '{"time":1,"sensor":"s","temperature":1}{"time":2,"sensor":"s","temperature":1}',
    'application/x-ndjson',
    'curl keeps them with --data-binary',
  ],
  ['the name of a file', 'readings.csv', 'text/csv', '--data-binary @readings.csv'],
  ['nothing', '', 'text/csv', 'the body is empty; with curl: --data-binary @readings.csv'],
  ['the type that curl sends by itself', 'time', 'application/x-www-form-urlencoded', "-H 'content-type: text/csv'"],
])('of %s the refusal says how curl sends it', async (_name, body, type, hint) => {
  expect(await post(body, type)).toContain(hint);
});

it('of an input of a source without its line ends the refusal says how curl keeps them', async () => {
  const lost = messagesOf(source('{ columns: [t] }'), 't,v1700000000,201700000001,20');

  await expect(lost).rejects.toMatchObject({ cause: { message: expect.stringMatching(/has no column "v", .*curl keeps them with --data-binary/) } });
});

it('of a window that holds no time the refusal shows what was written', async () => {
  const ask = async (from: string, to: string) =>
    (await gateway.ask(`{ aggregates(metrics: ["temperature"], from: "${from}", to: "${to}", bucket: "1h") { points { count } } }`)).body.errors?.[0].message;

  expect(await ask('2025-07-02', '2025-07-01')).toBe(
    'from is "2025-07-02", but from must be before to, which is "2025-07-01"; they mean 2025-07-02T00:00:00Z and 2025-07-02T00:00:00Z',
  );
});
