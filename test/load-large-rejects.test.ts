import pg from 'pg';
import { afterEach, expect, it, vi } from 'vitest';
import { ingest } from '../etl/ingest.ts';
import { readRecords } from '../etl/open-input.ts';
import { describeEachEngine } from './support/database.ts';
import { ask } from './support/graphql.ts';

const MB = 1024 * 1024;
const LINES = 50;

afterEach(() => vi.restoreAllMocks());

async function* lines(count: number, line: (i: number) => string): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i += 1) yield Buffer.from(`${line(i)}\n`);
}

function ndjson(bytes: AsyncIterable<Uint8Array>) {
  return readRecords(bytes, { kind: 'ndjson' }, { knownMetrics: new Set() });
}

/** The characters that each statement that keeps rejected readings was given, once it was sent. */
function spyOnUpserts(): () => number[] {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  return () => spy.mock.calls.flatMap(([statement]: readonly unknown[]) => lengthOf(statement));
}

function lengthOf(statement: unknown): number[] {
  if (typeof statement !== 'object' || statement === null || !('name' in statement) || statement.name !== 'upsert_rejected_readings') return [];
  return ['values' in statement && Array.isArray(statement.values) ? statement.values.flat().join('').length : 0];
}

describeEachEngine('input that is refused and long', (db) => {
  const longLine = (i: number) => JSON.stringify({ time: '2024-01-01T00:00:00Z', metric: 'temperature', value: i, note: 'x'.repeat(MB - 200) });

  it('is kept whole, in batches and statements of bounded size', async () => {
    const upserts = spyOnUpserts();
    const committed: number[] = [];
    const summary = await ingest(db.store, ndjson(lines(LINES, longLine)), { register: false, onBatch: (_soFar, records) => committed.push(records) });
    const { rows } = await db.pool.query('select count(*)::int as kept, min(length(record)) as shortest, sum(count)::int as seen from rejected_reading');

    expect(summary).toMatchObject({ received: LINES, rejectedCount: LINES });
    expect(rows).toEqual([{ kept: LINES, shortest: longLine(0).length, seen: LINES }]);
    expect(committed.length).toBeGreaterThan(2);
    expect(Math.max(...upserts())).toBeLessThan(18 * MB);
  });

  it('is answered in pages that end where their records are long, and misses none', async () => {
    const ids: string[] = [];
    const sizes: number[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { rejectedReadings: page } = await ask(
        db.store,
        'query ($after: String) { rejectedReadings(first: 1000, after: $after) { nodes { id record } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      ids.push(...page.nodes.map(({ id }: { id: string }) => id));
      sizes.push(page.nodes.reduce((sum: number, { record }: { record: string }) => sum + record.length, 0));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }

    expect(new Set(ids).size).toBe(LINES);
    expect(ids).toHaveLength(LINES);
    expect(Math.max(...sizes)).toBeLessThan(18 * MB);
  });

  it('counts on what is refused again, also where one batch has it in two statements', async () => {
    const upserts = spyOnUpserts();
    // One row whose readings share a long time: it is not parted, so all its rejects are in one batch.
    const metrics = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, i]));
    const row = JSON.stringify({ time: 'y'.repeat(MB / 4), sensor: 'nobody', ...metrics });
    const summary = await ingest(db.store, ndjson(lines(3, () => row)), { register: false });
    const { rows } = await db.pool.query(`select distinct count::int from rejected_reading where code = 'UNKNOWN_SENSOR'`);

    expect(summary.rejectedCount).toBe(120);
    expect(rows).toEqual([{ count: 3 }]);
    expect(upserts().length).toBeGreaterThan(1);
    expect(Math.max(...upserts())).toBeLessThan(18 * MB);
  });

  it('is refused as one where each of its readings would repeat a long time', async () => {
    const metrics = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m${i}`, i]));
    const row = JSON.stringify({ time: 'z'.repeat(MB / 2), sensor: 'nobody', ...metrics });
    const summary = await ingest(db.store, ndjson(lines(1, () => row)), { register: false });
    const { rows } = await db.pool.query(`select record from rejected_reading where message like 'sensor and time have%'`);

    expect(summary).toMatchObject({ received: 1, rejected: [{ index: 0, code: 'MALFORMED_RECORD' }] });
    expect(rows.map(({ record }) => JSON.parse(record))).toMatchObject([{ sensor: 'nobody', m999: '999' }]);
  });

  it('is given up by its header where that has more unknown columns than can be kept', async () => {
    const header = `time,sensor,${Array.from({ length: 10_000 }, (_, i) => `column_${i}`).join(',')}`;
    const records = readRecords(
      lines(1, () => header),
      { kind: 'csv' },
      { knownMetrics: new Set() },
    );

    await expect(ingest(db.store, records, { register: false })).rejects.toMatchObject({
      cause: { code: 'UNREADABLE_INPUT', message: expect.stringContaining('10000 columns that nobody knows, the first is "column_0"') },
    });
  });

  it('is judged again with all its words where the catalogue changes before it is loaded', async () => {
    const words = { time: '2024-01-01T00:00:00Z', sensor: 'coming', metric: 'temperature', value: '1.50 \ud83c\udf21' };
    async function* records() {
      yield* ndjson(lines(1, () => JSON.stringify(words)));
      await db.pool.query(`insert into sensor (id) values ('coming'); update catalogue set version = version + 1`);
    }
    const summary = await ingest(db.store, records(), { register: false, batchSize: 1 });
    const { rows } = await db.pool.query(`select code, record from rejected_reading where record like '%coming%'`);

    expect(summary).toMatchObject({ received: 1, rejected: [{ index: 0, code: 'INVALID_VALUE' }] });
    expect(rows.map(({ code, record }) => [code, JSON.parse(record)])).toEqual([['INVALID_VALUE', words]]);
  });
});
