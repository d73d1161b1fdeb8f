import { describe, expect, it } from 'vitest';
import { type SeriesSum, selectStoredOfBatches } from '../db/etl/batch.ts';
import { selectCorrectionsOfSeries } from '../db/etl/correction.ts';
import { advancePosition, deletePositions, PositionConflictError, selectPosition } from '../db/etl/position.ts';
import { type RunClaim, RunLostError } from '../db/etl/run-claim.ts';
import { selectSeriesFreshness } from '../db/etl/series-freshness.ts';
import { withTransaction } from '../db/pool.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { ingest, loadOneBatch } from '../etl/ingest.ts';
import type { LoadOrigin } from '../etl/load-origin.ts';
import type { RawRecord } from '../etl/record.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { createRandom } from './support/random.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const at = (minute: number): string => new Date(Date.UTC(2024, 0, 1) + minute * 60_000).toISOString();
const reading = (sensor: string, minute: number, value: number, metric = 'temperature'): TestReading => ({ sensor, metric, time: at(minute), value });
const instant = (minute: number): number => parseRfc3339(at(minute)) ?? 0;
const reader = { format: 'csv', register: true } as const;

async function startRun(db: TestDatabase, jobId: string): Promise<RunClaim> {
  const { rows } = await db.pool.query<{ runId: number; instanceId: number }>(
    `with instance as (insert into etl_instance (host) values ('test') returning id)
     insert into etl_run (job_id, kind, state, attempt, instance_id) select $1, 'MANUAL', 'RUNNING', 1, id from instance returning id as "runId", instance_id as "instanceId"`,
    [jobId],
  );
  const [run] = rows;
  if (run === undefined) throw new Error('no run');
  return { ...run, jobId, attempt: 1 };
}

const originOf = (run: RunClaim | null, more: Partial<LoadOrigin> = {}): LoadOrigin => ({ source: 'test.csv', run, reader, ...more });

async function loadAll(db: TestDatabase, readings: readonly TestReading[], origin: LoadOrigin, batchSize = 50_000): Promise<readonly SeriesSum[]> {
  const written: SeriesSum[] = [];
  await ingest(db.store, recordsOf(readings), { register: true, batchSize, origin, onBatch: (_soFar, _records, outcome) => written.push(...outcome.written) });
  return written;
}

async function oneBatch(db: TestDatabase, readings: readonly TestReading[], origin: LoadOrigin) {
  const records: RawRecord[] = [];
  for await (const chunk of recordsOf(readings)) records.push(...chunk);
  return loadOneBatch(db.store, records, { register: true, origin });
}

async function one<T extends object>(db: TestDatabase, text: string, values: unknown[] = []): Promise<T | undefined> {
  return (await db.pool.query<T>(text, values)).rows[0];
}

describeEachEngine('the lineage of a reading', (db) => {
  it('leads to its batch, the run of that, and where in the source the batch stood', async () => {
    const run = await startRun(db, 'lineage');
    const input = Array.from({ length: 25 }, (_, minute) => reading('traced', minute, minute));
    await loadAll(db, input, originOf(run, { positionOf: (index) => `line ${index + 2}` }), 10);

    const traced = await one(
      db,
      `select batch.run_id as "runId", job_id as "jobId", source, position_from as "from", position_to as "to", batch.received
         from reading join batch on batch.id = batch_id join etl_run on etl_run.id = run_id where reading.time = $1`,
      [at(17)],
    );
    expect(traced).toEqual({ runId: run.runId, jobId: 'lineage', source: 'test.csv', from: 'line 12', to: 'line 21', received: 10 });
    expect(await one(db, 'select received, loaded, corrected from etl_run where id = $1', [run.runId])).toEqual({ received: 25, loaded: 25, corrected: 0 });
  });

  it('is a batch without a run where no job loads, also of derived readings', async () => {
    const origin = originOf(null, { source: 'POST /ingest' });
    const { batchId } = await oneBatch(db, [reading('derives', 0, 20), reading('derives', 0, 5, 'wind_speed'), reading('derives', 0, 10, 'dew_point')], origin);

    expect(await one(db, 'select run_id as "runId", source, derived from batch where id = $1', [batchId])).toEqual({
      runId: null,
      source: 'POST /ingest',
      derived: 1,
    });
    expect(await one(db, 'select count(*)::int as n, count(*) filter (where derived)::int as derived from reading where batch_id = $1', [batchId])).toEqual({
      n: 4,
      derived: 1,
    });
  });

  it('keeps of a correction the old and the new value and batch, and nothing of what stays the same', async () => {
    const first = await oneBatch(db, [reading('mended', 0, 1), reading('mended', 1, 2), reading('mended', 2, 3)], originOf(null));
    const second = await oneBatch(db, [reading('mended', 0, 1), reading('mended', 1, 20), reading('mended', 2, 30)], originOf(null));
    const third = await oneBatch(db, [reading('mended', 1, 20), reading('mended', 2, 300)], originOf(null));
    await oneBatch(db, [reading('mended', 1, 20), reading('mended', 2, 300)], originOf(null));

    const { id: seriesId = 0 } = (await one<{ id: number }>(db, `select id from series where sensor_id = 'mended'`)) ?? {};
    const corrections = await selectCorrectionsOfSeries(db.pool, { seriesId, from: instant(0), to: instant(3), first: 10 });
    expect(corrections.map(({ time, oldValue, newValue, oldBatchId, batchId }) => [time, oldValue, newValue, oldBatchId, batchId])).toEqual([
      [at(1).replace('.000Z', 'Z'), 2, 20, first.batchId, second.batchId],
      [at(2).replace('.000Z', 'Z'), 3, 30, first.batchId, second.batchId],
      [at(2).replace('.000Z', 'Z'), 30, 300, second.batchId, third.batchId],
    ]);
    const { rows } = await db.pool.query<{ batchId: number }>('select batch_id as "batchId" from reading where series_id = $1 order by time', [seriesId]);
    expect(rows.map(({ batchId }) => batchId)).toEqual([first.batchId, second.batchId, third.batchId]);
  });

  it('notes no old batch for readings that were loaded before batches had numbers', async () => {
    await oneBatch(db, [reading('older', 0, 1), reading('older', 1, 2)], originOf(null));
    const { id: seriesId = 0 } = (await one<{ id: number }>(db, `select id from series where sensor_id = 'older'`)) ?? {};
    await db.pool.query('update reading set batch_id = null where series_id = $1', [seriesId]);
    await oneBatch(db, [reading('older', 0, 10)], originOf(null));

    const [correction] = await selectCorrectionsOfSeries(db.pool, { seriesId, from: instant(0), to: instant(3), first: 10 });
    expect(correction).toMatchObject({ oldValue: 1, newValue: 10, oldBatchId: null });
  });
});

