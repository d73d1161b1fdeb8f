import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { isAlive } from '../db/embedded/lock-file.ts';
import { asRunner, chooseRunner } from '../db/embedded/runner.ts';
import { query, serverProcess, useEmbeddedDirectories } from './support/embedded-directories.ts';

const embedded = useEmbeddedDirectories();
// Each starts several processes and servers: 2 s on an idle machine, over 30 s were seen on one with eight times its load.
vi.setConfig({ testTimeout: 120_000 });

/** What a gateway that may not start says. */
const IN_USE = 'DATA_DIRECTORY_IN_USE';

it('refuses a second gateway, names the first, and leaves it alone', async () => {
  const dataDirectory = await embedded.make();
  const first = embedded.start(dataDirectory);
  const url = await first.ready();

  const second = embedded.start(dataDirectory);

  expect(await second.event('refused')).toMatchObject({ refused: IN_USE, message: expect.stringContaining(`process ${first.pid},`) });
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(first.events.filter((event) => event.level === 'warn')).toEqual([]);
});

it('refuses a second gateway while the first is suspended', async () => {
  const dataDirectory = await embedded.make();
  const first = embedded.start(dataDirectory);
  await first.ready();

  first.signal('SIGSTOP');

  expect(await embedded.start(dataDirectory).event('refused')).toMatchObject({ refused: IN_USE });
});

it('lets exactly one of several gateways win that start at the same moment over a new directory', async () => {
  const dataDirectory = await embedded.make();

  await expectOneWinner(dataDirectory);
});

it('lets exactly one of several gateways win that start at the same moment over what a killed one has left running', async () => {
  const dataDirectory = await embedded.make();
  const killed = embedded.start(dataDirectory);
  await query(await killed.ready(), 'create table kept as select 42 as value');
  await killed.end('SIGKILL');

  const url = await expectOneWinner(dataDirectory);

  expect(await query(url, 'select value from kept')).toEqual([{ value: 42 }]);
});

it('leaves a server that is long in starting to the gateway that started it', async () => {
  const dataDirectory = await embedded.make();
  const first = embedded.start(dataDirectory);
  const server = await startedServer(dataDirectory);
  process.kill(server, 'SIGSTOP');
  first.signal('SIGSTOP');
  const second = embedded.start(dataDirectory);
  await second.event('message', 'waiting for the embedded PostgreSQL that an earlier gateway has left to start or to end');

  // The second one is let in first; a tenth of the time that it leaves the first.
  process.kill(server, 'SIGCONT');
  await sleep(1_000);
  first.signal('SIGCONT');

  await first.ready();
  expect(await second.event('refused')).toMatchObject({ refused: IN_USE, message: expect.stringContaining(`process ${first.pid},`) });
  expect(await serverProcess(dataDirectory)).toBe(server);
});

it('gives way to the gateway that has ended its server, which it had left without an owner for too long', async () => {
  const dataDirectory = await embedded.make();
  // Each session begins with a pause, in which the first is suspended before it owns its server.
  const first = embedded.start(dataDirectory, { settings: ['pre_auth_delay=3'] });
  const server = await startedServer(dataDirectory);
  first.signal('SIGSTOP');

  const second = embedded.start(dataDirectory);
  await second.ready();
  first.signal('SIGCONT');

  expect(await second.event('message', 'an earlier gateway ended without stopping its embedded PostgreSQL; stopping it')).toMatchObject({ process: server });
  expect(await first.event('refused')).toMatchObject({ refused: IN_USE, message: expect.stringContaining(`process ${second.pid},`) });
});

it('starts after kill -9 of the gateway alone: the server that lived on is ended, nothing committed is lost', async () => {
  const dataDirectory = await embedded.make();
  const killed = embedded.start(dataDirectory);
  await query(await killed.ready(), 'create table kept as select 42 as value');
  const orphan = await serverProcess(dataDirectory);
  await killed.end('SIGKILL');
  expect(isAlive(orphan)).toBe(true);

  const next = embedded.start(dataDirectory);

  expect(await query(await next.ready(), 'select value from kept')).toEqual([{ value: 42 }]);
  expect(await next.event('process', orphan)).toMatchObject({ level: 'warn' });
  expect(await serverProcess(dataDirectory)).not.toBe(orphan);
});

