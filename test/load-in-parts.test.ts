import { expect, it } from 'vitest';
import { ingest } from '../etl/ingest.ts';
import type { RawRecord, RefusedRecord } from '../etl/record.ts';
import { describeEachEngine } from './support/database.ts';
import { inconsistencies } from './support/loading-model.ts';

const SENSORS = 8;
const ROWS = 55_000;
const METRICS = ['temperature', 'humidity'];
/** In June, when perceived temperature is derived from both. */
const FIRST = Date.UTC(2024, 5, 1);
const AGAIN = 1_000;

type Row = readonly [sensor: number, minute: number, temperature: number, humidity: number];

/** Rows of all sensors in turn; the last thousand say rows of before anew, with other values. */
const rows: readonly Row[] = Array.from({ length: ROWS }, (_, at): Row => {
  const again = at >= ROWS - AGAIN;
  const position = again ? (at * 37) % (ROWS - AGAIN) : at;
  return [position % SENSORS, Math.floor(position / SENSORS), 20 + (at % 97) / 10, 40 + (at % 53) / 10];
});

async function* records(prefix: string, given: readonly Row[] = rows): AsyncGenerator<readonly (RawRecord | RefusedRecord)[]> {
  for (let start = 0; start < given.length; start += 1_000)
    yield given.slice(start, start + 1_000).map(([sensor, minute, ...values], i) => ({
      index: start + i,
      sensor: `${prefix}${sensor}`,
      time: (FIRST + minute * 60_000) * 1_000,
      timeText: '',
      metrics: METRICS,
      values,
      texts: values.map(String),
    }));
}

describeEachEngine('an input that is loaded in parts', (db) => {
  const stored = async (prefix: string, condition = 'true') => {
    const { rows: found } = await db.pool.query<{ sensor: string; metric: string; minute: number; value: number }>(
      `select substr(sensor_id, length($1) + 1) as sensor, metric_id as metric, (extract(epoch from time) * 1000 - $2)::bigint / 60000 as minute, value
         from reading join series on series.id = reading.series_id
        where sensor_id like $1 || '%' and ${condition}
        order by 1, 2, 3`,
      [prefix, FIRST],
    );
    return found;
  };

  it('is stored as what it says last, derived readings among it, as if it were loaded as one', async () => {
    const parted = await ingest(db.store, records('parted-'), { register: true, inParts: true });
    const whole = await ingest(db.store, records('whole-'), { register: true, batchSize: 400_000 });

    const last = new Map(rows.flatMap(([sensor, minute, ...values]) => values.map((value, metric) => [`${sensor} ${METRICS[metric]} ${minute}`, value])));
    const measured = await stored('parted-', 'not reading.derived');
    expect(measured).toHaveLength(last.size);
    expect(measured.filter(({ sensor, metric, minute, value }) => last.get(`${sensor} ${metric} ${minute}`) !== value)).toEqual([]);
    expect(await stored('parted-', 'reading.derived')).toEqual(await stored('whole-', 'reading.derived'));
    expect(parted).toMatchObject({ received: 2 * ROWS, loaded: last.size, derived: whole.derived, rejectedCount: 0 });
    expect(parted.corrected + parted.unchanged).toBe(2 * AGAIN);
    expect(parted.derived).toBeGreaterThan(0);
    expect(await inconsistencies(db.pool)).toEqual([]);
  });

  it('keeps each part of a batch as a batch of its own, whose counts add up', async () => {
    const { rows: batches } = await db.pool.query<{ sensors: string; received: number; position_to: string }>(
      `select string_agg(distinct sensor_id, ' ' order by sensor_id) as sensors, batch.received, batch.position_to
         from batch join reading on reading.batch_id = batch.id join series on series.id = reading.series_id
        where sensor_id like 'parted-%'
        group by batch.id
        order by batch.id`,
    );
    const [first, ...parts] = batches;
    expect(first?.sensors.split(' ')).toHaveLength(SENSORS);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(({ sensors }) => sensors.split(' ').length)).toEqual(parts.map(() => SENSORS / parts.length));
    expect(batches.reduce((sum, { received }) => sum + received, 0)).toBe(2 * ROWS);
  });

  it('tells what is refused by index, whichever part it was in', async () => {
    async function* withRefusals() {
      let index = 0;
      for await (const chunk of records('refusing-', rows.slice(0, 40_000))) {
        yield chunk.map((record) => ({ ...record, index: index++, ...('sensor' in record && index % 500 === 0 ? { values: [Number.NaN, 50] } : {}) }));
      }
    }
    const summary = await ingest(db.store, withRefusals(), { register: true, inParts: true });
    expect(summary.rejected.map(({ index }) => index)).toEqual(Array.from({ length: 80 }, (_, i) => 500 * (i + 1) - 1));
    expect(summary).toMatchObject({ received: 80_000, rejectedCount: 80 });
  });

  it('counts no record of a batch as committed where a part of it fails, and is complete when it is sent again', async () => {
    await db.pool.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'the disk is full' using errcode = '53100'; end $$;
      create trigger refuse before insert on reading for each row when (new.value = 29.999) execute function refuse()`);
    const given = rows.slice(0, 50_000).map((row, at): Row => (at === 45_001 ? [row[0], row[1], 29.999, row[3]] : row));
    try {
      const failure = await ingest(db.store, records('failing-', given), { register: true, inParts: true }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'INGEST_INTERRUPTED', details: { committedRecords: 25_000 }, cause: { code: '53100' } });
      const left = await stored('failing-', `sensor_id = 'failing-${given[45_001]?.[0]}' and not derived`);
      expect(left.every(({ minute }) => minute < 25_000 / SENSORS)).toBe(true);
    } finally {
      await db.pool.query('drop trigger refuse on reading; drop function refuse()');
    }
    const { received, loaded, corrected, unchanged } = await ingest(db.store, records('failing-', given), { register: true, inParts: true });
    expect([received, loaded + unchanged, corrected]).toEqual([100_000, 100_000, 0]);
    expect(await stored('failing-', 'not derived')).toHaveLength(100_000);
    expect(await inconsistencies(db.pool)).toEqual([]);
  });
});