describeEachEngine('what a run wrote', (db) => {
  it('agrees with what is stored of it, whatever was corrected within the run and since', async () => {
    const random = createRandom(6);
    const draw = (count: number) =>
      Array.from({ length: count }, () =>
        reading(
          `balance-${random.whole(1, 4)}`,
          random.whole(0, 300),
          random.whole(-50, 50) + random.next(),
          random.pick(['temperature', 'wind_speed', 'humidity']),
        ),
      );
    const runs: { run: RunClaim; written: readonly SeriesSum[] }[] = [];
    for (let load = 0; load < 8; load += 1) {
      const run = await startRun(db, `balance ${load}`);
      // Values out of range are refused, instants come twice within the run, derived readings are replaced by measured ones.
      runs.push({ run, written: await loadAll(db, draw(random.whole(50, 400)), originOf(run), random.whole(20, 200)) });
    }
    await loadAll(db, draw(200), originOf(null), 90);

    for (const { run, written } of runs)
      expect(balance(await selectStoredOfBatches(db.pool, await batchesOf(db, run), spans(written)))).toEqual(balance(written));
  });

  it('disagrees where a stored reading was changed behind its back', async () => {
    const run = await startRun(db, 'tampered');
    const written = await loadAll(db, [reading('tampered', 0, 1), reading('tampered', 1, 2)], originOf(run));
    await db.pool.query(`delete from reading using series where series.id = series_id and sensor_id = 'tampered' and time = $1`, [at(1)]);

    expect(balance(await selectStoredOfBatches(db.pool, await batchesOf(db, run), spans(written)))).not.toEqual(balance(written));
  });

  it('says how fresh its job is, and how much came when newer readings were there', async () => {
    const run = await startRun(db, 'fresh');
    await loadAll(db, [reading('fresh', 10, 1), reading('fresh', 20, 2)], originOf(run));
    await loadAll(db, [reading('fresh', 15, 3), reading('fresh', 5, 3), reading('fresh', 20, 9), reading('fresh', 30, 3)], originOf(run));

    const [fresh] = await selectSeriesFreshness(db.pool, { jobId: 'fresh', first: 10, afterId: 0 });
    expect(fresh).toMatchObject({ firstTime: at(5).replace('.000Z', 'Z'), lastTime: at(30).replace('.000Z', 'Z'), readings: 5, late: 2 });
  });
});

