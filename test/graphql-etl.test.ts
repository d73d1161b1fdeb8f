import { beforeAll, describe, expect, it } from 'vitest';
import { NotFoundError } from '../db/errors.ts';
import type { EtlPath, RunRequest } from '../resolvers/etl-path.ts';
import { useDatabase } from './support/database.ts';
import { declaredJobs, recordRuns } from './support/etl-rows.ts';
import { ask, askForError, execute } from './support/graphql.ts';

const db = useDatabase();
const JOBS = Array.from({ length: 30 }, (_, index) => `job-${String(index).padStart(2, '0')}`);
const NOW = Date.UTC(2026, 0, 2) * 1000;
let ids: readonly string[] = [];

const started: RunRequest[] = [];
const etl: EtlPath = {
  jobs: () => Promise.resolve(declaredJobs(...JOBS)),
  start: async (request) => {
    if (!JOBS.includes(request.jobId)) throw new NotFoundError('job', request.jobId, 'job', JOBS);
    started.push(request);
    const [id] = await recordRuns(db, [{ job: request.jobId, kind: request.window === null ? 'MANUAL' : 'BACKFILL', state: 'QUEUED', dryRun: request.dryRun }]);
    return Number(id);
  },
  replay: (asked) => Promise.resolve({ received: asked.length, loaded: asked.length, corrected: 0, unchanged: 0, derived: 0, breaches: 0, rejected: [] }),
};

beforeAll(async () => {
  ids = await recordRuns(
    db,
    JOBS.flatMap((job) => [
      { job, state: 'SUCCEEDED' as const },
      { job, state: 'FAILED' as const, error: 'the folder is gone' },
      { job, state: 'SUCCEEDED' as const, dryRun: true },
    ]),
  );
  await db.pool.query(
    `insert into etl_step (run_id, attempt, position, name, started_at, finished_at, detail)
     select id, 1, position, name, '2026-01-01T00:00:00Z', timestamptz '2026-01-01T00:00:00Z' + position * interval '1.5 seconds', case name when 'validate' then '{"series": 2}'::jsonb end
       from etl_run cross join unnest(array['connect', 'extract', 'validate']) with ordinality as step (name, position)`,
  );
});

describe('jobs', () => {
  it('are told with their newest run and the newest that brought something', async () => {
    const { etlJobs } = await ask(
      db.store,
      '{ etlJobs { id description sourceKind schedule timezone sla timeout retries lastRun { id dryRun } lastSuccess { id state } } }',
      {},
      { etl },
    );

    expect(etlJobs).toHaveLength(30);
    expect(etlJobs[1]).toEqual({
      id: 'job-01',
      description: 'What job-01 brings',
      sourceKind: 'FILES',
      schedule: '0 * * * *',
      timezone: 'Asia/Seoul',
      sla: 'PT1H',
      timeout: 'PT30M',
      retries: 2,
      lastRun: { id: ids[5], dryRun: true },
      lastSuccess: { id: ids[3], state: 'SUCCEEDED' },
    });
  });

  it('are told with as many statements for one as for thirty, whatever is asked of them', async () => {
    const document = `{ etlJobs { id freshness { lag readings } series(first: 5) { nodes { lag sensor { id } } }
      lastRun { id host steps { name } batches(first: 2) { nodes { id corrections(first: 2) { nodes { newValue } } } } } lastSuccess { id } } }`;
    const one = await execute(db.store, document, {}, { etl: { ...etl, jobs: () => Promise.resolve(declaredJobs('job-07')) } });
    const all = await execute(db.store, document, {}, { etl });

    expect([...one.errors, ...all.errors]).toEqual([]);
    expect([one.data.etlJobs.length, all.data.etlJobs.length]).toEqual([1, 30]);
    expect(all.statements).toBe(one.statements);
  });

  it('of nobody are no jobs, and an id that nobody has is null', async () => {
    expect(await ask(db.store, '{ etlJobs { id } etlJob(id: "ovens") { id } }')).toEqual({ etlJobs: [], etlJob: null });
    expect(await ask(db.store, '{ etlJob(id: "job-03") { id } }', {}, { etl })).toEqual({ etlJob: { id: 'job-03' } });
  });

  it('that have brought nothing say so', async () => {
    const { etlJob } = await ask(
      db.store,
      '{ etlJob(id: "job-03") { freshness { lastTime lag loadedAt readings late series } series { nodes { lag } } } }',
      {},
      { etl },
    );

    expect(etlJob).toEqual({ freshness: { lastTime: null, lag: null, loadedAt: null, readings: 0, late: 0, series: 0 }, series: { nodes: [] } });
  });
});

