import { expect, it } from 'vitest';
import { saveSensors } from '../alerts/change-places.ts';
import { ingest } from '../etl/ingest.ts';
import type { RawRecord, RefusedRecord } from '../etl/record.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { fingerprint, inconsistencies, storedReadings, unmarked } from './support/loading-model.ts';
import { recordsOf } from './support/records.ts';

const at = (minute: number): string => new Date(Date.UTC(2024, 0, 1) + minute * 60_000).toISOString();
const reading = (sensor: string, minute: number, value: number, metric = 'temperature') => ({ sensor, metric, time: at(minute), value });

function record(fields: Partial<RawRecord>): RawRecord {
  return {
    index: 0,
    sensor: 'known',
    time: Date.UTC(2024, 0, 1) * 1000,
    timeText: '2024-01-01T00:00:00Z',
    metrics: ['temperature'],
    values: [1],
    texts: ['1'],
    ...fields,
  };
}

async function* chunk(...records: (RawRecord | RefusedRecord)[]) {
  yield records;
}

describeEachEngine('the counts of a load', (db) => {
  const load = (...readings: Parameters<typeof recordsOf>[0]) => ingest(db.store, recordsOf(readings), { register: true });

  it('changes nothing when the same input comes again', async () => {
    const input = Array.from({ length: 500 }, (_, i) => [reading('twice', i * 7, i), reading('twice', i * 7, 50, 'humidity')]).flat();
    expect(await load(...input)).toMatchObject({ received: 1000, loaded: 1000, corrected: 0, unchanged: 0, rejectedCount: 0 });
    const before = await fingerprint(db.pool);

    expect(await load(...input)).toMatchObject({ received: 1000, loaded: 0, corrected: 0, unchanged: 1000, derived: 0, rejectedCount: 0 });
    expect(await fingerprint(db.pool)).toBe(before);
  });

  it('counts another value for a stored instant as a correction, also of the newest reading', async () => {
    await load(reading('corrected', 0, 1), reading('corrected', 1, 2), reading('corrected', 2, 3));
    const summary = await load(reading('corrected', 0, 10), reading('corrected', 1, 2), reading('corrected', 2, 30));

    expect(summary).toMatchObject({ received: 3, loaded: 0, corrected: 2, unchanged: 1 });
    expect(await valuesOf(db, 'corrected')).toEqual([10, 2, 30]);
    expect(await inconsistencies(db.pool)).toEqual([]);
  });

  it('loads late readings between and before stored ones', async () => {
    await load(reading('late', 10, 10), reading('late', 20, 20));
    const summary = await load(reading('late', 15, 15), reading('late', 5, 5), reading('late', 25, 25), reading('late', 20, 20));

    expect(summary).toMatchObject({ received: 4, loaded: 3, corrected: 0, unchanged: 1 });
    expect(await valuesOf(db, 'late')).toEqual([5, 10, 15, 20, 25]);
    expect(await inconsistencies(db.pool)).toEqual([]);
  });

  it('lets the later of two records of one instant stand, and counts the earlier as unchanged inside a batch', async () => {
    const summary = await load(
      reading('repeated', 1, 1),
      reading('repeated', 0, 5),
      reading('repeated', 1, 2),
      reading('repeated', 1, 3),
      reading('repeated', 0, 5),
    );

    expect(summary).toMatchObject({ received: 5, loaded: 2, corrected: 0, unchanged: 3 });
    expect(await valuesOf(db, 'repeated')).toEqual([5, 3]);
  });

  it('corrects where an input repeats an instant with another value in a later batch', async () => {
    const summary = await ingest(db.store, recordsOf([reading('across', 0, 1), reading('across', 1, 1), reading('across', 0, 2)]), {
      register: true,
      batchSize: 2,
    });

    expect(summary).toMatchObject({ received: 3, loaded: 2, corrected: 1, unchanged: 0 });
    expect(await valuesOf(db, 'across')).toEqual([2, 1]);
  });

  it('finds stored readings that are scattered, and those that lie unevenly', async () => {
    // A burst by the second inside of years of hourly readings.
    const burst = Array.from({ length: 5000 }, (_, i) => ({
      sensor: 'uneven',
      metric: 'temperature',
      time: new Date(Date.UTC(2021, 5, 1) + i * 1000).toISOString(),
      value: i % 1000,
    }));
    const hourly = Array.from({ length: 2000 }, (_, i) => ({
      sensor: 'uneven',
      metric: 'temperature',
      time: new Date(Date.UTC(2020, 0, 1, i * 12, 30)).toISOString(),
      value: i % 1000,
    }));
    await load(...burst, ...hourly);

    const sparse = hourly.filter((_, i) => i % 97 === 0).map((row) => ({ ...row, value: row.value + 1 }));
    expect(await load(...sparse)).toMatchObject({ corrected: sparse.length, loaded: 0 });
    expect(await load(...burst, ...hourly)).toMatchObject({ corrected: sparse.length, unchanged: 7000 - sparse.length, loaded: 0 });
    expect(await inconsistencies(db.pool)).toEqual([]);
  });

  it('marks exactly the days that it touches, from the earliest touched instant on, and raises their generation', async () => {
    await load(reading('marked', 10, 1), reading('marked', 20, 2), reading('marked', 1450, 3), reading('marked', 2900, 4));
    await load(reading('marked', 20, 2), reading('marked', 5, 7), reading('marked', 1460, 9), reading('marked', 2900, 4));

    const { rows } = await db.pool.query(
      `select day::text, since, generation from stale_day join series on series.id = series_id where sensor_id = 'marked' order by day`,
    );
    expect(rows).toEqual([
      { day: '2024-01-01', since: '2024-01-01T00:05:00Z', generation: 2 },
      { day: '2024-01-02', since: '2024-01-02T00:10:00Z', generation: 2 },
      { day: '2024-01-03', since: '2024-01-03T00:20:00Z', generation: 1 },
    ]);
    expect(await unmarked(db.pool)).toEqual([]);
  });

  it('refuses by name what cannot be loaded, keeps it whole, and loads the rest', async () => {
    await load(reading('known', 0, 1));
    const refused: RefusedRecord = { index: 7, code: 'MALFORMED_RECORD', message: 'it has 3 fields', raw: 'a,b\0,c' };
    const summary = await ingest(
      db.store,
      chunk(
        record({ index: 0, sensor: 'nobody', values: [1, undefined, 2], metrics: ['temperature', 'humidity', 'flux'], texts: ['1', '', '2'] }),
        record({ index: 1, metrics: ['flux'] }),
        record({ index: 2, time: null, timeText: 'noon' }),
        record({ index: 3, time: -1, timeText: '1969-12-31T23:59:59.999999Z' }),
        record({ index: 4, time: (Date.now() + 3_700_000) * 1000, timeText: 'soon' }),
        record({ index: 5, values: [Number.NaN], texts: ['warm'] }),
        record({ index: 6, values: [20, -1, 1e-101], metrics: ['temperature', 'humidity', 'temperature'], texts: ['20', '-1', '1e-101'] }),
        refused,
        record({ index: 8, values: [undefined] }),
      ),
      { register: false },
    );

    expect(summary).toMatchObject({ received: 11, loaded: 0, corrected: 1, unchanged: 0, rejectedCount: 10 });
    expect(summary.rejected.map(({ index, code }) => `${index} ${code}`)).toEqual([
      '0 UNKNOWN_SENSOR',
      '0 UNKNOWN_SENSOR',
      '1 UNKNOWN_METRIC',
      '2 INVALID_TIME',
      '3 TIME_OUT_OF_RANGE',
      '4 TIME_OUT_OF_RANGE',
      '5 INVALID_VALUE',
      '6 VALUE_OUT_OF_RANGE',
      '6 VALUE_OUT_OF_RANGE',
      '7 MALFORMED_RECORD',
    ]);
    const { rows } = await db.pool.query('select code, record from rejected_reading order by id limit 10');
    expect(rows).toContainEqual({ code: 'INVALID_VALUE', record: '{"time":"2024-01-01T00:00:00Z","sensor":"known","metric":"temperature","value":"warm"}' });
    expect(rows).toContainEqual({ code: 'MALFORMED_RECORD', record: 'a,b\u2400,c' });
    expect(rows).toHaveLength(10);
  });

  it('keeps what is refused again for the same reason once, with a count', async () => {
    const bad = { ...record({ sensor: 'known', values: [Number.NaN], texts: ['again'] }) };
    await load(reading('known', 0, 1));
    await ingest(db.store, chunk(bad, { ...bad, index: 1 }), { register: false });
    await ingest(db.store, chunk(bad), { register: false });

    const { rows } = await db.pool.query(`select count, last_seen > first_seen as later from rejected_reading where record like '%again%'`);
    expect(rows).toEqual([{ count: 3, later: true }]);
  });

  it('takes values to the limits of what moments can hold, and no further', async () => {
    await db.pool.query(`insert into metric (id, name, unit) values ('anything', 'Anything', '1') on conflict do nothing`);
    await db.pool.query('update catalogue set version = version + 1');
    const values = [1e100, -1e100, 1e-100, 0, -0, 1.1e100, -1.1e100, 9e-101, Number.POSITIVE_INFINITY, Number.MIN_VALUE];
    const summary = await ingest(db.store, recordsOf(values.map((value, i) => reading('limits', i, value, 'anything'))), { register: true });

    expect(summary).toMatchObject({ received: 10, loaded: 5, rejectedCount: 5 });
    expect(summary.rejected.map((rejection) => rejection.code)).toEqual([
      'VALUE_OUT_OF_RANGE',
      'VALUE_OUT_OF_RANGE',
      'VALUE_OUT_OF_RANGE',
      'INVALID_VALUE',
      'VALUE_OUT_OF_RANGE',
    ]);
  });

  it('keeps 0 for minus zero, which changes nothing when it comes again', async () => {
    await load(reading('zero', 0, -0));
    const summary = await load(reading('zero', 0, -0));

    expect(summary).toMatchObject({ received: 1, corrected: 0, unchanged: 1 });
    expect(await valuesOf(db, 'zero')).toEqual([0]);
  });

  it('says by which rule a time is read, and that one without an offset needs a zone', async () => {
    const odd = (timeText: string) => record({ sensor: 'untimely', time: null, timeText });
    const { rejected } = await ingest(db.store, chunk(odd('noon'), odd('2024-01-01 12:00'), odd('x'.repeat(1_000))), { register: true });

    expect(rejected.map(({ message }) => message)).toEqual([
      'time is "noon", but a time is RFC 3339 with an offset, such as 2026-03-01T08:00:00+09:00, or digits (9 to 11 epoch seconds, 12 or more milliseconds); any other is described by a source definition',
      'time is "2024-01-01 12:00", but a time without an offset is read only where its input declares a time zone (--timezone, ?timezone=Asia/Seoul), as one that the clocks of that zone showed',
      expect.stringMatching(/^time is "x{300}…", but /),
    ]);
  });

  it('registers names by the rule of saveSensors, and says the rule of those that it refuses', async () => {
    const longest = 'n'.repeat(200);
    const { loaded, rejected } = await ingest(db.store, recordsOf([longest, `${longest}n`, 'a\tb'].map((id) => reading(id, 0, 1))), { register: true });

    expect(loaded).toBe(1);
    expect(rejected).toMatchObject([
      { index: 1, code: 'UNKNOWN_SENSOR', message: expect.stringContaining('nnn", but there can be no such sensor: it must have 1 to 200 characters') },
      {
        index: 2,
        code: 'UNKNOWN_SENSOR',
        message: 'sensor is "a\\tb", but there can be no such sensor: it must have 1 to 200 characters, none of them a control character',
      },
    ]);
    await expect(saveSensors(db.store.writePool, [{ id: `${longest}n` }], 0)).rejects.toThrow(
      'it must have 1 to 200 characters, none of them a control character',
    );
  });

  it('registers a sensor only where asked to, and never one whose name the database cannot hold', async () => {
    expect(await ingest(db.store, recordsOf([reading('stranger', 0, 1)]), { register: false })).toMatchObject({ loaded: 0, rejectedCount: 1 });
    expect(await ingest(db.store, recordsOf([reading('', 0, 1), reading('a\0b', 0, 1), reading('\ud800', 0, 1)]), { register: true })).toMatchObject({
      loaded: 0,
      rejectedCount: 3,
    });
    expect(await ingest(db.store, recordsOf([reading('stranger', 0, 1)]), { register: true })).toMatchObject({ loaded: 1 });
    expect((await db.store.catalogue.current(db.pool)).sensors.has('stranger')).toBe(true);
  });

  it('keeps microseconds, and values to the bit', async () => {
    const times = ['1970-01-01T00:00:00Z', '1999-12-31T23:59:59.999999Z', '2000-01-01T00:00:00.000001Z', '2024-02-29T12:34:56.123456Z'];
    const values = [0.1 + 0.2, -1.234567890123456e-99, 1 / 3, 1e21];
    await db.pool.query(`insert into metric (id, name, unit) values ('exact', 'Exact', '1') on conflict do nothing`);
    await db.pool.query('update catalogue set version = version + 1');
    const input = times.map((time, i) => ({ sensor: 'exact', metric: 'exact', time, value: values[i] ?? 0 }));
    await load(...input);

    const stored = (await storedReadings(db.pool)).filter((row) => row.sensor === 'exact');
    expect(stored.map(({ time, value }) => [time, value])).toEqual(times.map((time, i) => [time, values[i]]));
    expect(await load(...input)).toMatchObject({ unchanged: 4 });
  });
});

async function valuesOf(db: TestDatabase, sensor: string): Promise<number[]> {
  return (await storedReadings(db.pool)).filter((row) => row.sensor === sensor).map((row) => row.value);
}
