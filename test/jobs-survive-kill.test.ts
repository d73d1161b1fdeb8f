import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { selectRunsById } from '../db/etl/run-page.ts';
import { CONNECTORS } from '../etl/connect/all-connectors.ts';
import { openJobLibrary } from '../etl/jobs/job-library.ts';
import { startRun } from '../etl/jobs/start-run.ts';
import { useDatabase } from './support/database.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { runJobs, SILENT } from './support/jobs/jobs.ts';

const db = useDatabase();
const script = fileURLToPath(new URL('support/jobs/job-runner.ts', import.meta.url));
const ROWS = 40_000;

it('gives the run of a process that was killed to another one, which loads what is missing and nothing twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thermograph-jobs-'));
  let requests = 0;
  const source = createServer((_request, response) => {
    requests += 1;
    const rows = Array.from({ length: ROWS }, (_, index) => `${new Date(Date.UTC(2024, 0, 1, 0, index)).toISOString()},k1,temperature,${index % 40}\n`);
    response.writeHead(200, { 'content-type': 'text/csv' });
    response.write(`time,sensor,metric,value\n${rows.slice(0, ROWS / 2).join('')}`);
    // The first who asks gets half of it and waits for the rest.
    if (requests > 1) response.end(rows.slice(ROWS / 2).join(''));
  }).listen(0, '127.0.0.1');
  await once(source, 'listening');
  const address = source.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await writeFile(
    join(folder, 'killed.yaml'),
    `source: { kind: http, url: http://127.0.0.1:${port}/readings.csv }\nschedule: null\nmapping: { format: csv, register: true }\nlimits: { batchSize: 4000 }\n`,
  );
  const library = openJobLibrary(folder, {});
  const first = new GatewayProcess('-', { script, settings: [`url=${db.url}`, `folder=${folder}`, 'host=first'] });
  await first.ready();
  const runId = await startRun({ store: db.store, library, log: SILENT }, 'killed', { from: null, to: null, dryRun: false });
  await expect.poll(async () => (await selectRunsById(db.pool, [runId]))[0]?.loaded, { timeout: 30_000 }).toBeGreaterThan(0);

  await first.end('SIGKILL');
  const second = runJobs(db.store, [], CONNECTORS, { library, host: 'second' });
  try {
    await expect.poll(async () => (await selectRunsById(db.pool, [runId]))[0]?.finishedAt, { timeout: 30_000 }).not.toBeNull();

    const [run] = await selectRunsById(db.pool, [runId]);
    const { rows } = await db.pool.query(`select count(*) as readings, count(distinct time) as times, sum(value) as sum from reading where not derived`);
    const sum = Array.from({ length: ROWS }, (_, index) => index % 40).reduce((total, value) => total + value, 0);
    expect(run).toMatchObject({ state: 'SUCCEEDED', attempt: 2, host: 'second', loaded: ROWS, corrected: 0 });
    expect(rows).toEqual([{ readings: ROWS, times: ROWS, sum }]);
  } finally {
    await second.stop();
    source.closeAllConnections();
    source.close();
    await rm(folder, { recursive: true });
  }
}, 90_000);