describeEachEngine('a batch of a run', (db) => {
  it('is not committed once the run is over or another attempt has taken it, and nor is what goes alongside', async () => {
    const run = await startRun(db, 'fenced');
    await oneBatch(db, [reading('fenced', 0, 1)], originOf(run));
    const losses = [`update etl_run set attempt = 2 where id = ${run.runId}`, `update etl_run set attempt = 1, state = 'TIMED_OUT' where id = ${run.runId}`];
    for (const loss of losses) {
      await db.pool.query(loss);
      const alongside: LoadOrigin['alongside'] = (client) => advancePosition(client, { jobId: 'fenced', source: 'file', expected: null, position: 1 });
      await expect(oneBatch(db, [reading('fenced', 1, 2)], originOf(run, { alongside }))).rejects.toThrow(RunLostError);
    }

    expect(await one(db, `select count(*)::int as n from reading join series on series.id = series_id where sensor_id = 'fenced'`)).toEqual({ n: 1 });
    expect(await selectPosition(db.pool, 'fenced', 'file')).toBeUndefined();
    expect(await one(db, 'select received from etl_run where id = $1', [run.runId])).toEqual({ received: 1 });
  });

  it('counts once where two bring a job on from one position', async () => {
    const run = await startRun(db, 'contended');
    const from = (minute: number, expected: number | null) => {
      const alongside: LoadOrigin['alongside'] = (client) => advancePosition(client, { jobId: 'contended', source: 'topic/0', expected, position: minute });
      return oneBatch(db, [reading(`contended-${minute}`, minute, 1)], originOf(run, { alongside }));
    };
    const begun = await Promise.allSettled([from(1, null), from(2, null)]);
    const position = await selectPosition(db.pool, 'contended', 'topic/0');
    const advanced = await Promise.allSettled([from(3, Number(position)), from(4, Number(position)), from(5, Number(position))]);

    for (const outcomes of [begun, advanced]) {
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(PositionConflictError);
    }
    expect(await one(db, 'select received from etl_run where id = $1', [run.runId])).toEqual({ received: 2 });
    await deletePositions(db.pool, 'contended', null);
    expect(await selectPosition(db.pool, 'contended', 'topic/0')).toBeUndefined();
  });

  it('brings a position on though it brings no reading', async () => {
    const run = await startRun(db, 'empty');
    const alongside: LoadOrigin['alongside'] = (client) => advancePosition(client, { jobId: 'empty', source: 'file', expected: null, position: { bytes: 0 } });
    await loadOneBatch(db.store, [], { register: true, origin: originOf(run, { alongside }) });

    expect(await selectPosition(db.pool, 'empty', 'file')).toEqual({ bytes: 0 });
  });

  it('tells listeners of the run after its commit', async () => {
    const run = await startRun(db, 'notified');
    const client = await db.pool.connect();
    try {
      await client.query('listen thermograph_etl');
      const heard = new Promise<string | undefined>((resolve) => client.once('notification', ({ payload }) => resolve(payload)));
      await oneBatch(db, [reading('notified', 0, 1)], originOf(run));
      expect(await heard).toBe(String(run.runId));
    } finally {
      await client.query('unlisten *');
      client.release();
    }
  });
});

describe('a position', () => {
  describeEachEngine('is compared by content', (db) => {
    it('whatever the order of its members', async () => {
      const advance = (expected: Parameters<typeof advancePosition>[1]['expected'], position: number) =>
        withTransaction(db.store.writePool, (client) =>
          advancePosition(client, { jobId: 'order', source: 's', expected, position: { b: position, a: [1, null] } }),
        );
      await advance(null, 1);
      await advance({ a: [1, null], b: 1 }, 2);
      await expect(advance({ a: [1, null], b: 1 }, 3)).rejects.toThrow(PositionConflictError);
    });
  });
});

/** Of several batches together: counts as they are, sums to what adding in another order may change. */
function balance(sums: readonly Pick<SeriesSum, 'seriesId' | 'count' | 'sum' | 'magnitude'>[]): readonly (readonly [number, number, string, string])[] {
  const bySeries = new Map<number, [number, number, number]>();
  for (const { seriesId, count, sum, magnitude } of sums) {
    const [counts, total, magnitudes] = bySeries.get(seriesId) ?? [0, 0, 0];
    bySeries.set(seriesId, [counts + count, total + sum, magnitudes + magnitude]);
  }
  return [...bySeries].sort(([a], [b]) => a - b).map(([id, [count, sum, magnitude]]) => [id, count, sum.toFixed(6), magnitude.toFixed(6)]);
}

async function batchesOf(db: TestDatabase, { runId }: RunClaim): Promise<readonly number[]> {
  const { rows } = await db.pool.query<{ id: number }>('select id from batch where run_id = $1', [runId]);
  return rows.map(({ id }) => id);
}

function spans(written: readonly SeriesSum[]): readonly Pick<SeriesSum, 'seriesId' | 'firstTime' | 'lastTime'>[] {
  const bySeries = new Map<number, Pick<SeriesSum, 'seriesId' | 'firstTime' | 'lastTime'>>();
  for (const { seriesId, firstTime, lastTime } of written) {
    const known = bySeries.get(seriesId);
    bySeries.set(seriesId, {
      seriesId,
      firstTime: Math.min(firstTime, known?.firstTime ?? firstTime),
      lastTime: Math.max(lastTime, known?.lastTime ?? lastTime),
    });
  }
  return [...bySeries.values()];
}
