import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RunningCommand } from './support/command.ts';
import { useDatabase } from './support/database.ts';

vi.setConfig({ testTimeout: 60_000 });
const MAIN = fileURLToPath(new URL('../server/main.ts', import.meta.url));
// The one of util-linux; that of other systems has other options.
const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;
const db = useDatabase();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thermograph-terminal-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

if (!hasTerminal) process.stderr.write('*** SKIPPED: what a terminal shows. To run it: install script (util-linux) ***\n');

/** What a terminal of 80 columns is sent. */
async function watch(args: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  const words = [process.execPath, '--import', import.meta.resolve('tsx'), MAIN, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `stty sane cols 80; ${words}`, '/dev/null'], {
    env: { PATH, HOME, TERM: 'xterm', DATABASE_URL: db.url, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child, 'close');
  return output;
}

function readings(name: string, count: number): string {
  const path = join(folder, name);
  const rows = Array.from({ length: count }, (_, i) => `${1_767_225_600 + i * 60},terminal,temperature,${20 + (i % 10)}\n`);
  writeFileSync(path, `time,sensor,metric,value\n${rows.join('')}1767225600,terminal,temperatur,1\n`);
  return path;
}

const ESCAPE = '\u001b';
const COLOUR = new RegExp(`${ESCAPE}\\[3\\dm`);

describe.runIf(hasTerminal)('a terminal', () => {
  it('shows how far a load has come, then in a sentence what came of it and what was rejected', async () => {
    const shown = await watch(['ingest', '--register', '--batch-size', '1000', readings('watched.csv', 10_000)]);

    expect(shown).toMatch(/[█░]{24} \d+%/);
    expect(shown).toContain('watched.csv: 10,001 readings: 10,000 loaded, ');
    expect(shown).toContain('record 10,001: metric is "temperatur", but there is no such metric: did you mean "temperature"?');
    expect(shown).toMatch(COLOUR);
    expect(shown).not.toContain('"msg"');
  });

  it('is left with its cursor and its wrapping of lines as they were', async () => {
    const shown = await watch(['ingest', '--register', readings('left.csv', 10)]);

    expect(shown).not.toContain(`${ESCAPE}[?25l`);
    expect(shown).not.toContain(`${ESCAPE}[?7l`);
  });

  it('shows no colour under NO_COLOR', async () => {
    const environment = { NO_COLOR: '1', PORT: '0' };
    const shown = [
      await watch(['ingest', '--register', readings('plain.csv', 10)], environment),
      await watch(['doctor'], environment),
      await watch(['migrate'], environment),
    ];

    expect(shown.join('')).toContain('plain.csv: 11 readings: ');
    expect(shown.join('')).toContain('schema is current');
    expect(shown.join('')).not.toMatch(COLOUR);
  });

  it('shows the checks of the doctor in colour, with what to do on a line of its own', async () => {
    const shown = await watch(['doctor', '--port', '0', '--database-url', 'postgres://127.0.0.1:1/nothing']);

    expect(shown).toContain(`${ESCAPE}[32mok`);
    expect(shown).toContain(`${ESCAPE}[31mfail`);
    expect(shown.replaceAll(ESCAPE, '')).toMatch(/fail .*\r\n +\[31m→.* start the server/);
  });
});

it('shows whoever is no terminal plain lines', async () => {
  const command = new RunningCommand(['ingest', '--register', readings('piped.csv', 10)], { DATABASE_URL: db.url });

  await command.exitCode();

  expect(
    command.output
      .trimEnd()
      .split('\n')
      .every((line) => line.startsWith('{"level":')),
  ).toBe(true);
  expect(command.output).not.toContain(ESCAPE);
});
