import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningCommand } from './support/command.ts';
import { useDatabase } from './support/database.ts';

const db = useDatabase();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thermograph-ingest-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function csvOf(sensor: string, readings: number): string {
  const rows = Array.from({ length: readings }, (_, i) => `${new Date(1_767_225_600_000 + i * 60_000).toISOString()},${sensor},temperature,${20 + (i % 10)}`);
  return `time,sensor,metric,value\n${rows.join('\n')}\n`;
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function ingest(
  args: readonly string[],
  input = '',
  environment: Record<string, string> = {},
): Promise<{ exitCode: number | null; command: RunningCommand }> {
  const command = new RunningCommand(['ingest', ...args], { DATABASE_URL: db.url, ...environment });
  command.input(input);
  return { exitCode: await command.exitCode(), command };
}

it('loads files of every form, and says of each and of all what came of them', async () => {
  const files = [
    write('a.csv', csvOf('file-a', 300)),
    write('b.csv.gz', gzipSync(csvOf('file-b', 200))),
    write('c.ndjson', `${JSON.stringify({ time: '2026-01-01T00:00:00Z', sensor: 'file-c', temperature: 20 })}\n`),
  ];

  const { exitCode, command } = await ingest(['--register', ...files]);

  expect(exitCode).toBe(0);
  expect(command.lines.filter(({ msg }) => msg === 'loaded').map(({ input, received, loaded }) => ({ input, received, loaded }))).toEqual([
    { input: files[0], received: 300, loaded: 300 },
    { input: files[1], received: 200, loaded: 200 },
    { input: files[2], received: 1, loaded: 1 },
  ]);
  expect(await command.line('loaded all')).toMatchObject({ inputs: 3, failures: 0, received: 501, loaded: 501, rejectedCount: 0 });
});

it('changes nothing the second time', async () => {
  const file = write('twice.csv', csvOf('twice', 100));

  await ingest(['--register', file]);
  const { exitCode, command } = await ingest([file]);

  expect(exitCode).toBe(0);
  expect(await command.line('loaded')).toMatchObject({ received: 100, loaded: 0, corrected: 0, unchanged: 100 });
});

it('reads standard input', async () => {
  const { exitCode, command } = await ingest(['-'], csvOf('piped', 50), { INGEST_REGISTER: 'true' });

  expect(exitCode).toBe(0);
  expect(await command.line('loaded')).toMatchObject({ input: 'standard input', loaded: 50 });
});

it('sums up by code what was rejected, with the first examples, and ends with 0: the rest is loaded', async () => {
  const file = write(
    'odd.csv',
    `${csvOf('odd', 2)}2026-01-01T00:00:00Z,odd,temperature,warm\nyesterday,odd,temperature,1\n2026-01-01T00:00:00Z,odd,nonsense,1\n`,
  );

  const { exitCode, command } = await ingest(['--register', file]);

  expect(exitCode).toBe(0);
  expect(await command.line('loaded')).toMatchObject({
    received: 5,
    loaded: 2,
    rejectedCount: 3,
    rejected: [
      { code: 'INVALID_VALUE', count: 1, examples: [expect.stringMatching(/^record 3: .*warm/)] },
      { code: 'INVALID_TIME', count: 1, examples: [expect.stringContaining('yesterday')] },
      { code: 'UNKNOWN_METRIC', count: 1, examples: [expect.stringContaining('nonsense')] },
    ],
  });
});

it('loads the others where one cannot be read, and ends with 1', async () => {
  const damaged = gzipSync(csvOf('damaged', 5_000));
  const files = [join(folder, 'missing.csv'), write('damaged.csv.gz', damaged.subarray(0, damaged.length - 200)), write('good.csv', csvOf('good', 10))];

  const { exitCode, command } = await ingest(['--register', ...files]);

  expect(exitCode).toBe(1);
  const failed = command.lines.filter(({ msg }) => msg === 'load failed');
  expect(failed).toMatchObject([
    { level: 'error', input: files[0], reason: expect.stringContaining('missing.csv') },
    { input: files[1], reason: expect.stringMatching(/gzip.*nothing of the input is committed/) },
  ]);
  expect(await command.line('loaded')).toMatchObject({ input: files[2], loaded: 10 });
  expect(await command.line('loaded all')).toMatchObject({ inputs: 3, failures: 2 });
});

it('brings the schema of a new database up to date, and its stale rollups', async () => {
  const migrated = new RunningCommand(['migrate'], { DATABASE_URL: db.url });
  expect(await migrated.exitCode()).toBe(0);
  expect(await migrated.line('schema is current')).toMatchObject({ engine: 'postgres', migrations: expect.any(Number) });
  await ingest(['--register', write('stale.csv', csvOf('stale', 10))]);

  const refreshed = new RunningCommand(['refresh'], { DATABASE_URL: db.url });

  expect(await refreshed.exitCode()).toBe(0);
  expect(Number((await refreshed.line('rollups refreshed')).refreshed)).toBeGreaterThan(0);
  expect((await db.pool.query('select count(*) as stale from stale_day')).rows).toEqual([{ stale: 0 }]);
}, 120_000);

it('stops at SIGINT, also while it waits for a pipe, keeps what is committed, says so and ends with 1', async () => {
  const command = new RunningCommand(['ingest', '--register', '--batch-size', '500', '-'], { DATABASE_URL: db.url });
  command.write(csvOf('piece', 2_300));
  const countPieces = async () => {
    const { rows } = await db.pool.query<{ count: number }>("select count(*) from reading join series on series.id = series_id where sensor_id = 'piece'");
    return rows[0]?.count ?? 0;
  };
  await expect.poll(countPieces, { timeout: 20_000 }).toBeGreaterThan(0);

  command.signal('SIGINT');

  expect(await command.exitCode()).toBe(1);
  expect(await command.line('load failed')).toMatchObject({ input: 'standard input', reason: expect.stringContaining('interrupted') });
  expect((await countPieces()) % 500).toBe(0);
});

// Last, because its days stay stale.
it('loads the bundled sample with its places and thresholds, and again changes nothing', async () => {
  const first = await ingest(['--sample']);
  const second = await ingest(['--sample']);

  expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
  const sum = (lines: RunningCommand['lines'], field: string) =>
    lines.filter(({ msg }) => msg === 'loaded').reduce((total, line) => total + Number(line[field]), 0);
  expect(sum(first.command.lines, 'loaded')).toBeGreaterThan(100_000);
  expect(sum(first.command.lines, 'rejectedCount')).toBe(0);
  expect(sum(second.command.lines, 'loaded')).toBe(0);
  const { rows } = await db.pool.query('select (select count(*) from location) as locations, (select count(*) from threshold) as thresholds');
  expect(rows[0]).toMatchObject({ locations: expect.any(Number), thresholds: expect.any(Number) });
  expect(Number(rows[0]?.thresholds)).toBeGreaterThan(5);
}, 120_000);
