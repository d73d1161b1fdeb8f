import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { RunningCommand } from './support/command.ts';
import { useDatabase } from './support/database.ts';
import { endServerOver, makeTestDirectory } from './support/directory.ts';
import { postTo } from './support/served-gateway.ts';

const db = useDatabase();
const running: RunningCommand[] = [];
const directories: string[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.end()));
  for (const directory of directories.splice(0)) {
    await endServerOver(join(directory, 'my data', 'postgresql'));
    rmSync(directory, { recursive: true, force: true });
  }
});

/** A data directory with a space in its path. */
async function dataDirectory(): Promise<string> {
  const directory = await makeTestDirectory();
  directories.push(directory);
  return join(directory, 'my data');
}

function run(args: readonly string[], environment: Record<string, string>): RunningCommand {
  const command = new RunningCommand(args, environment);
  running.push(command);
  return command;
}

const serve = (data: string) => run(['serve'], { PORT: '0', THERMOGRAPH_DATA: data });
const COUNT = '{ store { readings series } locations { totalCount } thresholds { id } }';

it('fills an empty store with the sample before it is ready, leaves it alone at the next start, and ends a load that a kill interrupted', async () => {
  const data = await dataDirectory();
  const first = serve(data);
  const whole = await postTo(String((await first.line('ready')).url), COUNT);
  first.signal('SIGTERM');
  expect(await first.exitCode()).toBe(0);
  const second = serve(data);
  const again = await postTo(String((await second.line('ready')).url), COUNT);
  await second.end();
  const other = await dataDirectory();
  const killed = serve(other);
  await killed.line('loaded');
  await killed.end();
  const next = serve(other);
  const ended = await postTo(String((await next.line('ready')).url), COUNT);

  expect(whole.body.data.store.readings).toBeGreaterThan(100_000);
  expect(whole.body.data.thresholds.length).toBeGreaterThan(5);
  expect(again.body).toEqual(whole.body);
  expect(second.lines.filter(({ msg }) => msg === 'load started')).toEqual([]);
  expect(next.lines.filter(({ msg }) => msg === 'load started').length).toBeGreaterThan(0);
  expect(ended.body).toEqual(whole.body);
}, 240_000);

it('leaves a store that was started without the sample without it at later starts', async () => {
  const first = run(['serve', '--sample', 'none'], { PORT: '0', DATABASE_URL: db.url });
  await first.line('ready');
  first.signal('SIGTERM');
  expect(await first.exitCode()).toBe(0);

  const second = run(['serve'], { PORT: '0', DATABASE_URL: db.url });
  const { body } = await postTo(String((await second.line('ready')).url), COUNT);

  expect(body.data).toMatchObject({ store: { readings: 0 }, locations: { totalCount: 0 } });
}, 60_000);

it('says to whoever would load beside a running gateway that it holds the data, and what to do', async () => {
  const data = await dataDirectory();
  const gateway = run(['serve', '--sample', 'none'], { PORT: '0', THERMOGRAPH_DATA: data });
  await gateway.line('ready');
  const file = join(data, '..', 'beside.csv');
  writeFileSync(file, 'time,sensor,metric,value\n');

  const definition = join(data, '..', 'own.yaml');
  writeFileSync(definition, 'format: csv\ntime: { columns: [t] }\nreadings: [{ file: beside, sensor: s, metrics: [{ column: v, metric: temperature }] }]\n');

  const ingest = run(['ingest', file], { THERMOGRAPH_DATA: data });
  const bySource = run(['ingest', '--register', '--timezone', 'Asia/Seoul', '--source', definition, file], { THERMOGRAPH_DATA: data });

  expect(await ingest.exitCode()).toBe(1);
  expect(ingest.errors).toMatch(/is using the data directory.*POST \/ingest/s);
  expect(ingest.errors).toContain(`curl --data-binary @${file} -H 'content-type: text/csv' 'http://127.0.0.1:4000/ingest'`);
  expect(await bySource.exitCode()).toBe(1);
  expect(bySource.errors).toContain(`copy ${definition} into the folder that THERMOGRAPH_SOURCES names`);
  expect(bySource.errors).toContain('/ingest?source=own&file=beside.csv&register=true&timezone=Asia/Seoul');
}, 120_000);
