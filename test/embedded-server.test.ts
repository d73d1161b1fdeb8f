import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createDatabaseIfMissing } from '../db/embedded/embedded-server.ts';
import { query, serverProcess, useEmbeddedDirectories } from './support/embedded-directories.ts';

const embedded = useEmbeddedDirectories();
// Each starts several processes and servers: 2 s on an idle machine, over 30 s were seen on one with eight times its load.
vi.setConfig({ testTimeout: 120_000 });

it('keeps what was written over a clean stop, under a path with spaces and letters of all kinds', async () => {
  const dataDirectory = join(await embedded.make(), "it's a plant – 공장 Nº 1", 'data');
  const first = embedded.start(dataDirectory);
  await query(await first.ready(), 'create table kept as select 42 as value');

  await first.end('SIGTERM');
  expect(first.events.at(-1)).toEqual({ stopped: true });
  await expect(stat(join(dataDirectory, 'postgresql', 'postmaster.pid'))).rejects.toThrow('ENOENT');

  const second = embedded.start(dataDirectory);
  expect(await query(await second.ready(), 'select value from kept')).toEqual([{ value: 42 }]);
  expect(second.events.filter((event) => event.level === 'warn')).toEqual([]);
});

it('is reached over loopback only, with a password that nobody else can read', async () => {
  const dataDirectory = await embedded.make();
  const url = await embedded.start(dataDirectory).ready();

  const wrong = new URL(url);
  wrong.password = 'postgres';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  const outside = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.filter((address) => address.family === 'IPv4' && !address.internal));
  for (const { address } of outside) await expect(query(url.replace('127.0.0.1', address), 'select 1')).rejects.toThrow('ECONNREFUSED');
  const { mode } = await stat(join(dataDirectory, 'postgresql', 'thermograph.password'));
  expect(mode & 0o777).toBe(0o600);
});

