import { expect, it } from 'vitest';
import { ingest } from '../etl/ingest.ts';
import { IngestInterruptedError } from '../etl/ingest-interrupted-error.ts';
import type { LoadOrigin } from '../etl/load-origin.ts';
import type { IngestSummary, RawRecord } from '../etl/record.ts';
import { describeEachEngine } from './support/database.ts';
import { storedReadings } from './support/loading-model.ts';
import { recordsOf, type TestReading } from './support/records.ts';

const reading = (sensor: string, minute: number, value = 1): TestReading => ({
  sensor,
  metric: 'temperature',
  time: new Date(Date.UTC(2024, 0, 1) + minute * 60_000).toISOString(),
  value,
});

describeEachEngine('a long input', (db) => {
  const countOf = async (sensor: string): Promise<number> => (await storedReadings(db.pool)).filter((row) => row.sensor === sensor).length;

  it('is committed batch by batch in its order, and says so after each', async () => {
    const seen: [IngestSummary['received'], number][] = [];
    const input = Array.from({ length: 25 }, (_, i) => reading('ordered', i));
    const summary = await ingest(db.store, recordsOf(input), {
      register: true,
      batchSize: 10,
      onBatch: (soFar, committed) => seen.push([soFar.received, committed]),
    });

    expect(seen).toEqual([
      [10, 10],
      [20, 20],
      [25, 25],
    ]);
    expect(summary.loaded).toBe(25);
  });

  it('is cut between the rows of the input, never inside of one', async () => {
    const metrics = ['temperature', 'humidity', 'wind_speed'];
    const record = (index: number, sensor: string): RawRecord => ({
      index,
      sensor,
      time: (Date.UTC(2024, 0, 1) + index) * 1000,
      timeText: '',
      metrics,
      values: [1, undefined, 2],
      texts: ['1', '', '2'],
    });
    const seen: number[] = [];
    await ingest(
      db.store,
      (async function* () {
        yield [record(0, 'wide-a'), record(0, 'wide-b'), record(1, 'wide-a'), record(1, 'wide-b'), record(2, 'wide-a'), record(2, 'wide-b')];
      })(),
      { register: true, batchSize: 6, onBatch: (_soFar, committed) => seen.push(committed) },
    );
    // Four readings a row: a second row does not fit, and no row is parted.
    expect(seen).toEqual([1, 2, 3]);
  });

  it('that breaks off names how many leading records are committed, and why', async () => {
    const cause = new Error('the cable is out');
    async function* broken() {
      yield* recordsOf(Array.from({ length: 25 }, (_, i) => reading('broken', i)));
      throw cause;
    }
    const failure = await ingest(db.store, broken(), { register: true, batchSize: 10 }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(IngestInterruptedError);
    expect(failure).toMatchObject({ code: 'INGEST_INTERRUPTED', cause, details: { committedRecords: 20 } });
    expect(await countOf('broken')).toBe(20);
  });

  it('that the database refuses midway leaves the batches before it, whole, and no part of the rest', async () => {
    await db.pool.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'the disk is full' using errcode = '53100'; end $$;
      create trigger refuse before insert on reading for each row when (new.value = 666) execute function refuse()`);
    try {
      const input = Array.from({ length: 40 }, (_, i) => reading('refused', i, i === 25 ? 666 : 1));
      const failure = await ingest(db.store, recordsOf(input), { register: true, batchSize: 10 }).catch((error: unknown) => error);

      expect(failure).toMatchObject({ code: 'INGEST_INTERRUPTED', details: { committedRecords: 20 }, cause: { code: '53100' } });
      expect(await countOf('refused')).toBe(20);
    } finally {
      await db.pool.query('drop trigger refuse on reading; drop function refuse()');
    }
  });

  it('is tried again whole where a batch meets a deadlock, and counts nothing twice', async () => {
    await db.pool.query(`
      create sequence victim;
      create function collide() returns trigger language plpgsql as $$ begin
        if nextval('victim') < 4 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
        return new;
      end $$;
      create trigger collide before insert on stale_day for each statement execute function collide()`);
    try {
      const summary = await ingest(db.store, recordsOf(Array.from({ length: 10 }, (_, i) => reading('retried', i))), { register: true });
      expect(summary).toMatchObject({ received: 10, loaded: 10, corrected: 0, unchanged: 0 });
      expect(await countOf('retried')).toBe(10);
    } finally {
      await db.pool.query('drop trigger collide on stale_day; drop function collide(); drop sequence victim');
    }
  });

  it('fails at once by a mistake in a statement, which another try does not mend', async () => {
    let tries = 0;
    const alongside: LoadOrigin['alongside'] = async (client) => {
      tries += 1;
      await client.query(`insert into metric (id, name, unit) values ('mistaken', 'Mistaken', '1') on conflict (unit) do nothing`);
    };
    const origin: LoadOrigin = { source: 'test', run: null, reader: { format: 'json', register: true }, alongside };

    const failure: unknown = await ingest(db.store, recordsOf([reading('mistaken', 0)]), { register: true, origin }).catch((error: unknown) => error);

    expect(failure).toMatchObject({ cause: { code: '42P10' } });
    expect(tries).toBe(1);
  });

  it('is checked again where the catalogue changes between the check of a batch and its load', async () => {
    await db.pool.query(`insert into metric (id, name, unit, max) values ('narrowed', 'Narrowed', '1', 100), ('widened', 'Widened', '1', 10)`);
    await db.pool.query('update catalogue set version = version + 1');
    const input = (sensor: string, metric: string, values: readonly number[]) => values.map((value, i) => ({ ...reading(sensor, i, value), metric }));
    async function* records() {
      const readings = [
        ...input('changing', 'narrowed', [50, 5, 101]),
        ...input('changing', 'widened', [50, 5]),
        ...input('coming', 'narrowed', [3]),
        ...input('changing', 'widened', [60]),
      ];
      let index = 0;
      for await (const chunk of recordsOf(readings)) yield chunk.map((record) => ({ ...record, index: index++ }));
      // The batch is checked by now, and loaded only when the next one begins.
      await db.pool.query(
        `update metric set max = 10 where id = 'narrowed'; update metric set max = 100 where id = 'widened'; insert into sensor (id) values ('coming')`,
      );
      await db.pool.query('update catalogue set version = version + 1');
      for await (const chunk of recordsOf([reading('changing', 0)])) yield chunk.map((record) => ({ ...record, index: index++ }));
    }
    await ingest(db.store, recordsOf([reading('changing', 99)]), { register: true });
    const summary = await ingest(db.store, records(), { register: false, batchSize: 7 });

    expect(summary).toMatchObject({ received: 8, loaded: 5, unchanged: 1, rejectedCount: 2 });
    expect(summary.rejected.map(({ index, code }) => `${index} ${code}`)).toEqual(['0 VALUE_OUT_OF_RANGE', '2 VALUE_OUT_OF_RANGE']);
    const stored = (await storedReadings(db.pool)).filter((row) => row.metric === 'narrowed' || row.metric === 'widened');
    // Of the two readings of one instant, both refused at first, the later stands.
    expect(stored.map((row) => `${row.sensor} ${row.metric} ${row.value}`)).toEqual([
      'changing narrowed 5',
      'changing widened 60',
      'changing widened 5',
      'coming narrowed 3',
    ]);
  });

  it('of records without a reading is read to its end and touches nothing', async () => {
    const empty: RawRecord = { index: 0, sensor: 'nobody', time: null, timeText: '', metrics: ['temperature'], values: [undefined], texts: [''] };
    const summary = await ingest(
      db.store,
      (async function* () {
        yield Array.from({ length: 100 }, (_, index) => ({ ...empty, index }));
      })(),
      { register: true, batchSize: 10 },
    );
    expect(summary).toMatchObject({ received: 0, rejectedCount: 0 });
  });

  it('shows the first thousand rejections by their place, and counts all', async () => {
    const input = Array.from({ length: 1500 }, (_, i) => ({ ...reading('nobody-knows', i), metric: i % 2 === 0 ? 'flux' : 'temperature' }));
    const summary = await ingest(db.store, recordsOf(input), { register: false, batchSize: 300 });

    expect(summary).toMatchObject({ received: 1500, rejectedCount: 1500 });
    expect(summary.rejected.map((rejection) => rejection.index)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });
});
