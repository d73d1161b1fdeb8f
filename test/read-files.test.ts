import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFile } from '../etl/open-input.ts';
import { UnreadableInputError } from '../etl/read/reader.ts';
import { accepted, flat, KNOWN_METRICS, readAll } from './support/read-input.ts';

const CSV = { kind: 'csv' } as const;
const text = `time,sensor,temperature\n${Array.from({ length: 8000 }, (_, i) => `${1_700_000_000 + i},s${i % 7},${(i * 7919) % 1000}\n`).join('')}`;
const packed = gzipSync(text);

describe('gzip', () => {
  it.each([Number.POSITIVE_INFINITY, 1000, 1])('is recognised by its first bytes, in pieces of %d', async (pieceBytes) => {
    expect(await readAll(packed, CSV, { pieceBytes })).toEqual(await readAll(text, CSV));
  });

  it('may have several members', async () => {
    expect(await readAll(Buffer.concat([gzipSync(text.slice(0, 1000)), gzipSync(text.slice(1000))]), CSV)).toHaveLength(8000);
  });

  it.each([
    ['cut off', packed.subarray(0, packed.length - 100)],
    ['cut off in its checksum', packed.subarray(0, packed.length - 1)],
    ['cut off in its head', packed.subarray(0, 5)],
    ['with a flipped bit', Buffer.from(packed).fill((packed[3000] ?? 0) ^ 4, 3000, 3001)],
    ['with a wrong checksum', Buffer.from(packed).fill((packed.at(-5) ?? 0) ^ 1, packed.length - 5, packed.length - 4)],
    ['followed by something else', Buffer.concat([packed, Buffer.from('more')])],
    ['followed by zeros', Buffer.concat([packed, Buffer.alloc(512)])],
  ])('is an error where it is damaged: %s', async (_what, bytes) => {
    const reading = readAll(bytes, CSV);

    await expect(reading).rejects.toThrow(UnreadableInputError);
    await expect(reading).rejects.toThrow(/gzip data is damaged/);
  });
});

describe('a file', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'thermograph read '));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const open = async (name: string, content: string | Uint8Array) => {
    const path = join(directory, name);
    await writeFile(path, content);
    return openFile(path, { knownMetrics: KNOWN_METRICS });
  };
  const record = (sensor: string) => `{"time":1700000000,"sensor":"${sensor}","temperature":1}`;

  it.each([
    ['a.csv', 'time,sensor,temperature\n1700000000,a,1\n1700000000,b,1\n'],
    ['a.csv.gz', gzipSync('time,sensor,temperature\n1700000000,a,1\n1700000000,b,1\n')],
    ['a.ndjson', `${record('a')}\n${record('b')}\n`],
    ['a.jsonl.gz', gzipSync(`${record('a')}\n${record('b')}\n`)],
    ['a.json', `[${record('a')},${record('b')}]`],
    ['a.JSON.GZ', gzipSync(`[${record('a')},${record('b')}]`)],
    ['csv', 'time,sensor,temperature\n1700000000,a,1\n1700000000,b,1\n'],
    ['ndjson', `\uFEFF\n${record('a')}\n${record('b')}\n`],
    ['json.dat', gzipSync(`\n [${record('a')},${record('b')}]`)],
  ])('is read by the ending of its name, else by its first character: %s', async (name, content) => {
    const input = await open(name, content);

    expect(accepted(await flat(input.records)).map(({ sensor }) => sensor)).toEqual(['a', 'b']);
    expect(input.size).toBe(Buffer.from(content).length);
    expect(input.bytesRead()).toBe(input.size);
  });

  it('that is empty and has no telling name is taken for CSV', async () => {
    await expect(flat((await open('empty', '')).records)).rejects.toThrow('the input is empty');
  });

  it('that is not there, or a directory, is an error that names it', async () => {
    await expect(openFile(join(directory, 'missing.csv'), { knownMetrics: KNOWN_METRICS })).rejects.toThrow(/missing\.csv cannot be read/);
    await expect(openFile(directory, { knownMetrics: KNOWN_METRICS })).rejects.toThrow(/is a directory/);
  });

  it('that is packed counts as worked off only as far as it is unpacked', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${1_700_000_000 + i},s-${i % 7},${Math.sin(i)}\n`);
    const input = await open('packed.csv.gz', gzipSync(`time,sensor,temperature\n${rows.join('')}`));
    const sofar: number[] = [];
    for await (const chunk of input.records) if (chunk.length > 0) sofar.push(input.bytesRead() / (input.size ?? 0));

    expect(sofar[0]).toBeLessThan(0.3);
    expect(sofar[Math.floor(sofar.length / 2)]).toBeCloseTo(0.5, 0);
    expect(input.bytesRead()).toBe(input.size);
  });

  it('is handed over in chunks of a block each, however large it is', async () => {
    const { records } = await open('large.csv', `${text}${text.slice(text.indexOf('\n') + 1).repeat(9)}`);
    const lengths: number[] = [];
    for await (const chunk of records) lengths.push(chunk.length);

    expect(lengths.reduce((sum, length) => sum + length)).toBe(80_000);
    expect(Math.max(...lengths)).toBeLessThan(10_000);
  });
});
