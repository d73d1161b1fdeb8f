import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { takeInstanceSeat } from '../db/etl/instance.ts';
import { type RunRow, selectRunsById } from '../db/etl/run-page.ts';
import type { Piece } from '../etl/connect/connector.ts';
import type { Job } from '../etl/jobs/job.ts';
import { fixedJobLibrary } from '../etl/jobs/job-library.ts';
import type { RunningJobs } from '../etl/jobs/start-jobs.ts';
import { startRun } from '../etl/jobs/start-run.ts';
import { useDatabase } from './support/database.ts';
import { connectorOf, connectorsOf, jobOf, never, pieceOf, runJobs, SILENT } from './support/jobs/jobs.ts';
import type { TestReading } from './support/records.ts';

const db = useDatabase();
const running: RunningJobs[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((jobs) => jobs.stop()));
});

async function* of(...pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
}

function readingsOf(sensor: string, count: number, value = (index: number) => index): TestReading[] {
  return Array.from({ length: count }, (_, index) => ({
    sensor,
    metric: 'temperature',
    time: new Date(Date.UTC(2024, 0, 1) + index * 60_000).toISOString(),
    value: value(index) % 50,
  }));
}

const FETCH_NEW = { from: null, to: null, dryRun: false };

async function start(job: Job): Promise<number> {
  return startRun({ store: db.store, library: fixedJobLibrary([job]), log: SILENT }, job.id, FETCH_NEW);
}

async function ended(runId: number): Promise<RunRow> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    const [run] = await selectRunsById(db.pool, [runId]);
    if (run !== undefined && run.finishedAt !== null) return run;
    await sleep(20);
  }
  throw new Error(`run ${runId} did not end`);
}

async function stepsOf(runId: number) {
  const { rows } = await db.pool.query<{ attempt: number; name: string; isFinished: boolean; error: string | null; detail: unknown }>(
    'select attempt, name, finished_at is not null as "isFinished", error, detail from etl_step where run_id = $1 order by attempt, position',
    [runId],
  );
  return rows;
}

it('records every step of a run that succeeds, and what it counted', async () => {
  const job = jobOf('counted', 'schedule: null');
  running.push(runJobs(db.store, [job], connectorsOf(connectorOf(() => of(pieceOf('page 1', readingsOf('c1', 10)), pieceOf('page 2', readingsOf('c2', 5)))))));

  const run = await ended(await start(job));

  expect(run).toMatchObject({ state: 'SUCCEEDED', kind: 'MANUAL', attempt: 1, received: 15, loaded: 15, rejected: 0, code: null, host: 'test' });
  expect(await stepsOf(run.id)).toEqual([
    { attempt: 1, name: 'connect', isFinished: true, error: null, detail: null },
    { attempt: 1, name: 'extract', isFinished: true, error: null, detail: null },
    { attempt: 1, name: 'transform', isFinished: true, error: null, detail: null },
    { attempt: 1, name: 'load', isFinished: true, error: null, detail: { pieces: 2 } },
    { attempt: 1, name: 'validate', isFinished: true, error: null, detail: { series: 2, readings: 15 } },
  ]);
});

it('attempts a run again after the delay, and fails it with the last error when no attempt is left', async () => {
  const job = jobOf('failing', 'schedule: null\nlimits: { retries: 2, retryDelay: PT0.05S }');
  const connector = { connect: () => Promise.reject(new Error('no route to postgres://reader:hidden@db/x')) };
  running.push(runJobs(db.store, [job], connectorsOf(connector)));

  const run = await ended(await start(job));

  expect(run).toMatchObject({ state: 'FAILED', attempt: 3, code: 'RUN_FAILED', error: 'no route to postgres://reader:***@db/x' });
  expect((await stepsOf(run.id)).map(({ attempt, name, error }) => [attempt, name, error])).toEqual(
    [1, 2, 3].map((attempt) => [attempt, 'connect', 'no route to postgres://reader:***@db/x']),
  );
});

