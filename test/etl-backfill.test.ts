import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doesAnybodyWait } from '../db/etl/lock-wait.ts';
import type { Json } from '../db/etl/position.ts';
import type { WouldChange } from '../db/etl/would-change.ts';
import { createPool } from '../db/pool.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { ingest } from '../etl/ingest.ts';
import { withTrialStore } from '../etl/jobs/trial-store.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { jobOf, performJob } from './support/perform-job.ts';
import { addThreshold } from './support/plant.ts';
import { recordsOf } from './support/records.ts';
import { openSourceServers, type SourceServer } from './support/source-databases.ts';

let servers: readonly SourceServer[] = [];
beforeAll(async () => {
  servers = await openSourceServers();
});
afterAll(async () => {
  for (const server of servers) await server.close();
});

const DAY = 86_400_000_000;
const FROM = at('2026-02-01T00:00:00Z');

const JOB = (url: string, more = '') => `
source:
  kind: database
  url: ${url}
  table: history
  columns: { time: measured_at, sensor: tag, temperature: amount }
  incremental: { column: measured_at, overlap: 1h }
mapping: { register: true }
limits: { rejectedShare: 1 }
backfill: { chunk: 1d, batchSize: 100, share: 1 }
${more}`;

describeEachEngine('a backfill', (db) => {
  const server = () => {
    const [postgres] = servers;
    if (postgres === undefined) throw new Error('there is no source');
    return postgres;
  };

  /** Readings every ten minutes of two sensors over four days, some of which are in the band of a threshold. */
  async function history(sensors: readonly string[], value: (minute: number) => number, days = 4): Promise<void> {
    const { knex } = server();
    if (!(await knex.schema.hasTable('history')))
      await knex.schema.createTable('history', (table) => {
        table.timestamp('measured_at', { useTz: true });
        table.string('tag');
        table.double('amount');
      });
    await knex('history')
      .whereIn('tag', [...sensors])
      .delete();
    const rows = sensors.flatMap((tag) =>
      Array.from({ length: days * 144 }, (_, step) => ({ measured_at: new Date(FROM / 1000 + step * 600_000), tag, amount: value(step * 10) })),
    );
    for (let from = 0; from < rows.length; from += 1000) await knex('history').insert(rows.slice(from, from + 1000));
  }

  async function emptyHistory(): Promise<void> {
    await server().knex.schema.dropTableIfExists('history');
  }

  it('loads exactly the readings of its window, leaves the live position', async () => {
    await emptyHistory();
    await history(['w-1', 'w-2'], () => 20);
    const job = jobOf(JOB(server().url), 'window');
    const position = await positionOf(db, job.id);

    const run = await performJob(db, job, { from: at('2026-02-01T23:55:00Z'), to: at('2026-02-03T00:00:00Z') });

    expect(run).toMatchObject({ state: 'SUCCEEDED', loaded: 288, progress: 1 });
    expect(await timesOf(db, 'w-1')).toEqual({ n: 144, first: '2026-02-02T00:00:00Z', last: '2026-02-02T23:50:00Z' });
    expect(await positionOf(db, job.id)).toEqual(position);
  });

  it('is loaded after a dry run that had to make room for its month first', async () => {
    const readings = ['1999-03-01T00:00:00Z', '1999-03-01T00:01:00Z'].map((time) => ({ sensor: 'room', metric: 'temperature', time, value: 20 }));

    const tried = await withTrialStore(db.store, (trial) => ingest(trial, recordsOf(readings), { register: true }));
    const loaded = await ingest(db.store, recordsOf(readings), { register: true });

    expect([tried.loaded, loaded.loaded]).toEqual([2, 2]);
  });

  it('is tried with a single connection for writing: a trial that waited for another one would wait for those who wait for it', async () => {
    await emptyHistory();
    await history(['alone'], () => 20, 1);
    const writePool = createPool(db.url, { max: 1, statementTimeoutMs: 0, onError: () => undefined });
    try {
      const window = { from: FROM, to: FROM + DAY, dryRun: true };
      const dry = await performJob({ ...db, store: { ...db.store, writePool } }, jobOf(JOB(server().url), 'alone'), window);
      expect(dry).toMatchObject({ state: 'SUCCEEDED', would_change: { exact: true, loaded: 144 } });
    } finally {
      await writePool.end();
    }
  });

  it('is told beforehand by a dry run exactly as it then comes', async () => {
    await emptyHistory();
    await addThreshold(db, { metric: 'temperature', level: 'WARNING', min: 30, max: 1000 });
    await addThreshold(db, { metric: 'temperature', level: 'CRITICAL', min: 50, max: 1000 });
    await history(['d-1', 'd-2'], (minute) => 20 + (minute % 1440 < 200 ? 15 : 0));
    const job = jobOf(JOB(server().url), 'dry');
    await performJob(db, job, { from: FROM, to: FROM + 3 * DAY });
    // Corrected: some that leave the band, some that go deeper into it, some that stay; and readings that are new.
    const { knex } = server();
    await knex('history').where('tag', 'd-1').whereBetween('measured_at', ['2026-02-02T01:00:00Z', '2026-02-02T02:00:00Z']).update({ amount: 25 });
    await knex('history').where('tag', 'd-2').whereBetween('measured_at', ['2026-02-03T00:00:00Z', '2026-02-03T00:30:00Z']).update({ amount: 60 });
    await knex('history').where('tag', 'd-2').where('measured_at', '2026-02-03T12:00:00Z').update({ amount: 21 });
    const window = { from: FROM, to: FROM + 4 * DAY };
    const before = await everythingOf(db);

    const dry = await performJob(db, job, { ...window, dryRun: true });
    const untouched = await everythingOf(db);
    const real = await performJob(db, job, window);
    const after = await everythingOf(db);

    expect(dry).toMatchObject({ state: 'SUCCEEDED', loaded: 0, received: 0 });
    expect(untouched).toEqual(before);
    const told = dry.would_change as WouldChange;
    expect(told.exact).toBe(true);
    expect(told).toMatchObject({
      received: real.received,
      loaded: real.loaded,
      corrected: real.corrected,
      unchanged: real.unchanged,
      rejected: real.rejected,
    });
    expect(told).toMatchObject({ breaches: real.breaches, loaded: 288, corrected: 7 + 4 + 1 });
    expect(total(told.breachesByKind)).toBe(real.breaches);
    expect(
      told.series.map(({ sensor, loaded, corrected, readingsBefore, readingsAfter }) => ({ sensor, loaded, corrected, readingsBefore, readingsAfter })),
    ).toEqual([
      { sensor: 'd-1', loaded: 144, corrected: 7, readingsBefore: 432, readingsAfter: 576 },
      { sensor: 'd-2', loaded: 144, corrected: 5, readingsBefore: 432, readingsAfter: 576 },
    ]);
    expect(told.series[0]?.examples[0]).toEqual({ time: '2026-02-02T01:00:00Z', old: 35, new: 25 });
    // 7 out of the band, 4 from WARNING to CRITICAL.
    expect(told.verdicts.changed).toBe(11);
    expect(told.verdicts.loaded).toEqual({ NORMAL: 248, WARNING: 40 });
    const alertsBefore = new Map(before.alerts.map((alert) => [alert.id, alert]));
    const changed = after.alerts.filter((alert) => JSON.stringify(alertsBefore.get(alert.id)) !== JSON.stringify(alert));
    expect(total(told.alerts)).toBe(changed.length);
    expect(told.alerts.openedAndResolved + told.alerts.opened).toBe(changed.filter(({ id }) => !alertsBefore.has(id)).length);
    expect(breachesSince(before.breaches, after.breaches)).toEqual(told.breachesByKind);
  });

  it('sees whether somebody waits for what another has locked, to go after him', async () => {
    const [holder, waiter] = [await db.pool.connect(), await db.pool.connect()];
    await holder.query('begin');
    await holder.query('select from outbox for update');

    const before = await doesAnybodyWait(db.store.writePool);
    const waiting = waiter.query('select from outbox for update');
    await expect.poll(() => doesAnybodyWait(db.store.writePool)).toBe(true);
    await holder.query('rollback');
    await waiting;

    expect(before).toBe(false);
    await expect.poll(() => doesAnybodyWait(db.store.writePool)).toBe(false);
    holder.release();
    waiter.release();
  });

  it('goes on after its last chunk that is done where an attempt ends', async () => {
    await emptyHistory();
    await history(['r-1'], () => 20);
    const job = jobOf(JOB(server().url), 'resumed');
    const window = { from: FROM, to: FROM + 4 * DAY };
    await performJob(db, job, window);
    const { rows } = await db.pool.query(`update etl_run set state = 'QUEUED', done_until = '2026-02-03' where job_id = 'resumed' returning id`);

    const again = await performJob(db, job, window, rows[0]?.id);

    // Of the attempt before, and two days more.
    expect(again).toMatchObject({ state: 'SUCCEEDED', received: 576 + 288, loaded: 576, unchanged: 288 });
  });
});

