import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RunningCommand } from './support/command.ts';
import { endServerOver, makeTestDirectory } from './support/directory.ts';

const commands: RunningCommand[] = [];
let directory = '';
let port = '';
/** Of the gateway, and of commands over its store. */
const embedded = () => ({ THERMOGRAPH_DATA: join(directory, 'data'), PORT: port });

/** Of five days of January, a reading an hour. */
const CSV = `time,sensor,metric,value\n${Array.from({ length: 120 }, (_, hour) => `${new Date(Date.UTC(2026, 0, 1, hour)).toISOString()},bf,temperature,${hour % 7}`).join('\n')}\n`;

let gateway: RunningCommand | null = null;

beforeAll(async () => {
  directory = await makeTestDirectory();
  const jobs = join(directory, 'jobs');
  await mkdir(jobs);
  await writeFile(join(directory, 'a.csv'), CSV);
  await writeFile(join(jobs, 'ovens.yaml'), `source: { kind: files, paths: ${directory}/*.csv }\nmapping: { register: true }\nschedule: null\n`);
  gateway = new RunningCommand(['serve'], { THERMOGRAPH_DATA: embedded().THERMOGRAPH_DATA, PORT: '0', THERMOGRAPH_JOBS: jobs, THERMOGRAPH_SAMPLE: 'none' });
  port = new URL(String((await gateway.line('ready')).url)).port;
});
afterEach(async () => {
  for (const command of commands.splice(0)) await command.end();
});
afterAll(async () => {
  await gateway?.end();
  await endServerOver(join(directory, 'data', 'postgresql'));
  await rm(directory, { recursive: true, force: true });
});

/** Runs `thermograph backfill` to its end. */
async function backfill(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly command: RunningCommand }> {
  const command = new RunningCommand(['backfill', ...args], environment);
  commands.push(command);
  return { code: await command.exitCode(), command };
}

const WINDOW = ['--job', 'ovens', '--from', '2026-01-02', '--to', '2026-01-04'];

describe('thermograph backfill through a gateway', () => {
  it('has the gateway of the address do it, and tells what would change and what has', async () => {
    const url = ['--url', `http://127.0.0.1:${port}`];

    const tried = await backfill([...WINDOW, '--dry-run', ...url]);
    const loaded = await backfill([...WINDOW, ...url]);

    expect([tried.code, loaded.code]).toEqual([0, 0]);
    expect(await tried.command.line('backfill would change')).toMatchObject({ dryRun: true, wouldChange: { received: 48, loaded: 48 } });
    expect(await loaded.command.line('backfill done')).toMatchObject({ job: 'ovens', received: 48, loaded: 48 });
  });

  it('finds the gateway that holds the embedded store, at its port', async () => {
    const { code, command } = await backfill(['--job', 'ovens', '--from', '2026-01-04', '--to', '2026-01-05'], embedded());

    expect(code).toBe(0);
    expect(await command.line('the store is in use: its gateway is asked')).toMatchObject({ url: `http://127.0.0.1:${port}` });
    expect(await command.line('backfill done')).toMatchObject({ received: 24, loaded: 24 });
  });

  it('says what the gateway refuses, that there is no such run, that nobody answers, and takes no option that it would ignore', async () => {
    const url = ['--url', `http://127.0.0.1:${port}`];
    const attempts = await Promise.all([
      backfill(['--job', 'ovns', '--from', '2026-01-02', ...url]),
      backfill(['--resume', '99', ...url]),
      backfill([...WINDOW, '--url', 'http://127.0.0.1:9']),
      backfill([...WINDOW, '--chunk', '6h'], embedded()),
    ]);

    expect(attempts.map(({ code, command }) => [code, command.errors.trim()])).toEqual([
      [1, `thermograph: the gateway at http://127.0.0.1:${port} refuses: job is "ovns", but there is no such job; did you mean "ovens"?`],
      [1, 'thermograph: --resume is "99", but there is no such run'],
      [1, expect.stringContaining('thermograph: no gateway answers at http://127.0.0.1:9')],
      [2, 'thermograph: --chunk is not given to a gateway: write it into the job, under backfill'],
    ]);
  });
});