it('starts after kill -9 of the gateway and the server, while a session of the dead server is still busy', async () => {
  const dataDirectory = await embedded.make();
  const killed = embedded.start(dataDirectory);
  const url = await killed.ready();
  await query(url, 'create table kept as select 42 as value');
  const busy = query(url, 'select count(*) from generate_series(1, 2000000000)').catch((error: Error) => error);
  await expect.poll(() => query(url, `select from pg_stat_activity where query like '%generate\\_series%' and pid <> pg_backend_pid()`)).toHaveLength(1);
  const server = await serverProcess(dataDirectory);
  await killed.end('SIGKILL');
  process.kill(server, 'SIGKILL');

  const next = embedded.start(dataDirectory);

  expect(await query(await next.ready(), 'select value from kept')).toEqual([{ value: 42 }]);
  expect(await busy).toBeInstanceOf(Error);
});

it('starts when the process id of a server that was killed belongs to something else now', async () => {
  const dataDirectory = await embedded.make();
  const killed = embedded.start(dataDirectory);
  await query(await killed.ready(), 'create table kept as select 42 as value');
  const lockFile = join(dataDirectory, 'postgresql', 'postmaster.pid');
  const server = await serverProcess(dataDirectory);
  await killed.end('SIGKILL');
  process.kill(server, 'SIGKILL');
  // Of the same user as the server was: another's PostgreSQL would not take for its own kind.
  const other = spawn('sleep', ['60'], { ...asRunner(await chooseRunner(join(dataDirectory, 'postgresql'))), stdio: 'ignore' });
  await once(other, 'spawn');
  const [, ...rest] = (await readFile(lockFile, 'utf8')).split('\n');
  await writeFile(lockFile, [other.pid, ...rest].join('\n'));

  const next = embedded.start(dataDirectory);

  expect(await query(await next.ready(), 'select value from kept')).toEqual([{ value: 42 }]);
  expect(other.exitCode).toBe(null);
  other.kill();
});

it('starts over while an earlier gateway is still stopping', async () => {
  const dataDirectory = await embedded.make();
  const first = embedded.start(dataDirectory);
  await query(await first.ready(), 'create table kept as select 42 as value');
  // Exits at once; its server goes on to shut down.
  await first.end('SIGUSR2');

  const second = embedded.start(dataDirectory);

  expect(await query(await second.ready(), 'select value from kept')).toEqual([{ value: 42 }]);
});

it('starts after kill -9 in the middle of the initialisation', async () => {
  const dataDirectory = await embedded.make();
  const killed = embedded.start(dataDirectory);
  await expect.poll(() => unfinishedFiles(dataDirectory), { interval: 5 }).toContain('PG_VERSION');
  killed.signalGroup('SIGKILL');
  await killed.end('SIGKILL');
  await expect(stat(join(dataDirectory, 'postgresql'))).rejects.toThrow('ENOENT');

  const next = embedded.start(dataDirectory);

  expect(await query(await next.ready(), 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await unfinishedFiles(dataDirectory)).toContain('PG_VERSION');
});

it("removes what interrupted initialisations have left, when it is old enough to be nobody's", async () => {
  const dataDirectory = await embedded.make();
  await mkdir(join(dataDirectory, 'unfinished-old'));
  await mkdir(join(dataDirectory, 'unfinished-new'));
  await utimes(join(dataDirectory, 'unfinished-old'), new Date(0), new Date(0));

  await embedded.start(dataDirectory).ready();

  expect((await readdir(dataDirectory)).filter((name) => name.startsWith('unfinished-'))).toEqual(['unfinished-new']);
});

/** Starts four and answers the URL of the one that is ready; the others were refused. */
async function expectOneWinner(dataDirectory: string): Promise<string> {
  const gateways = [1, 2, 3, 4].map(() => embedded.start(dataDirectory));
  const outcomes = await Promise.all(gateways.map((gateway) => gateway.outcome()));
  expect(outcomes.filter((outcome) => 'refused' in outcome).map((outcome) => outcome.refused)).toEqual([IN_USE, IN_USE, IN_USE]);
  const url = String(outcomes.find((outcome) => 'ready' in outcome)?.ready);
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  return url;
}

/** Waits for a server over the data directory and answers its process id, as soon as there is one. */
async function startedServer(dataDirectory: string): Promise<number> {
  const look = () => serverProcess(dataDirectory).catch(() => 0);
  await expect.poll(look, { interval: 5, timeout: 60_000 }).toBeGreaterThan(0);
  return look();
}

async function unfinishedFiles(dataDirectory: string): Promise<readonly string[]> {
  const [name = 'none'] = (await readdir(dataDirectory)).filter((entry) => entry.startsWith('unfinished-'));
  return readdir(join(dataDirectory, name, 'postgresql')).catch(() => []);
}