it('stores UTF-8, sorts by code point, runs in UTC and has every commit on disk', async () => {
  const url = await embedded.start(await embedded.make()).ready();

  expect(await query(url, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  expect(await query(url, `select string_agg(name, ' ' order by name) as names from unnest(array['b', 'A', 'a', 'B', '가', 'é']) as name`)).toEqual([
    { names: 'A B a b é 가' },
  ]);
  expect(await query(url, 'show timezone')).toEqual([{ TimeZone: 'UTC' }]);
  const settings = await query(url, `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')`);
  expect(settings.map((row) => row.setting)).toEqual(['on', 'on', 'on']);
});

it('creates a database once, however many ask', async () => {
  const url = await embedded.start(await embedded.make()).ready();

  await Promise.all([1, 2, 3].map(() => createDatabaseIfMissing(url, 'thermograph')));
  await createDatabaseIfMissing(url, 'thermograph');

  expect(await query(url, `select datname from pg_database where datname = 'thermograph'`)).toHaveLength(1);
});

it('goes on answering when the terminal interrupts the gateway, until the gateway stops it', async () => {
  const gateway = embedded.start(await embedded.make());
  await gateway.ready();

  gateway.signalGroup('SIGINT');

  expect(await gateway.event('interrupted')).toEqual({ interrupted: true, answer: { one: 1 } });
  await gateway.end('SIGTERM');
  expect(gateway.events.at(-1)).toEqual({ stopped: true });
});

it('ends by itself when the gateway exits without stopping it', async () => {
  const dataDirectory = await embedded.make();
  const gateway = embedded.start(dataDirectory);
  await gateway.ready();

  await gateway.end('SIGUSR2');

  await expect.poll(() => stat(join(dataDirectory, 'postgresql', 'postmaster.pid')).catch(() => 'gone')).toBe('gone');
});

it('is brought back at the same address when its main process is killed, also while a session is busy', async () => {
  const dataDirectory = await embedded.make();
  const gateway = embedded.start(dataDirectory);
  const url = await gateway.ready();
  await query(url, 'create table kept as select 42 as value');
  // Busy in a way that does not notice the end of its server.
  const busy = query(url, 'select count(*) from generate_series(1, 2000000000)').catch((error: Error) => error);
  await expect.poll(() => query(url, `select from pg_stat_activity where query like '%generate\\_series%' and pid <> pg_backend_pid()`)).toHaveLength(1);
  const killed = await serverProcess(dataDirectory);

  process.kill(killed, 'SIGKILL');

  await expect.poll(() => query(url, 'select value from kept').catch(String)).toEqual([{ value: 42 }]);
  expect(await serverProcess(dataDirectory)).not.toBe(killed);
  expect(await busy).toBeInstanceOf(Error);
  await gateway.end('SIGTERM');
  expect(gateway.events.at(-1)).toEqual({ stopped: true });
});

it('stays the property of its gateway when one of its sessions crashes', async () => {
  const dataDirectory = await embedded.make();
  const gateway = embedded.start(dataDirectory);
  const url = await gateway.ready();
  const [session] = await query(url, `select pid from pg_stat_activity where application_name like 'thermograph gateway %'`);

  process.kill(Number(session?.pid), 'SIGKILL');

  await gateway.event('message', 'embedded PostgreSQL had cut its sessions and is back');
  const other = embedded.start(dataDirectory);
  expect(await other.event('refused')).toMatchObject({ refused: 'DATA_DIRECTORY_IN_USE' });
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

it('tells its gateway when it cannot be brought back', async () => {
  const dataDirectory = await embedded.make();
  const gateway = embedded.start(dataDirectory);
  await gateway.ready();

  await rm(join(dataDirectory, 'postgresql', 'global', 'pg_control'));
  process.kill(await serverProcess(dataDirectory), 'SIGKILL');

  const lost = await gateway.event('lost');
  expect(lost).toMatchObject({ lost: 'DATABASE_START_FAILED', message: expect.stringContaining('pg_control') });
  await gateway.end('SIGTERM');
  expect(gateway.events.at(-1)).toEqual({ stopped: true });
});

it('shows what PostgreSQL said when it does not start', async () => {
  const gateway = embedded.start(await embedded.make(), { settings: ['shared_buffers=900TB'] });

  expect(await gateway.event('refused')).toMatchObject({
    refused: 'DATABASE_START_FAILED',
    message: expect.stringMatching(/PostgreSQL did not start over .*\(exit code 1\):\n.*shared_buffers/),
  });
});

it('refuses the files of another major version', async () => {
  const dataDirectory = await embedded.make();
  const first = embedded.start(dataDirectory);
  await first.ready();
  await first.end('SIGTERM');
  await writeFile(join(dataDirectory, 'postgresql', 'PG_VERSION'), '16\n');

  expect(await embedded.start(dataDirectory).event('refused')).toMatchObject({
    refused: 'DATA_DIRECTORY_OTHER_VERSION',
    message: expect.stringContaining("are PostgreSQL 16's, but this release has PostgreSQL 17"),
  });
});

it('refuses a data directory that is a file', async () => {
  const file = join(await embedded.make(), 'file');
  await writeFile(file, '');

  expect(await embedded.start(file).event('refused')).toMatchObject({
    refused: 'DATA_DIRECTORY_UNUSABLE',
    message: expect.stringContaining(`${file} is a file`),
  });
  expect(await readFile(file, 'utf8')).toBe('');
});

it('leaves other things in the data directory alone', async () => {
  const dataDirectory = await embedded.make();
  await mkdir(join(dataDirectory, 'mine'));
  const before = await stat(dataDirectory);

  await embedded.start(dataDirectory).ready();

  const after = await stat(dataDirectory);
  expect([after.uid, after.mode]).toEqual([before.uid, before.mode]);
  expect((await stat(join(dataDirectory, 'mine'))).uid).toBe(before.uid);
});