describe('the parts of a window', () => {
  it('are days of the calendar of the job, of 23 and 25 hours too', async () => {
    const { backfillChunks } = await import('../etl/jobs/backfill-chunks.ts');
    const chunks = (from: string, to: string, chunk: number, timezone: string) => [
      ...backfillChunks({ from: at(from), to: at(to) }, { backfill: { chunk, batchSize: 1, share: 1 }, timezone }),
    ];
    const hours = (parts: readonly { from: number; to: number }[]) => parts.map(({ from, to }) => (to - from) / 3_600_000_000);

    expect(hours(chunks('2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z', DAY, 'Europe/Berlin'))).toEqual([11, 23, 14]);
    expect(hours(chunks('2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z', DAY, 'Europe/Berlin'))).toEqual([10, 25, 13]);
    expect(hours(chunks('2011-12-29T10:00:00Z', '2011-12-31T10:00:00Z', DAY, 'Pacific/Apia'))).toEqual([24, 24]);
    expect(hours(chunks('2026-03-01T00:00:00Z', '2026-03-01T10:00:00Z', 4 * 3_600_000_000, 'UTC'))).toEqual([4, 4, 2]);
    expect(hours(chunks('2026-03-01T00:00:00Z', '2026-03-16T00:00:00Z', 7 * DAY, 'UTC'))).toEqual([168, 168, 24]);
  });
});

