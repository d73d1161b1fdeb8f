import { createHash } from 'node:crypto';
import { beforeAll, expect, it, vi } from 'vitest';
import { takeWhole } from '../server/export/send-file.ts';
import { countingTurns } from './support/counting-turns.ts';
import { useDatabase } from './support/database.ts';
import { getExport } from './support/exports.ts';
import { build } from './support/plant.ts';
import { useGateway } from './support/served-gateway.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const db = useDatabase();
const gateway = useGateway(db);

/** A document of the seconds until `to`. */
const secondsOf = (fields: string) => `query ($to: TimeBound!) {
  aggregates(metrics: ["temperature"], from: "2024-03-01T00:00:00Z", to: $to, bucket: "1s", fill: NULL) { ${fields} }
}`;

beforeAll(async () => {
  await build(db, { locations: [{ id: 'L' }], sensors: [{ id: 'S', location: 'L' }], readings: [['S', 'temperature', '2024-03-01T00:00:00Z', 20.5]] });
  for (const [name, fields] of [
    ['squared', 'columns { start end } points { start }'],
    ['plain', 'points { start }'],
  ] as const)
    await gateway.ask('mutation ($name: String!, $text: String!) { saveDocument(name: $name, text: $text) { name } }', { name, text: secondsOf(fields) });
});

it('refuses a file of which each row would hold all others, before it fills the memory', async () => {
  const { status, text } = await getExport(gateway.origin, 'squared.csv?to=2024-03-01T01:00:00Z');

  expect({ status, code: JSON.parse(text).errors[0].extensions.code }).toEqual({ status: 400, code: 'LIMIT_EXCEEDED' });
  expect(text).toContain('not for columns beside points');
});

it('writes the same document where it is short, and each of as many points where it is not squared', async () => {
  const [short, plain] = await Promise.all([
    getExport(gateway.origin, 'squared.csv?to=2024-03-01T00:01:00Z'),
    getExport(gateway.origin, 'plain.csv?to=2024-03-01T01:00:00Z'),
  ]);

  expect([short.rows().length, plain.rows().length]).toEqual([1 + 60, 1 + 3600]);
});

it('lets others have their turn while a long file is made that waits for nothing', async () => {
  function* pieces(): Generator<string> {
    for (let piece = 0; piece < 160; piece++) yield String.fromCharCode(97 + (piece % 26)).repeat(65_536);
  }
  const { value, turns } = await countingTurns(takeWhole(pieces()));

  expect([value.length, value[0], value.at(-1)]).toEqual([160 * 65_536, 'a', String.fromCharCode(97 + (159 % 26))]);
  // Ten megabytes, a turn for each four pieces.
  expect(turns).toBeGreaterThanOrEqual(30);
});

it('gives a long file the tag of its content', async () => {
  const { text, headers } = await getExport(gateway.origin, 'plain.csv?to=2024-03-01T06:00:00Z');
  const tag = createHash('sha1').update(text).digest('base64url');

  expect(text.length).toBeGreaterThan(400_000);
  expect(headers.etag).toBe(`"${tag}"`);
  expect((await fetch(`${gateway.origin}/export/plain.csv?to=2024-03-01T06:00:00Z`, { headers: { 'if-none-match': `"${tag}"` } })).status).toBe(304);
});
