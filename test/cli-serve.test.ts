import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RunningCommand } from './support/command.ts';
import { availableEngines, useDatabase } from './support/database.ts';
import { postTo } from './support/served-gateway.ts';

const db = useDatabase();
const running: RunningCommand[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.end()));
});

function run(args: readonly string[], environment: Record<string, string> = {}): RunningCommand {
  const command = new RunningCommand(args, environment);
  running.push(command);
  return command;
}

/** A gateway over the test's database, and its URL once it is ready. */
async function serve(
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): Promise<{ command: RunningCommand; url: string; origin: string }> {
  const command = run(['serve', '--port', '0', '--sample', 'none', ...args], { DATABASE_URL: db.url, ...environment });
  const url = String((await command.line('ready')).url);
  return { command, url, origin: new URL(url).origin };
}

it('says that it is ready, at which URL, and that everybody on the machine may do everything', async () => {
  const { command, url, origin } = await serve();

  expect(await command.line('ready')).toMatchObject({
    level: 'info',
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/),
    engine: 'postgres',
    timezone: 'UTC',
  });
  expect(await command.line('no authentication: everybody on this machine may read and write')).toMatchObject({ level: 'warn' });
  expect((await fetch(`${origin}/readyz`)).status).toBe(200);
  expect((await postTo(url, '{ store { engine readings timezone } }')).body).toEqual({ data: { store: { engine: 'postgres', readings: 0, timezone: 'UTC' } } });
});

it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 at %s, after the request under way', async (signal) => {
  const { command, origin } = await serve();
  const rows = Array.from({ length: 20_000 }, (_, i) => `${new Date(1_767_225_600_000 + i * 60_000).toISOString()},drain-${signal},temperature,20\n`);
  const chunks = ['time,sensor,metric,value\n', ...rows];
  // The second half is sent after the signal.
  const body = new ReadableStream({
    async start(controller) {
      const encoder = new TextEncoder();
      controller.enqueue(encoder.encode(chunks.slice(0, 10_000).join('')));
      await new Promise((resolve) => setTimeout(resolve, 300));
      command.signal(signal);
      await command.line('stopping');
      controller.enqueue(encoder.encode(chunks.slice(10_000).join('')));
      controller.close();
    },
  });

  const response = await fetch(`${origin}/ingest?register=true`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body, duplex: 'half' });

  expect([response.status, response.headers.get('connection'), await response.json()]).toMatchObject([200, 'close', { loaded: 20_000 }]);
  expect(await command.exitCode()).toBe(0);
  expect(command.lines.at(-1)).toMatchObject({ msg: 'stopped' });
  await expect(fetch(`${origin}/healthz`)).rejects.toThrow('fetch failed');
});

it('tells a load that does not end how much of it is safe, and ends', async () => {
  const { command, origin } = await serve([], { BATCH_SIZE: '100' });
  let isStopping = false;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('time,sensor,metric,value\n')),
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const rows = Array.from({ length: 20 }, () => `2026-01-01T00:00:00Z,endless,temperature,${Math.random()}\n`);
      controller.enqueue(new TextEncoder().encode(rows.join('')));
      if (!isStopping) setTimeout(() => command.signal('SIGTERM'), 500);
      isStopping = true;
    },
  });

  const response = await fetch(`${origin}/ingest?register=true`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body, duplex: 'half' });

  expect([response.status, await response.json()]).toMatchObject([
    503,
    { errors: [{ message: expect.stringContaining('shutting down'), extensions: { code: 'SHUTTING_DOWN', committedRecords: expect.any(Number) } }] },
  ]);
  expect(await command.exitCode()).toBe(0);
}, 60_000);

it('says who has the port when it is taken, and ends with 1', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const command = run(['serve', '--port', String(port), '--sample', 'none'], { DATABASE_URL: db.url });

  expect(await command.exitCode()).toBe(1);
  expect(command.errors).toContain(`port ${port} of 127.0.0.1 is taken by another program`);
  other.close();
});

it('takes the zone of questions from TIMEZONE', async () => {
  const { url } = await serve([], { TIMEZONE: 'Asia/Seoul' });

  expect((await postTo(url, '{ store { timezone } }')).body.data.store.timezone).toBe('Asia/Seoul');
});

describe.runIf(availableEngines().includes('timescale'))('over TimescaleDB', () => {
  const timescale = useDatabase('timescale');

  it('has old readings compressed', async () => {
    await serve([], { DATABASE_URL: timescale.url });

    const { rows } = await timescale.pool.query(`select hypertable_name from timescaledb_information.jobs where proc_name = 'policy_compression'`);
    expect(rows).toEqual([{ hypertable_name: 'reading' }]);
  });
});