it('ends an attempt at its timeout, and a run whose last attempt did not come to its end has timed out', async () => {
  const job = jobOf('slow', 'schedule: null\nlimits: { retries: 1, retryDelay: 0s, timeout: PT0.2S }');
  running.push(runJobs(db.store, [job], connectorsOf(connectorOf(() => of({ ...pieceOf('page', []), records: never() })))));

  const run = await ended(await start(job));

  expect(run).toMatchObject({ state: 'TIMED_OUT', attempt: 2, code: 'RUN_TIMED_OUT' });
  expect(run.error).toContain('PT0.2S');
});

it('fails a run of which more was rejected than its job allows, keeps what was loaded, and does not try again', async () => {
  const job = jobOf('rejecting', 'schedule: null\nlimits: { rejectedShare: 0.1 }');
  const tooHot = readingsOf('r1', 10).map((reading, index) => (index < 2 ? { ...reading, value: 5000 } : reading));
  running.push(runJobs(db.store, [job], connectorsOf(connectorOf(() => of(pieceOf('page', tooHot))))));

  const run = await ended(await start(job));

  expect(run).toMatchObject({ state: 'FAILED', attempt: 1, loaded: 8, rejected: 2, code: 'TOO_MANY_REJECTS' });
  expect(run.error).toContain('2 of 10 readings were rejected, a share of 0.2, but');
});

