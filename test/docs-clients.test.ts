import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import type { Gateway } from '../server/gateway.ts';
import { useDatabase } from './support/database.ts';
import { fencesOf, ROOT, readPage } from './support/markdown.ts';
import { addThreshold } from './support/plant.ts';
import { recordAlerts, recordBreaches } from './support/recorded.ts';
import { serve } from './support/served-gateway.ts';
import { eventually, usePlant } from './support/subscriptions.ts';

const db = useDatabase();
usePlant(db);

it('the program for WebSockets tells each breach once and in order, also over a restart during which nobody answers', async () => {
  const thresholdId = await addThreshold(db, { min: 60 });
  const [alertId = ''] = await recordAlerts(db, [{ sensor: 'S1', thresholdId, openedAt: '2024-05-01T00:00:00Z' }]);
  let value = 1_000;
  const record = () => recordBreaches(db, [{ sensor: 'S1', alertId, thresholdId, value: value++ }]);
  let gateway = await serve(db.store, []);
  const port = Number(new URL(gateway.url).port);
  const program = runProgram(port);
  try {
    // A subscription begins with what comes after it: breaches come until one is told.
    await vi.waitFor(
      async () => {
        await record();
        expect(program.values().length).toBeGreaterThan(0);
      },
      { timeout: 20_000 },
    );
    const first = program.values()[0] ?? 0;

    await gateway.stop();
    await record();
    await refuseTwice(port);
    gateway = await restart(port);
    await record();
    await eventually(() => expect(program.values().at(-1)).toBe(value - 1));

    expect(program.values()).toEqual(Array.from({ length: value - first }, (_, index) => first + index));
    expect(program.errors()).toBe('');
  } finally {
    program.end();
    await gateway.stop();
  }
}, 90_000);

interface Program {
  /** Of the breaches it has told. */
  values(): readonly number[];
  errors(): string;
  end(): void;
}

/** Runs the block of the page as it stands, but for the port, as a program of Node. */
function runProgram(port: number): Program {
  const page = readPage('docs/subscriptions.md');
  const text = fencesOf(page).find((fence) => fence.text.includes("from 'graphql-ws'"))?.text;
  if (text === undefined) throw new Error(`${page.path} has no program for graphql-ws`);
  const source = `import { WebSocket } from 'ws'; globalThis.WebSocket = WebSocket; ${text.replace('127.0.0.1:4000', `127.0.0.1:${port}`)}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { cwd: ROOT });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return {
    values: () => [...output.matchAll(/^.*?\b(1,?\d{3})\b.*\n/gm)].map(([, digits = '']) => Number(digits.replace(',', ''))),
    errors: () => errors,
    end: () => child.kill(),
  };
}

/** Stands in for a gateway that is not there, until somebody has found it so twice. */
async function refuseTwice(port: number): Promise<void> {
  const nobody = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  for (let attempt = 0; attempt < 2; attempt += 1) await once(nobody, 'connection');
  nobody.close();
  await once(nobody, 'close');
}

async function restart(port: number): Promise<Gateway> {
  return serve(db.store, [], { PORT: String(port) });
}
