import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { expect, it } from 'vitest';
import { finishRun, insertRun } from '../db/etl/run.ts';
import type { RunClaim } from '../db/etl/run-claim.ts';
import type { Store } from '../db/store.ts';
import { now } from '../db/time/instant.ts';
import { SYSTEM_CLOCK } from '../etl/jobs/clock.ts';
import { fixedJobLibrary } from '../etl/jobs/job-library.ts';
import { performRun } from '../etl/jobs/perform-run.ts';
import { useDatabase } from './support/database.ts';
import { makeTestDirectory } from './support/directory.ts';
import { interruptedConnectors } from './support/interrupted-pieces.ts';
import { jobOf, performJob } from './support/perform-job.ts';

const db = useDatabase();
const log = { info: ignore, warn: ignore, error: ignore };
const OVEN = jobOf(`source: { kind: http, url: 'http://127.0.0.1:1/' }\nschedule: null\nlimits: { retries: 0, timeout: PT0.2S }`, 'oven');
const absent = () => Promise.reject(new Error('no such connector here'));

it('records how a run ended as soon as the database takes it, where it refuses at first', async () => {
  const refusing = withRefusals(db.store, 'finish_run', 1);

  expect(await performBackfill(() => Promise.reject(new Error('broken')), refusing)).toEqual({ state: 'FAILED', code: 'RUN_FAILED' });
});

it('records that the job of a run is declared no more as soon as the database takes it', async () => {
  const refusing = withRefusals(db.store, 'finish_run', 1);

  expect(await performBackfill(absent, refusing, fixedJobLibrary([]))).toEqual({ state: 'FAILED', code: 'JOB_UNKNOWN' });
});

it('ends a backfill at its timeout whose source never answers', async () => {
  expect(await performBackfill(() => new Promise<never>(ignore), db.store)).toEqual({ state: 'TIMED_OUT', code: 'RUN_TIMED_OUT' });
}, 30_000);

it('keeps nothing of a run that ends while a batch of it is committed', async () => {
  const path = join(await makeTestDirectory(), 'plant.csv');
  const rows = Array.from({ length: 300 }, (_, second) => `${new Date(second * 1000).toISOString()},plant,temperature,${second % 30}\n`);
  await writeFile(path, `time,sensor,metric,value\n${rows.join('')}`);
  const job = jobOf(
    `source: { kind: files, paths: '${path}', settle: 0s }\nmapping: { register: true }\nbackfill: { batchSize: 100, share: 1 }\nlimits: { retries: 0 }`,
    'ending',
  );
  let batches = 0;
  let remembered: number | null = null;
  const finishing: Promise<boolean>[] = [];
  const connectors = interruptedConnectors(async () => {
    batches += 1;
    if (batches !== 2) return false;
    // The batch has written its readings, and how far the run is now; it has not counted them to the run.
    remembered = (await db.pool.query('select from etl_run_position')).rowCount;
    const { rows: runs } = await db.pool.query<RunClaim>(
      `select id as "runId", job_id as "jobId", attempt, instance_id as "instanceId" from etl_run where job_id = 'ending'`,
    );
    const [claim] = runs;
    if (claim === undefined) throw new Error('the run is gone');
    finishing.push(finishRun(db.store.writePool, claim, { state: 'FAILED', at: now(), code: null, error: null }));
    await expect.poll(waitingForLock).toBe(1);
    // Not awaited here: it goes on when this transaction is committed.
    return false;
  });

  const run = await performJob(db, job, { from: 0, to: 3_600_000_000 }, undefined, connectors);

  // A batch that is tried again comes too late.
  expect(run).toMatchObject({ state: 'FAILED', received: 200 });
  expect(await Promise.all(finishing)).toEqual([true]);
  expect(remembered).toBe(1);
  for (const table of ['batch_sum', 'etl_run_position']) expect((await db.pool.query(`select from ${table}`)).rowCount).toBe(0);
});

async function waitingForLock(): Promise<number | null> {
  return (await db.pool.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rowCount;
}

/** Performs a backfill over a source that connects like this, and says how the run ended. */
async function performBackfill(connect: () => Promise<never>, store: Store, library = fixedJobLibrary([OVEN])): Promise<unknown> {
  const { rows: instances } = await db.pool.query<{ id: number }>(`insert into etl_instance (host) values ('test') returning id`);
  const runId = await insertRun(db.pool, { jobId: 'oven', kind: 'BACKFILL', scheduledFor: null, from: 0, to: 3_600_000_000, dryRun: false, dueAt: now() });
  if (runId === null) throw new Error('the run was not queued');
  await performRun(
    {
      store,
      connectors: { files: absent, http: () => Promise.resolve({ connect }), database: absent, mqtt: absent, kafka: absent, nats: absent },
      log,
      clock: SYSTEM_CLOCK,
      sourcesFolder: 'none',
      library,
      instanceId: instances[0]?.id ?? 0,
      signal: new AbortController().signal,
    },
    runId,
  );
  const { rows: runs } = await db.pool.query<{ state: string; code: string }>('select state, error_code as code from etl_run where id = $1', [runId]);
  return runs[0];
}

/** The store, whose database refuses the first statements of that name as a full disk would. */
function withRefusals(store: Store, name: string, refusals: number): Store {
  let left = refusals;
  const refuse = <T extends object>(queryable: T): T =>
    new Proxy(queryable, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        return (...given: readonly unknown[]) => {
          if (key === 'query' && isNamed(given[0], name) && left > 0) {
            left -= 1;
            return Promise.reject(new Error('could not extend file: No space left on device'));
          }
          const answer: unknown = Reflect.apply(member, target, given);
          return key === 'connect' ? (answer as Promise<pg.PoolClient>).then(refuse) : answer;
        };
      },
    });
  return { ...store, writePool: refuse(store.writePool) };
}

function isNamed(statement: unknown, name: string): boolean {
  return typeof statement === 'object' && statement !== null && 'name' in statement && statement.name === name;
}

function ignore(): void {
  // Nothing to hear.
}
