import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONNECTORS } from '../etl/connect/all-connectors.ts';
import { useDatabase } from './support/database.ts';
import { jobOf, readingsOf } from './support/fetching-runs.ts';
import { runJobs } from './support/jobs/jobs.ts';

const db = useDatabase();
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'thermograph-watch-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function runs(job: string): Promise<readonly { readonly state: string; readonly received: number }[]> {
  const { rows } = await db.pool.query<{ state: string; received: number }>('select state, received from etl_run where job_id = $1 order by id', [job]);
  return rows;
}

it('loads each file that comes once, whichever of two instances that watch takes it, and is not waited for by a schedule', async () => {
  const job = jobOf(
    `source: { kind: files, paths: '${directory}/in/**/*.csv', watch: true, settle: 0s }\nmapping: { register: true }\nschedule: null\nlimits: { retries: 0 }`,
    'watching',
  );
  await mkdir(join(directory, 'in', 'line-1'), { recursive: true });
  const write = async (name: string, minute: number) => {
    const path = join(directory, 'in', name);
    await writeFile(`${path}.tmp`, `time,sensor,metric,value\n2026-01-01T00:0${minute}:00Z,watched,temperature,${minute}\n`);
    await rename(`${path}.tmp`, path);
  };
  await write('before.csv', 0);
  const instances = [runJobs(db.store, [job], CONNECTORS), runJobs(db.store, [job], CONNECTORS)];
  try {
    await expect.poll(() => readingsOf(db, 'watched'), { timeout: 60_000 }).toEqual(['00:00 0']);
    await write('line-1/first.csv', 1);
    await expect.poll(() => readingsOf(db, 'watched'), { timeout: 60_000 }).toHaveLength(2);
    await Promise.all([write('line-1/second.csv', 2), write('third.csv', 3)]);
    await mkdir(join(directory, 'in', 'line-2'));
    await write('line-2/fourth.csv', 4);
    await expect.poll(() => readingsOf(db, 'watched'), { timeout: 60_000 }).toEqual(['00:00 0', '00:01 1', '00:02 2', '00:03 3', '00:04 4']);
    await expect.poll(async () => (await runs('watching')).every(({ state }) => state === 'SUCCEEDED'), { timeout: 60_000 }).toBe(true);
  } finally {
    await Promise.all(instances.map((instance) => instance.stop()));
  }
  const all = await runs('watching');
  expect(all.reduce((sum, { received }) => sum + received, 0)).toBe(5);
  // None without a file.
  expect(all.every(({ received }) => received > 0)).toBe(true);
});
