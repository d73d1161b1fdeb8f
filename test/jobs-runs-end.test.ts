import { expect, it } from 'vitest';
import { insertRun } from '../db/etl/run.ts';
import type { Store } from '../db/store.ts';
import { now } from '../db/time/instant.ts';
import { SYSTEM_CLOCK } from '../etl/jobs/clock.ts';
import { fixedJobLibrary } from '../etl/jobs/job-library.ts';
import { performRun } from '../etl/jobs/perform-run.ts';
import { useDatabase } from './support/database.ts';
import { jobOf } from './support/perform-job.ts';

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
  const writePool = new Proxy(store.writePool, {
    get(pool, key) {
      const member: unknown = Reflect.get(pool, key);
      if (typeof member !== 'function') return member;
      return (...given: readonly unknown[]) => {
        if (key === 'query' && isNamed(given[0], name) && left > 0) {
          left -= 1;
          return Promise.reject(new Error('could not extend file: No space left on device'));
        }
        return Reflect.apply(member, pool, given) as unknown;
      };
    },
  });
  return { ...store, writePool };
}

function isNamed(statement: unknown, name: string): boolean {
  return typeof statement === 'object' && statement !== null && 'name' in statement && statement.name === name;
}

function ignore(): void {
  // Nothing to hear.
}