describe('runs', () => {
  it('are paged from the newest to the oldest without a gap', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { etlRuns }: { etlRuns: { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } } = await ask(
        db.store,
        'query ($after: String) { etlRuns(first: 40, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }',
        { after },
      );
      seen.push(...etlRuns.nodes.map(({ id }) => id));
      after = etlRuns.pageInfo.hasNextPage ? etlRuns.pageInfo.endCursor : null;
    } while (after !== null);

    expect(seen).toEqual([...ids].reverse());
  });

  it('are found by job, by states, and by both', async () => {
    const of = async (args: string) => {
      const { etlRuns } = await ask(db.store, `{ etlRuns(${args}) { nodes { id } } }`);
      return etlRuns.nodes.map(({ id }: { id: string }) => id);
    };

    expect(await of('job: "job-02"')).toEqual([ids[8], ids[7], ids[6]]);
    expect(await of('job: "job-02", states: [FAILED, RUNNING]')).toEqual([ids[7]]);
    expect(await of('states: [FAILED], first: 2')).toEqual([ids[88], ids[85]]);
    expect(await of('states: [FAILED, SUCCEEDED, FAILED], first: 3')).toEqual([ids[89], ids[88], ids[87]]);
    expect(await of('states: []')).toEqual([]);
    expect(await of('job: "nobody\\u0000"')).toEqual([]);
  });

  it('tell their steps, what they ended with, and their job where it is still declared', async () => {
    const document = `query ($id: ID!) { etlRun(id: $id) { id jobId kind state attempt code error job { id } nextAttemptAt steps { name attempt durationMs finished detail error } } }`;
    const { etlRun } = await ask(db.store, document, { id: ids[1] }, { etl });

    expect(etlRun).toEqual({
      id: ids[1],
      jobId: 'job-00',
      kind: 'MANUAL',
      state: 'FAILED',
      attempt: 1,
      code: 'SOURCE_UNAVAILABLE',
      error: 'the folder is gone',
      job: { id: 'job-00' },
      nextAttemptAt: null,
      steps: [
        { name: 'connect', attempt: 1, durationMs: 1500, finished: true, detail: null, error: null },
        { name: 'extract', attempt: 1, durationMs: 3000, finished: true, detail: null, error: null },
        { name: 'validate', attempt: 1, durationMs: 4500, finished: true, detail: '{"series": 2}', error: null },
      ],
    });
    expect(await ask(db.store, document, { id: ids[1] })).toMatchObject({ etlRun: { jobId: 'job-00', job: null } });
  });

  it('that nobody has are null, whatever the id looks like', async () => {
    const answer = await ask(
      db.store,
      '{ a: etlRun(id: "0") { id } b: etlRun(id: "99999999999999999999") { id } c: etlRun(id: "x") { id } d: batch(id: "4000000000") { id } }',
    );

    expect(answer).toEqual({ a: null, b: null, c: null, d: null });
  });

  it('refuse a cursor of something else, and a page of none', async () => {
    expect(await askForError(db.store, '{ etlRuns(after: "WyJzZW5zb3IiLCJhIl0") { nodes { id } } }')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'after' });
    expect(await askForError(db.store, '{ etlRuns(first: 0) { nodes { id } } }')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'first' });
  });
});

describe('startEtlRun', () => {
  const document = `mutation ($job: ID!, $from: TimeBound, $to: TimeBound, $timezone: TimeZone, $dryRun: Boolean! = false) {
    startEtlRun(job: $job, from: $from, to: $to, timezone: $timezone, dryRun: $dryRun) { jobId kind state dryRun wouldChange { loaded } } }`;
  const start = (variables: Record<string, unknown>) => ask(db.store, document, variables, { etl, clock: () => NOW });
  const refused = (variables: Record<string, unknown>) => askForError(db.store, document, variables, { etl, clock: () => NOW });

  it('queues a run of whatever is new', async () => {
    expect(await start({ job: 'job-04' })).toEqual({ startEtlRun: { jobId: 'job-04', kind: 'MANUAL', state: 'QUEUED', dryRun: false, wouldChange: null } });
    expect(started.at(-1)).toEqual({ jobId: 'job-04', window: null, dryRun: false });
  });

  it('reads its window as every other window is read', async () => {
    await start({ job: 'job-04', from: '2025-12', to: '2025-12', timezone: 'Asia/Seoul', dryRun: true });
    expect(started.at(-1)).toEqual({
      jobId: 'job-04',
      window: { from: Date.UTC(2025, 10, 30, 15) * 1000, to: Date.UTC(2025, 11, 31, 15) * 1000 },
      dryRun: true,
    });

    await start({ job: 'job-04', from: 'now-24h' });
    expect(started.at(-1)?.window).toEqual({ from: NOW - 86_400_000_000, to: NOW });
  });

  it('refuses what holds no time, an end without a beginning, and what is no time, before anything is queued', async () => {
    const before = started.length;

    expect(await refused({ job: 'job-04', from: 'now', to: 'now-1d' })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'from' });
    expect(await refused({ job: 'job-04', from: '2030', to: '2030' })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'from' });
    expect(await refused({ job: 'job-04', to: 'now' })).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'to',
      message: expect.stringContaining('give from too'),
    });
    expect(await refused({ job: 'job-04', from: 'yesterday' })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'from', value: 'yesterday' });
    expect(await refused({ job: 'job-04', from: 'now-1d', timezone: 'Asia/Soul' })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'timezone' });
    expect(started).toHaveLength(before);
  });

  it('refuses a job that nobody has declared, and names the one that was meant', async () => {
    expect(await refused({ job: 'jop-04' })).toMatchObject({ code: 'NOT_FOUND', message: 'job is "jop-04", but there is no such job; did you mean "job-04"?' });
  });
});

