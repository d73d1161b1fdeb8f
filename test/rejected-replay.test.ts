import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { NotFoundError } from '../db/errors.ts';
import { takeInstanceSeat } from '../db/etl/instance.ts';
import { saveMetrics } from '../db/save-metric.ts';
import { MICROS_PER_DAY, now } from '../db/time/instant.ts';
import { ingest } from '../etl/ingest.ts';
import type { LoadOrigin } from '../etl/load-origin.ts';
import { type InputFormat, readRecords } from '../etl/open-input.ts';
import { replayRejected } from '../etl/replay-rejected.ts';
import { loadSourceDefinition } from '../etl/source-definition.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { watcherOf } from './support/watching.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thermograph-replay-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function load(db: TestDatabase, text: string, format: InputFormat, reader: LoadOrigin['reader']) {
  const { metrics } = await db.store.catalogue.current(db.store.writePool);
  const records = readRecords(bytesOf(text), format, {
    knownMetrics: new Set(metrics.keys()),
    ...(reader.timezone === undefined ? {} : { timezone: reader.timezone }),
  });
  return ingest(db.store, records, { register: reader.register, origin: { source: 'test', run: null, reader } });
}

interface Rejected {
  readonly id: number;
  readonly code: string;
  readonly record: string;
  readonly count: number;
}

async function rejected(db: TestDatabase): Promise<readonly Rejected[]> {
  const { rows } = await db.pool.query<Rejected>('select id, code, record, count from rejected_reading order by id');
  return rows;
}

async function values(db: TestDatabase, sensor: string): Promise<readonly [string, string, number][]> {
  const { rows } = await db.pool.query<{ metric: string; time: string; value: number }>(
    `select metric_id as metric, time, value from reading join series on series.id = series_id where sensor_id = $1 and not derived order by time, metric_id`,
    [sensor],
  );
  return rows.map(({ metric, time, value }) => [metric, time, value]);
}