function at(text: string): number {
  return parseRfc3339(text) ?? 0;
}

function total(counts: object): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0);
}

async function positionOf(db: TestDatabase, jobId: string): Promise<readonly Json[]> {
  const { rows } = await db.pool.query<{ position: Json }>('select position from etl_position where job_id = $1', [jobId]);
  return rows.map(({ position }) => position);
}

async function timesOf(db: TestDatabase, sensor: string) {
  const { rows } = await db.pool.query(
    `select count(*) as n, min(reading.time) as first, max(reading.time) as last from reading join series on series.id = series_id where sensor_id = $1`,
    [sensor],
  );
  return rows[0];
}

/** All that a load changes, as it can be compared. */
async function everythingOf(db: TestDatabase) {
  const of = async (text: string) => (await db.pool.query(text)).rows;
  return {
    readings: await of('select series_id, time, value, batch_id from reading order by 1, 2'),
    latest: await of('select series_id, time, value, readings from series_latest order by 1'),
    alerts: await of('select * from alert order by id'),
    verdicts: await of('select * from verdict order by series_id, time'),
    breaches: await of('select kind, count(*) as n from breach group by 1 order by 1'),
    numbers: await of('select last_number from outbox'),
    stale: await of('select series_id, day, since, generation from stale_day order by 1, 2'),
    batches: await of('select id from batch order by 1'),
    rejected: await of('select id, count from rejected_reading order by 1'),
  };
}

function breachesSince(before: readonly { kind: string; n: number }[], after: readonly { kind: string; n: number }[]): Record<string, number> {
  const had = new Map(before.map(({ kind, n }) => [kind, n]));
  return Object.fromEntries(after.flatMap(({ kind, n }) => (n > (had.get(kind) ?? 0) ? [[kind, n - (had.get(kind) ?? 0)]] : [])));
}
