import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkJobs } from '../server/doctor/job-checks.ts';
import { readServingSettings } from '../server/settings.ts';
import { useDatabase } from './support/database.ts';
import { recordRuns } from './support/etl-rows.ts';

const db = useDatabase();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thermograph-doctor-jobs-'));
});
afterAll(() => rm(folder, { recursive: true }));

const settings = () => readServingSettings({ THERMOGRAPH_JOBS: folder });
const declare = (id: string, source: string) => writeFile(join(folder, `${id}.yaml`), `source: ${source}\n`);

it('says that there are none', async () => {
  expect(await checkJobs(settings(), {}, null)).toMatchObject({ name: 'jobs', status: 'ok', found: `none in the folder ${folder}` });
});

it('names the job whose newest run failed, with why, and is content when a later one succeeds', async () => {
  await declare('ovens', '{ kind: files, paths: [/in/*.csv] }');
  await recordRuns(db, [{ job: 'ovens' }, { job: 'ovens', state: 'FAILED', error: 'the folder is gone' }]);
  const failed = await checkJobs(settings(), {}, db.pool);
  await recordRuns(db, [{ job: 'ovens' }]);

  expect(failed).toMatchObject({
    status: 'warn',
    found: expect.stringMatching(/^the newest run of 1 of 1 failed: ovens \(run \d+\): SOURCE_UNAVAILABLE: the folder is gone$/),
  });
  expect(await checkJobs(settings(), {}, db.pool)).toMatchObject({ status: 'ok', found: `1 in the folder ${folder}` });
});

it('names the variable that a job needs and the environment lacks', async () => {
  await declare('pump', `{ kind: files, paths: ['\${PUMP_FOLDER}/*.csv'] }`);

  expect(await checkJobs(settings(), {}, db.pool)).toMatchObject({ status: 'warn', found: expect.stringContaining('pump: ') });
  expect(await checkJobs(settings(), {}, db.pool)).toMatchObject({ found: expect.stringContaining('PUMP_FOLDER is not set') });
  expect(await checkJobs(settings(), { PUMP_FOLDER: '/in' }, db.pool)).toMatchObject({ status: 'ok', found: `2 in the folder ${folder}` });
});

it('says of a folder that is none what it is', async () => {
  const file = join(folder, 'ovens.yaml');

  expect(await checkJobs(readServingSettings({ THERMOGRAPH_JOBS: file }), {}, null)).toMatchObject({
    status: 'fail',
    found: expect.stringContaining(`THERMOGRAPH_JOBS is ${JSON.stringify(file)}, but the folder cannot be read: it is no folder`),
  });
});
