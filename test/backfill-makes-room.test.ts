import { describe, expect, it } from 'vitest';
import { CONNECTORS } from '../etl/connect/all-connectors.ts';
import type { Connectors } from '../etl/connect/connectors.ts';
import { BySensor } from '../etl/jobs/by-sensor.ts';
import type { RawRecord } from '../etl/record.ts';
import { describeEachEngine } from './support/database.ts';
import { jobOf, performJob } from './support/perform-job.ts';

const FROM = Date.UTC(2026, 1, 1) * 1000;
const SECOND = 1_000_000;

const record = (index: number, sensor: string, second: number, value = 20): RawRecord => ({
  index,
  sensor,
  time: FROM + second * SECOND,
  timeText: '',
  metrics: ['temperature'],
  values: [value],
  texts: [String(value)],
});

async function* chunksOf(...chunks: readonly (readonly RawRecord[])[]): AsyncGenerator<readonly RawRecord[]> {
  yield* chunks;
}

/** Files whose records are given. */
const handingOver = (source: string, records: AsyncIterable<readonly RawRecord[]>): Connectors => ({
  ...CONNECTORS,
  files: async () => ({
    connect: async () => ({
      pieces: async function* () {
        yield { source, records, reader: { format: 'json', register: true } };
      },
      close: async () => undefined,
    }),
  }),
});

const jobWith = (id: string, backfill: string) =>
  jobOf(`source: { kind: files, paths: '/nowhere/*.json' }\nmapping: { register: true }\nbackfill: { ${backfill} }`, id);

describeEachEngine('a backfill', (db) => {
  it.each([0.5, 1])('reads nothing while a batch of it is loaded, which would keep its locks for longer (share %d)', async (share) => {
    const name = `reading-${share * 10}`;
    const committedAtReads: number[] = [];
    const noteBatches = async () => {
      const { rows } = await db.pool.query<{ n: number }>('select count(*)::int as n from batch where source = $1', [name]);
      committedAtReads.push(rows[0]?.n ?? 0);
    };
    async function* records() {
      for (const first of [0, 20_001]) {
        await noteBatches();
        yield Array.from({ length: 20_001 }, (_, at) => record(first + at, name, first + at));
      }
      await noteBatches();
    }

    const run = await performJob(
      db,
      jobWith(name, `batchSize: 10000, share: ${share}`),
      { from: FROM, to: FROM + 86_400 * SECOND },
      undefined,
      handingOver(name, records()),
    );

    expect(run).toMatchObject({ state: 'SUCCEEDED', loaded: 40_002 });
    // One reading more than two batches has come each time: a third is begun, and two are committed before more is asked for.
    expect(committedAtReads).toEqual([0, 2, 4]);
  });

  it('keeps few series from others at a time, and knows between which records of its source each batch lies', async () => {
    const sensors = Array.from({ length: 10 }, (_, at) => `few-${at}`);
    const inOrderOfTime = Array.from({ length: 120 }, (_, index) => record(index, sensors[index % 10] ?? '', Math.floor(index / 10)));

    const run = await performJob(
      db,
      jobWith('few', 'batchSize: 12, share: 1'),
      { from: FROM, to: FROM + 86_400 * SECOND },
      undefined,
      handingOver('few', chunksOf(inOrderOfTime.slice(0, 50), inOrderOfTime.slice(50))),
    );
    const { rows } = await db.pool.query(
      `select batch.position_from as from, batch.position_to as to, array_agg(distinct series.sensor_id) as sensors, count(*)::int as readings
         from batch join reading on reading.batch_id = batch.id join series on series.id = reading.series_id
        where batch.source = 'few' and not reading.derived
        group by batch.id order by batch.id`,
    );

    expect(run).toMatchObject({ state: 'SUCCEEDED', loaded: 120 });
    expect(rows).toEqual(sensors.map((sensor, at) => ({ from: String(at), to: String(110 + at), sensors: [sensor], readings: 12 })));
  });

  it('lets the later of two values of one instant stand', async () => {
    const records = chunksOf([record(0, 'twice-a', 0, 1), record(1, 'twice-b', 0, 1), record(2, 'twice-a', 0, 2)], [record(3, 'twice-b', 0, 3)]);

    await performJob(db, jobWith('twice', 'batchSize: 1, share: 1'), { from: FROM, to: FROM + SECOND }, undefined, handingOver('twice', records));
    const { rows } = await db.pool.query(
      `select sensor_id as sensor, value from reading join series on series.id = series_id where sensor_id like 'twice-%' order by 1`,
    );

    expect(rows).toEqual([
      { sensor: 'twice-a', value: 2 },
      { sensor: 'twice-b', value: 3 },
    ]);
  });
});

describe('records sensor by sensor', () => {
  it('are handed on before more than 20,000 and a chunk are held', async () => {
    let read = 0;
    async function* endless() {
      for (; ; read += 15_000) yield Array.from({ length: 15_000 }, (_, at) => record(read + at, `s-${at % 3}`, at));
    }
    const handed: number[] = [];
    for await (const chunk of new BySensor({ select: (all) => all, bookmarkOf: null, place: null }).records(endless())) {
      handed.push(chunk.length);
      if (handed.length === 3) break;
    }

    expect(handed).toEqual([10_000, 10_000, 10_000]);
    expect(read).toBe(15_000);
  });
});