describe('replayRejected', () => {
  const document = 'mutation ($ids: [ID!]!) { replayRejected(ids: $ids) { received loaded } }';

  it('hands on the ids, and refuses what can be none', async () => {
    expect(await ask(db.store, document, { ids: ['3', '5'] }, { etl })).toEqual({ replayRejected: { received: 2, loaded: 2 } });
    expect(await askForError(db.store, document, { ids: [] }, { etl })).toMatchObject({ code: 'BAD_USER_INPUT', field: 'ids' });
    expect(await askForError(db.store, document, { ids: ['1', 'x'] }, { etl })).toMatchObject({ code: 'NOT_FOUND', field: 'ids[1]' });
  });
});

describe('missed service levels', () => {
  it('are paged in the order in which they were noticed, by job, with the run of their tick', async () => {
    const [late] = await recordRuns(db, [{ job: 'job-09', kind: 'SCHEDULED', state: 'RUNNING', scheduledFor: '2026-01-01T01:00:00Z' }]);
    await db.pool.query(`
      insert into sla_miss (job_id, scheduled_for, due_at)
      values ('job-09', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z'), ('job-08', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z'), ('job-09', '2026-01-01T01:00:00Z', '2026-01-01T02:00:00Z')`);
    const document =
      'query ($jobs: [ID!], $after: String) { slaMisses(jobs: $jobs, first: 1, after: $after) { nodes { jobId scheduledFor dueAt cursor job { id } run { id } } pageInfo { endCursor hasNextPage } } }';

    const first = await ask(db.store, document, { jobs: ['job-09'] }, { etl });
    const second = await ask(db.store, document, { jobs: ['job-09'], after: first.slaMisses.nodes[0].cursor }, { etl });

    expect(first.slaMisses).toMatchObject({
      nodes: [{ jobId: 'job-09', scheduledFor: '2026-01-01T00:00:00Z', job: { id: 'job-09' }, run: null }],
      pageInfo: { hasNextPage: true },
    });
    expect(second.slaMisses).toMatchObject({
      nodes: [{ scheduledFor: '2026-01-01T01:00:00Z', dueAt: '2026-01-01T02:00:00Z', run: { id: late } }],
      pageInfo: { hasNextPage: false },
    });
  });
});

describe('a dry run', () => {
  it('tells what would change by reason, status, kind and series', async () => {
    const [id] = await recordRuns(db, [{ job: 'job-00', kind: 'BACKFILL', dryRun: true }]);
    const counts = { exact: true, received: 10, loaded: 3, corrected: 2, unchanged: 4, derived: 1, rejected: 1, breaches: 3 };
    const found = {
      ...counts,
      rejectedByCode: { INVALID_TIME: 1 },
      seriesChanged: 1,
      series: [
        {
          sensor: 'a',
          metric: 'temperature',
          location: '',
          loaded: 3,
          corrected: 2,
          readingsBefore: 6,
          readingsAfter: 9,
          examples: [{ time: '2026-01-01T00:00:00Z', old: 1, new: 2 }],
        },
      ],
      verdicts: { changed: 2, loaded: { NONE: 1, CRITICAL: 2 } },
      breachesByKind: { CORRECTED: 1, OPENED: 2 },
      alerts: { opened: 1, openedAndResolved: 1, resolved: 0, withdrawn: 0, changed: 0 },
    };
    await db.pool.query('update etl_run set would_change = $2 where id = $1', [id, found]);

    const { etlRun } = await ask(
      db.store,
      `query ($id: ID!) { etlRun(id: $id) { wouldChange {
         exact received loaded corrected unchanged derived rejected breaches rejectedByCode { code count } statusesChanged statuses { status count } breachesByKind { kind count }
         alerts { opened openedAndResolved resolved withdrawn changed }
         seriesChanged series { sensor metric location loaded corrected readingsBefore readingsAfter examples { time oldValue newValue } } } } }`,
      { id },
    );

    expect(etlRun.wouldChange).toEqual({
      ...counts,
      rejectedByCode: [{ code: 'INVALID_TIME', count: 1 }],
      statusesChanged: 2,
      statuses: [
        { status: 'CRITICAL', count: 2 },
        { status: null, count: 1 },
      ],
      breachesByKind: [
        { kind: 'OPENED', count: 2 },
        { kind: 'CORRECTED', count: 1 },
      ],
      alerts: { opened: 1, openedAndResolved: 1, resolved: 0, withdrawn: 0, changed: 0 },
      seriesChanged: 1,
      series: [
        {
          sensor: 'a',
          metric: 'temperature',
          location: null,
          loaded: 3,
          corrected: 2,
          readingsBefore: 6,
          readingsAfter: 9,
          examples: [{ time: '2026-01-01T00:00:00Z', oldValue: 1, newValue: 2 }],
        },
      ],
    });
  });
});