describeEachEngine('a rejected record that is tried again', (db) => {
  const replay = async (ids?: readonly number[]) =>
    replayRejected(db.store, ids ?? (await rejected(db)).map(({ id }) => id), { sourcesFolder: folder, batchSize: 100 });

  beforeEach(async () => {
    await db.pool.query('delete from rejected_reading');
  });

  it('loads once its sensor is known, and is rejected no more', async () => {
    await load(
      db,
      'time,sensor,temperature,humidity\n2025-01-01 09:00,later,20.5,40\n',
      { kind: 'csv' },
      { format: 'csv', timezone: 'Asia/Seoul', register: false },
    );
    expect(await replay()).toMatchObject({ received: 2, loaded: 0, rejectedCount: 2 });
    expect((await rejected(db)).map(({ count }) => Number(count))).toEqual([2, 2]);

    await db.pool.query(`insert into sensor (id) values ('later') on conflict do nothing`);
    await db.pool.query('update catalogue set version = version + 1');

    expect(await replay()).toMatchObject({ received: 2, loaded: 2, rejectedCount: 0 });
    expect(await rejected(db)).toEqual([]);
    expect(await values(db, 'later')).toEqual([
      ['humidity', '2025-01-01T00:00:00Z', 40],
      ['temperature', '2025-01-01T00:00:00Z', 20.5],
    ]);
  });

  it('is kept with its new reason where it is refused for another one, and counted on for the same', async () => {
    await load(
      db,
      'time,sensor,metric,value\n2025-01-01T00:00:00Z,reasons,rpm,5000\n2025-01-01T00:01:00Z,reasons,rpm,50\n',
      { kind: 'csv' },
      { format: 'csv', register: true },
    );
    await saveMetrics(db.store.writePool, [{ id: 'rpm', name: null, unit: '/min', min: 0, max: 100, description: null }]);

    expect(await replay()).toMatchObject({ received: 2, loaded: 1, rejectedCount: 1, rejected: [{ index: 0, code: 'VALUE_OUT_OF_RANGE' }] });
    expect(await rejected(db)).toMatchObject([{ code: 'VALUE_OUT_OF_RANGE', count: 1 }]);
    await replay();
    expect(await rejected(db)).toMatchObject([{ code: 'VALUE_OUT_OF_RANGE', count: 2 }]);
  });

  it('is read by the rules of its source definition as they are then', async () => {
    const definition = (format: string, missing: string) =>
      `format: csv\ndelimiter: ";"\ndecimalComma: true\nmissing: [${missing}]\ntime: { columns: [day, clock], format: ${format}, timezone: Asia/Seoul }\nreadings:\n  - sensor: oven-{no}\n    metrics:\n      - { column: T, metric: temperature, factor: 0.5, offset: 1 }\n`;
    const path = join(folder, 'ovens.yaml');
    await writeFile(path, definition('dd.MM.yyyy HH:mm', '""').replace('""', "'x'"));
    const input = 'day;clock;no;T\n2025-01-01;09:00;1;20,5\n01.01.2025;09:01;1;n/a\n01.01.2025;09:02;1;30,5\nbroken;row\n';
    const reader = { format: 'source', definition: 'ovens', register: true } as const;
    await load(db, input, { kind: 'source', definition: await loadSourceDefinition(path) }, reader);
    expect((await rejected(db)).map(({ code }) => code).sort()).toEqual(['INVALID_TIME', 'INVALID_VALUE', 'MALFORMED_RECORD']);

    await writeFile(path, definition('[yyyy-MM-dd HH:mm, dd.MM.yyyy HH:mm]', 'n/a'));

    // What is written for nothing measured counts as unchanged: there is nothing to load.
    expect(await replay()).toMatchObject({ received: 3, loaded: 1, unchanged: 1, rejectedCount: 1 });
    expect(await rejected(db)).toMatchObject([{ code: 'MALFORMED_RECORD', record: 'broken;row', count: 2 }]);
    expect(await values(db, 'oven-1')).toEqual([
      ['temperature', '2025-01-01T00:00:00Z', 11.25],
      ['temperature', '2025-01-01T00:02:00Z', 16.25],
    ]);
  });

  it('is not one with a record that has to be read in another way', async () => {
    const line = 'time,sensor,metric,value\n2025-01-01 09:00,zones,temperature,20\n';
    await load(db, line, { kind: 'csv' }, { format: 'csv', register: true });
    await load(db, '2025', { kind: 'ndjson' }, { format: 'ndjson', register: true });
    await load(db, 'time,sensor,metric,value\n2025\n', { kind: 'csv' }, { format: 'csv', register: true });
    await load(db, 'time,sensor,temperature,value\n2025\n', { kind: 'csv' }, { format: 'csv', register: true });

    expect((await rejected(db)).filter(({ record }) => record === '2025').map(({ count }) => Number(count))).toEqual([1, 1, 1]);
  });

  it('loads from a line of its file, under the header that it stood below', async () => {
    await db.pool.query(
      `insert into rejected_reading (code, message, record, reader) values ('MALFORMED_RECORD', 'x', '21.5,raw,2025-01-01T00:00:00Z',
       '{"format":"csv","register":true,"part":"record","header":"temperature,sensor,time"}'),
       ('MALFORMED_RECORD', 'x', '{"time":"2025-01-01T00:01:00Z","sensor":"raw","temperature":22}', '{"format":"json","register":true,"part":"record"}')`,
    );
    expect(await replay()).toMatchObject({ received: 2, loaded: 2 });
    expect((await values(db, 'raw')).map(([, , value]) => value)).toEqual([21.5, 22]);
  });

  it('is settled where it was a column that is known by now', async () => {
    await load(db, 'time,sensor,temperature,torque\n2025-01-01T00:00:00Z,columns,20,5\n', { kind: 'csv' }, { format: 'csv', register: true });
    expect(await replay()).toMatchObject({ received: 1, rejectedCount: 1 });
    await saveMetrics(db.store.writePool, [{ id: 'torque', name: null, unit: 'N.m', min: null, max: null, description: null }]);

    expect(await replay()).toMatchObject({ received: 1, unchanged: 1, rejectedCount: 0 });
    expect(await rejected(db)).toEqual([]);
  });

  it('is loaded only with all the others that were asked for', async () => {
    await load(db, 'time,sensor,metric,value\n2025-01-01T00:00:00Z,alone,temperature,x\n', { kind: 'csv' }, { format: 'csv', register: true });
    const [{ id } = { id: 0 }] = await rejected(db);

    await expect(replay([id, id + 1000])).rejects.toThrow(new NotFoundError('ids[1]', String(id + 1000), 'rejected reading', []));
    expect(await rejected(db)).toMatchObject([{ count: 1 }]);
  });
});

