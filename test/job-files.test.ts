import { appendFile, copyFile, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { useDatabase } from './support/database.ts';
import { jobOf, readingsOf, runOnce } from './support/fetching-runs.ts';

const db = useDatabase();
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'thermograph-files-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let jobs = 0;

/** A folder and a job over it, both new. */
async function folder(pattern = '*', extra = ''): Promise<{ readonly path: string; readonly job: ReturnType<typeof jobOf>; readonly sensor: string }> {
  jobs += 1;
  const sensor = `sensor-${jobs}`;
  const path = join(directory, sensor);
  await mkdir(path);
  const job = jobOf(
    `source: { kind: files, paths: '${path}/${pattern}', settle: 0s }\nmapping: { register: true }\nlimits: { retries: 0, rejectedShare: 1 }\n${extra}`,
    `job-${jobs}`,
  );
  return { path, job, sensor };
}

/** Long CSV of one sensor, a reading a minute from 00:00 on. */
function csvOf(sensor: string, values: readonly number[], from = 0): string {
  return `time,sensor,metric,value\n${values.map((value, i) => `${minute(from + i)},${sensor},temperature,${value}\n`).join('')}`;
}

function minute(number: number): string {
  return new Date(Date.parse('2026-01-01T00:00:00Z') + number * 60_000).toISOString();
}

it('loads what a pattern matches, in each form, packed or not', async () => {
  const { path, job, sensor } = await folder('**/*');
  await mkdir(join(path, 'deep', 'er'), { recursive: true });
  await writeFile(join(path, 'a.csv'), csvOf(sensor, [1]));
  await writeFile(join(path, 'b.csv.gz'), gzipSync(csvOf(sensor, [2], 1)));
  await writeFile(join(path, 'deep', 'c.ndjson'), `{"time":"${minute(2)}","sensor":"${sensor}","temperature":3}\n`);
  await writeFile(join(path, 'deep', 'er', 'd.json'), `[{"time":"${minute(3)}","sensor":"${sensor}","temperature":4}]`);
  await writeFile(join(path, 'e.data'), gzipSync(`{"time":"${minute(4)}","sensor":"${sensor}","temperature":5}\n`));
  await writeFile(join(path, 'f'), '');

  const run = await runOnce(db, job);

  expect(run).toMatchObject({ error: null, state: 'SUCCEEDED', received: 5, loaded: 5, batches: 5 });
  expect(await readingsOf(db, sensor)).toEqual(['00:00 1', '00:01 2', '00:02 3', '00:03 4', '00:04 5']);
});

it('reads by a source definition, which knows the sensor by the name of the file', async () => {
  const { path, sensor } = await folder();
  await writeFile(join(path, '413.csv'), 'timestamp,co2,humidity,light,pir,temperature\n2013-08-24 00:00:00,400,50,10,0,22\n');
  const job = jobOf(`source: { kind: files, paths: ['${path}/*.csv'], settle: 0s }\nmapping: { source: building-rooms }`, sensor);

  const first = await runOnce(db, job);
  await rename(join(path, '413.csv'), join(path, '415.csv'));
  const renamed = await runOnce(db, job);
  await mkdir(join(path, 'old'));
  const again = await runOnce(db, job);

  expect(first).toMatchObject({ error: null, state: 'SUCCEEDED', loaded: 5 });
  // The name says which room it is, so under another name it is something else.
  expect(renamed).toMatchObject({ error: null, state: 'SUCCEEDED', loaded: 5 });
  expect(again).toMatchObject({ error: null, state: 'SUCCEEDED', received: 0 });
});

it('knows a file by its content: neither renamed, copied nor touched is it loaded again', async () => {
  const { path, job, sensor } = await folder();
  await writeFile(join(path, 'a.csv'), csvOf(sensor, [1, 2]));
  await copyFile(join(path, 'a.csv'), join(path, 'b.csv'));
  const first = await runOnce(db, job);
  await rename(join(path, 'a.csv'), join(path, 'z.csv'));
  await copyFile(join(path, 'b.csv'), join(path, 'c.csv'));
  await utimes(join(path, 'b.csv'), 0, 0);

  const second = await runOnce(db, job);

  expect(first).toMatchObject({ error: null, state: 'SUCCEEDED', received: 2, loaded: 2, batches: 1 });
  expect(second).toMatchObject({ error: null, state: 'SUCCEEDED', received: 0, batches: 0 });
});

it('loads a file that grew or was changed again, and counts what was there as unchanged', async () => {
  const { path, job, sensor } = await folder();
  const file = join(path, 'a.csv');
  await writeFile(file, csvOf(sensor, [1, 2]));
  await runOnce(db, job);
  await appendFile(file, `${minute(2)},${sensor},temperature,3\n`);
  const grown = await runOnce(db, job);
  await writeFile(file, csvOf(sensor, [9, 2, 3]));

  const changed = await runOnce(db, job);

  expect(grown).toMatchObject({ received: 3, loaded: 1, unchanged: 2, corrected: 0 });
  expect(changed).toMatchObject({ received: 3, loaded: 0, unchanged: 2, corrected: 1 });
  expect(await readingsOf(db, sensor)).toEqual(['00:00 9', '00:01 2', '00:02 3']);
});

it('leaves alone what is being written: hidden files, and names that writers give to parts', async () => {
  const { path, job, sensor } = await folder();
  for (const name of ['.hidden.csv', 'a.csv.tmp', 'b.csv.part', 'c.partial', 'd.csv~']) await writeFile(join(path, name), csvOf(sensor, [1]));
  const before = await runOnce(db, job);
  await rename(join(path, 'a.csv.tmp'), join(path, 'a.csv'));

  const after = await runOnce(db, job);

  expect([before.received, after.received]).toEqual([0, 1]);
});

it('waits for a file that has just been written until it has settled', async () => {
  const { path, sensor } = await folder();
  const job = jobOf(`source: { kind: files, paths: '${path}/*.csv', settle: PT0.2S }\nmapping: { register: true }`, `settling-${sensor}`);
  const file = join(path, 'a.csv');
  await writeFile(file, csvOf(sensor, [1, 2]).slice(0, -2));

  const running = runOnce(db, job);
  const writing = setTimeout(() => void appendFile(file, '2\n'), 100);
  const run = await running;
  clearTimeout(writing);

  expect(run).toMatchObject({ error: null, state: 'SUCCEEDED', received: 2, loaded: 2 });
  expect(await readingsOf(db, sensor)).toEqual(['00:00 1', '00:01 2']);
});

it('names a file that cannot be read, and loads the others and what can be read of it', async () => {
  const { path, job, sensor } = await folder();
  const whole = gzipSync(
    csvOf(
      sensor,
      Array.from({ length: 20_000 }, (_, i) => i % 7),
    ),
  );
  await writeFile(join(path, 'a-broken.csv.gz'), whole.subarray(0, whole.length / 2));
  await writeFile(join(path, 'b-no-header.csv'), 'what is this\n1,2,3\n');
  await writeFile(join(path, 'c.csv'), csvOf(`${sensor}-c`, [1]));

  const broken = await runOnce(db, job);
  await writeFile(join(path, 'a-broken.csv.gz'), whole);
  await rm(join(path, 'b-no-header.csv'));
  const mended = await runOnce(db, job);

  expect(broken).toMatchObject({ state: 'FAILED', code: 'UNREADABLE_INPUT' });
  expect(broken.error).toMatch(
    /2 files cannot be read, the others are loaded: .*a-broken\.csv\.gz: the gzip data is damaged or cut off.*b-no-header\.csv: the header has no column/,
  );
  expect(broken.loaded).toBeGreaterThan(1000);
  expect(await readingsOf(db, `${sensor}-c`)).toHaveLength(1);
  expect(mended).toMatchObject({ error: null, state: 'SUCCEEDED', received: 20_000, corrected: 0 });
  expect(mended.loaded + broken.loaded).toBe(20_001);
});

it('goes on in the middle of a file after a run that was cut off', async () => {
  const { path, sensor } = await folder();
  const job = jobOf(
    `source: { kind: files, paths: '${path}/*.csv', settle: 0s }\nmapping: { register: true }\nlimits: { batchSize: 100, retries: 0 }`,
    `cut-${sensor}`,
  );
  await writeFile(
    join(path, 'a.csv'),
    csvOf(
      sensor,
      Array.from({ length: 5000 }, (_, i) => i % 7),
    ),
  );
  await db.pool.query(
    `create function break_off() returns trigger language plpgsql as $$ begin if (select count(*) from batch where source like '%${sensor}/a.csv') >= 20 then raise 'cut off'; end if; return new; end $$`,
  );
  await db.pool.query('create trigger break_off before update on etl_position for each row execute function break_off()');

  const cut = await runOnce(db, job);
  await db.pool.query('drop trigger break_off on etl_position; drop function break_off()');
  const rest = await runOnce(db, job);

  expect(cut.state).toBe('FAILED');
  expect(cut.loaded).toBeGreaterThanOrEqual(1000);
  expect(cut.loaded).toBeLessThan(5000);
  expect(rest).toMatchObject({ error: null, state: 'SUCCEEDED', received: 5000 - cut.loaded, loaded: 5000 - cut.loaded });
  const { rows } = await db.pool.query<{ first: string }>('select position_from as first from batch where run_id = $1 order by id limit 1', [rest.id]);
  expect(rows).toEqual([{ first: `record ${cut.loaded}` }]);
});

it('does not take a file for loaded that was changed while it was read', async () => {
  const { path, sensor } = await folder();
  const job = jobOf(
    `source: { kind: files, paths: '${path}/*.csv', settle: 0s }\nmapping: { register: true }\nlimits: { batchSize: 1000, retries: 0 }`,
    `changing-${sensor}`,
  );
  const file = join(path, 'a.csv');
  const values = Array.from({ length: 6000 }, () => 1);
  await writeFile(file, csvOf(sensor, values));
  // The first batch is held back until the file has other content of the same length.
  const client = await db.pool.connect();
  await client.query('begin');
  await client.query('lock table etl_position in share mode');
  const running = runOnce(db, job);
  await expect
    .poll(async () => (await db.pool.query(`select 1 from pg_locks where not granted and relation = 'etl_position'::regclass`)).rowCount, { timeout: 60_000 })
    .toBeGreaterThan(0);
  const other = csvOf(
    sensor,
    values.map(() => 2),
  );
  await writeFile(file, other);
  await client.query('commit');
  client.release();

  const changed = await running;
  const again = await runOnce(db, job);

  expect(changed).toMatchObject({ state: 'FAILED', code: 'UNREADABLE_INPUT', error: expect.stringContaining('changed while it was read') });
  expect(again).toMatchObject({ error: null, state: 'SUCCEEDED', received: 6000 });
  expect(new Set((await readingsOf(db, sensor)).map((reading) => reading.slice(6)))).toEqual(new Set(['2']));
  await writeFile(file, csvOf(sensor, values));
  // The content that the first run began with was never taken for loaded.
  expect(await runOnce(db, job)).toMatchObject({ error: null, state: 'SUCCEEDED', received: 6000, corrected: 6000 });
});

it('loads of a window what lies in it, also from files that are done, and opens no file that lies outside', async () => {
  const { path, job, sensor } = await folder();
  await writeFile(join(path, 'a.csv'), csvOf(sensor, [1, 2, 3, 4]));
  await writeFile(join(path, 'b.csv'), csvOf(sensor, [5, 6], 100));
  await runOnce(db, job);
  await db.pool.query('delete from reading where series_id = (select id from series where sensor_id = $1)', [sensor]);
  const at = (number: number) => parseRfc3339(minute(number)) ?? 0;

  const window = await runOnce(db, job, { window: { from: at(1), to: at(3) } });
  const after = await runOnce(db, job);

  expect(window).toMatchObject({ error: null, state: 'SUCCEEDED', received: 2, loaded: 2 });
  expect(await readingsOf(db, sensor)).toEqual(['00:01 2', '00:02 3']);
  expect(after).toMatchObject({ error: null, state: 'SUCCEEDED', received: 0 });
});

it('fails where a folder or a file that is named is not there, and says which', async () => {
  const missing = join(directory, 'nowhere');
  const inFolder = await runOnce(db, jobOf(`source: { kind: files, paths: '${missing}/*.csv' }\nlimits: { retries: 0 }`, 'no-folder'));
  const inName = await runOnce(db, jobOf(`source: { kind: files, paths: '${directory}/none.csv' }\nlimits: { retries: 0 }`, 'no-file'));

  expect(inFolder).toMatchObject({ state: 'FAILED', code: 'SOURCE_UNAVAILABLE', error: expect.stringContaining(`there is no folder ${missing}`) });
  expect(inName).toMatchObject({ state: 'FAILED', code: 'SOURCE_UNAVAILABLE', error: expect.stringContaining('there is no such file') });
});

it('takes a name with brackets for a name where there is such a file, and leaves out what is no file', async () => {
  const { path, sensor } = await folder();
  await writeFile(join(path, 'a[1].csv'), csvOf(sensor, [1]));
  await mkdir(join(path, 'folder.csv'));
  await symlink(join(path, 'gone'), join(path, 'dangling.csv'));
  await symlink(join(path, 'a[1].csv'), join(path, 'link.csv'));

  const named = await runOnce(db, jobOf(`source: { kind: files, paths: '${path}/a[1].csv', settle: 0s }\nmapping: { register: true }`, `named-${sensor}`));
  const all = await runOnce(db, jobOf(`source: { kind: files, paths: ['${path}/*.csv'], settle: 0s }\nmapping: { register: true }`, `all-${sensor}`));

  expect(named).toMatchObject({ error: null, state: 'SUCCEEDED', loaded: 1 });
  expect(all).toMatchObject({ error: null, state: 'SUCCEEDED', received: 1, unchanged: 1 });
});