it('tells of a run with too many rejects what most were rejected for, and gives an example', async () => {
  const job = jobOf('explaining', 'schedule: null\nlimits: { rejectedShare: 0.3333 }');
  const [unknown, hot, hotter, ...good] = readingsOf('e1', 9);
  if (unknown === undefined || hot === undefined || hotter === undefined) throw new Error('there are nine');
  const readings = [{ ...unknown, metric: 'nonsense' }, { ...hot, value: 5001 }, { ...hotter, value: 5002 }, ...good];
  running.push(runJobs(db.store, [job], connectorsOf(connectorOf(() => of(pieceOf('page', readings))))));

  const run = await ended(await start(job));

  expect(run.error).toMatch(/^3 of 9 readings were rejected, a share of 0\.333333, but the job's limits\.rejectedShare is 0\.3333; /);
  expect(run.error).toMatch(/Most often VALUE_OUT_OF_RANGE, such as: .*5001/);
});

it('cuts the example of what was rejected where it is long', async () => {
  const job = jobOf('rejecting-long', 'schedule: null');
  const readings = readingsOf('e2', 3).map((reading) => ({ ...reading, metric: 'm'.repeat(1000) }));
  running.push(runJobs(db.store, [job], connectorsOf(connectorOf(() => of(pieceOf('page', readings))))));

  const run = await ended(await start(job));

  expect(run.error).toMatch(/Most often UNKNOWN_METRIC, such as: .{299}…$/);
});

it('names the series that is not stored as it was written', async () => {
  const job = jobOf('tampered', 'schedule: null');
  const tamper = () => db.pool.query(`delete from reading where series_id = (select id from series where sensor_id = 't2') and time < '2024-01-01T00:02Z'`);
  running.push(
    runJobs(
      db.store,
      [job],
      connectorsOf(connectorOf(() => of(pieceOf('page', [...readingsOf('t1', 5), ...readingsOf('t2', 5)], { done: async () => void (await tamper()) })))),
    ),
  );

  const run = await ended(await start(job));

  expect(run).toMatchObject({ state: 'FAILED', attempt: 1, code: 'VALIDATION_FAILED', error: 'temperature of t2 has 3 readings of the 5 that were written' });
  expect((await stepsOf(run.id)).at(-1)).toMatchObject({ name: 'validate', detail: { problems: [{ sensor: 't2', metric: 'temperature' }] } });
});

it('compares what an attempt wrote that failed, too, and forgets it when the run has ended', async () => {
  const job = jobOf('tampered-later', 'schedule: null\nlimits: { retries: 1, retryDelay: PT0.05S }');
  let attempts = 0;
  const fetch = () => {
    attempts += 1;
    if (attempts > 1) return of(pieceOf('page 2', readingsOf('l2', 5)));
    const breakOff = async () => {
      await db.pool.query(
        `update reading set value = value + 1 where time = '2024-01-01T00:02Z' and series_id = (select id from series where sensor_id = 'l1')`,
      );
      throw new Error('broken off');
    };
    return of(pieceOf('page 1', readingsOf('l1', 5), { done: breakOff }));
  };
  running.push(runJobs(db.store, [job], connectorsOf(connectorOf(fetch))));

  const run = await ended(await start(job));

  expect(run).toMatchObject({ state: 'FAILED', attempt: 2, loaded: 10, code: 'VALIDATION_FAILED' });
  expect(run.error).toBe('temperature of l1 has readings that add up to 11, but those that were written to 10');
  expect((await stepsOf(run.id)).map(({ attempt, name }) => `${attempt} ${name}`)).toContain('2 validate');
  expect((await db.pool.query('select from batch_sum')).rowCount).toBe(0);
});

it('fails a run whose series are silent for longer than the job allows, and names them', async () => {
  const job = jobOf('gappy', 'schedule: null\nlimits: { cadence: 1m }');
  const gappy = readingsOf('g2', 10).filter((_, index) => index < 4 || index > 6);
  running.push(runJobs(db.store, [job], connectorsOf(connectorOf(() => of(pieceOf('page', [...readingsOf('g1', 10), ...gappy]))))));

  const run = await ended(await start(job));

  expect(run).toMatchObject({ state: 'FAILED', code: 'VALIDATION_FAILED', loaded: 17 });
  expect(run.error).toBe('temperature of g2 has none for PT4M after 2024-01-01T00:03:00Z, 3 readings; the longest allowed is PT2M');
});

it('is at one run of a job at a time', async () => {
  const job = jobOf('single', 'schedule: null');
  let atOnce = 0;
  let most = 0;
  const connector = connectorOf(async function* () {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await sleep(50);
    yield pieceOf('page', readingsOf('s1', 2));
    atOnce -= 1;
  });
  running.push(runJobs(db.store, [job], connectorsOf(connector)), runJobs(db.store, [job], connectorsOf(connector)));

  const runs = await Promise.all((await Promise.all([start(job), start(job), start(job)])).map(ended));

  expect(runs.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  expect(most).toBe(1);
});

it('puts a run under way back at once when its instance stops, and another instance goes on with it', async () => {
  const job = jobOf('moving', 'schedule: null');
  const first = runJobs(db.store, [job], connectorsOf(connectorOf(() => of({ ...pieceOf('page', []), records: never() }))), { host: 'first' });
  const runId = await start(job);
  for (let waited = 0; waited < 200 && (await selectRunsById(db.pool, [runId]))[0]?.state !== 'RUNNING'; waited += 1) await sleep(20);

  await first.stop();
  running.push(runJobs(db.store, [job], connectorsOf(connectorOf(() => of(pieceOf('page', readingsOf('m1', 3))))), { host: 'second' }));

  expect(await ended(runId)).toMatchObject({ state: 'SUCCEEDED', attempt: 2, host: 'second', loaded: 3 });
});

it('takes a run from an instance that hangs, although its connection lives', async () => {
  const job = jobOf('hanging', 'schedule: null\nlimits: { timeout: 1m }');
  const seat = await takeInstanceSeat(db.store.listenPool, 'hung', () => undefined);
  const runId = await start(job);
  await db.pool.query(`update etl_run set state = 'RUNNING', attempt = 1, instance_id = $2, started_at = now() - interval '4 minutes' where id = $1`, [
    runId,
    seat.id,
  ]);

  await db.pool.query(`insert into etl_step (run_id, attempt, position, name, started_at) values ($1, 1, 1, 'connect', now() - interval '4 minutes')`, [runId]);

  running.push(runJobs(db.store, [job], connectorsOf(connectorOf(() => of(pieceOf('page', readingsOf('h1', 3))))), { host: 'other' }));

  expect(await ended(runId)).toMatchObject({ state: 'SUCCEEDED', attempt: 2, host: 'other', loaded: 3 });
});

it('refuses to start what cannot be: an unknown job, a window that ends before it begins, a dry run of what is new', async () => {
  const job = jobOf('known', 'schedule: null');
  const starting = { store: db.store, library: fixedJobLibrary([job]), log: SILENT };

  await expect(startRun(starting, 'knwon', FETCH_NEW)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(startRun(starting, 'known', { from: 2, to: 1, dryRun: false })).rejects.toMatchObject({ field: 'to' });
  await expect(startRun(starting, 'known', { from: null, to: null, dryRun: true })).rejects.toMatchObject({ field: 'dryRun' });
});
