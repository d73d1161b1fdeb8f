import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { readLockFile } from '../db/embedded/lock-file.ts';
import { RunningCommand, type Starter } from './support/command.ts';
import { endServerOver, makeTestDirectory } from './support/directory.ts';

const running: RunningCommand[] = [];
const directories: string[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.end()));
  for (const directory of directories.splice(0)) {
    await endServerOver(join(directory, 'postgresql'));
    rmSync(directory, { recursive: true, force: true });
  }
});

/** A gateway over an embedded PostgreSQL of its own, ready. */
async function serveEmbedded(starter: Starter): Promise<{ command: RunningCommand; cluster: string; origin: string }> {
  const directory = await makeTestDirectory();
  directories.push(directory);
  const command = new RunningCommand(['serve', '--sample', 'none'], { PORT: '0', THERMOGRAPH_DATA: directory }, starter);
  running.push(command);
  const { url } = await command.line('ready');
  return { command, cluster: join(directory, 'postgresql'), origin: new URL(String(url)).origin };
}

it('stops, its PostgreSQL too, when npm was told to end and only the shell in between heard of it', async () => {
  const { command, cluster } = await serveEmbedded('npm');
  expect(await readLockFile(cluster)).not.toBeNull();

  command.signal('SIGTERM');

  await command.exitCode();
  expect(command.lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['stopping', 'embedded PostgreSQL stopped', 'stopped']));
  expect(command.lines.find(({ msg }) => msg === 'stopping')).toMatchObject({ parent: 'gone' });
  expect(command.errors).toBe('');
  expect(await readLockFile(cluster)).toBeNull();
}, 120_000);

it('takes two signals at once for one, and ends with 0 and its PostgreSQL stopped', async () => {
  const { command, cluster } = await serveEmbedded('shell');

  command.signal('SIGINT');
  command.signal('SIGTERM');

  expect(await command.exitCode()).toBe(0);
  expect(command.lines.filter(({ msg }) => msg === 'stopping')).toHaveLength(1);
  expect(command.lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['embedded PostgreSQL stopped', 'stopped']));
  expect(await readLockFile(cluster)).toBeNull();
}, 120_000);

it('ends at once at a signal that comes later than a second after the first', async () => {
  const { command, origin } = await serveEmbedded('shell');
  // A load that does not end holds the gateway up for longer than this test waits.
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('time,sensor,metric,value\n')) });
  const load = fetch(`${origin}/ingest`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body, duplex: 'half' }).catch((error: unknown) => error);
  await sleep(300);
  command.signal('SIGTERM');
  await command.line('stopping');
  await sleep(1_200);

  command.signal('SIGTERM');

  expect(await command.exitCode()).toBe(143);
  expect(command.lines.map(({ msg }) => msg)).not.toContain('stopped');
  expect(await load).toBeInstanceOf(Error);
}, 120_000);
