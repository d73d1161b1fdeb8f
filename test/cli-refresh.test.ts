import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningCommand } from './support/command.ts';
import { endServerOver, makeTestDirectory } from './support/directory.ts';

let directory = '';
let url = '';
const commands: RunningCommand[] = [];

function run(args: readonly string[], environment: Readonly<Record<string, string>>): RunningCommand {
  const command = new RunningCommand(args, { THERMOGRAPH_DATA: join(directory, 'data'), ...environment });
  commands.push(command);
  return command;
}

beforeAll(async () => {
  directory = await makeTestDirectory();
  // After its first look, at nothing, this gateway leaves all refreshing to the command.
  const gateway = run(['serve'], { PORT: '0', THERMOGRAPH_SAMPLE: 'none', REFRESH_INTERVAL_MS: '1000000000' });
  url = String((await gateway.line('ready')).url);
});
afterAll(async () => {
  for (const command of commands) await command.end();
  await endServerOver(join(directory, 'data', 'postgresql'));
  await rm(directory, { recursive: true, force: true });
});

async function selectStaleDays(): Promise<number> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ store { staleDays } }"}' });
  const { data } = (await answer.json()) as { data: { store: { staleDays: number } } };
  return data.store.staleDays;
}

it('refreshes beside a gateway over the embedded store, through the server that the gateway has', async () => {
  const body = 'time,sensor,metric,value\n2026-01-01T00:00:00Z,bf,temperature,20\n2026-01-02T00:00:00Z,bf,temperature,21\n';
  await fetch(new URL('/ingest?register=true', url), { method: 'POST', headers: { 'content-type': 'text/csv' }, body });
  expect(await selectStaleDays()).toBe(2);

  const refresh = run(['refresh'], {});

  expect([await refresh.exitCode(), refresh.errors]).toEqual([0, '']);
  expect(await refresh.line('rollups refreshed')).toMatchObject({ refreshed: 2, left: 0 });
  expect(await selectStaleDays()).toBe(0);
});