describeEachEngine('what grows for ever', (db) => {
  it('is kept by age and by count', async () => {
    await db.pool.query(
      `insert into rejected_reading (code, message, record, last_seen) select 'INVALID_TIME', 'x', n::text, now() - n * interval '1 day' from generate_series(1, 100) as n`,
    );
    const pass = (kept: Parameters<typeof watcherOf>[2]) => watcherOf(db.store, null, kept).passAt(now());
    const kept = async () => (await rejected(db)).length;

    await pass({});
    expect(await kept()).toBe(100);
    await pass({ rejected: 90 * MICROS_PER_DAY });
    expect(await kept()).toBeLessThanOrEqual(90);
    await pass({ mostRejected: 20 });
    expect((await rejected(db)).map(({ record }) => Number(record)).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  it('loses old batches, then their runs, and no reading', async () => {
    const run = async (days: number) => {
      const { rows } = await db.pool.query<{ id: number }>(
        `insert into etl_run (job_id, kind, state, finished_at) values ('old', 'MANUAL', 'SUCCEEDED', now() - $1 * interval '1 day') returning id`,
        [days],
      );
      return rows[0]?.id ?? 0;
    };
    const reader = { format: 'csv', register: true } as const;
    for (const value of [1, 2]) await load(db, `time,sensor,metric,value\n2025-01-01T00:00:00Z,kept,temperature,${value}\n`, { kind: 'csv' }, reader);
    const [old, recent] = [await run(400), await run(1)];
    await db.pool.query(`update batch set run_id = $1, committed_at = now() - interval '400 days'`, [old]);
    await load(db, 'time,sensor,metric,value\n2025-01-01T00:00:00Z,kept,temperature,3\n', { kind: 'csv' }, reader);

    await watcherOf(db.store, null, { runs: 365 * MICROS_PER_DAY }).passAt(now());

    const { rows } = await db.pool.query<{ runs: number[]; batches: number; corrections: number; readings: number }>(
      `select (select array_agg(id::int order by id) from etl_run) as runs, (select count(*) from batch) as batches, (select count(*) from correction) as corrections, (select count(*) from reading) as readings`,
    );
    expect(rows[0]).toEqual({ runs: [recent], batches: 1, corrections: 1, readings: 1 });
  });

  it('loses gateways that are gone, but for those that a run names, and none that is alive', async () => {
    const alive = await takeInstanceSeat(db.store.listenPool, 'alive', () => undefined);
    await db.pool.query(`insert into etl_instance (host) values ('gone'), ('gone long ago'), ('at a run')`);
    await db.pool.query(
      `insert into etl_run (job_id, kind, state, instance_id, finished_at) select 'kept', 'MANUAL', 'SUCCEEDED', id, now() from etl_instance where host = 'at a run'`,
    );
    await db.pool.query(`update etl_instance set started_at = now() - interval '400 days' where host <> 'gone'`);

    await watcherOf(db.store, null, { runs: 365 * MICROS_PER_DAY }).passAt(now());

    const { rows } = await db.pool.query<{ host: string }>('select host from etl_instance order by host');
    expect(rows.map(({ host }) => host)).toEqual(['alive', 'at a run', 'gone']);
    alive.close();
  });
});
