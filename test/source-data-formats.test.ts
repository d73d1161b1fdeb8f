import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { loadSourceDefinition, parseSourceDefinition } from '../etl/source-definition.ts';
import { useDatabase } from './support/database.ts';
import { accepted, readAll } from './support/read-input.ts';
import { hasShared, pageCounts, sharedFiles } from './support/shared-data.ts';
import { loadSource } from './support/source-load.ts';

const MINUTES = 60_000;

/*
 * What MANIFEST.md measured, and what follows for the load.
 *
 * | data             | received                                                        | repeated instants, all unchanged                                            |
 * |------------------|-----------------------------------------------------------------|-----------------------------------------------------------------------------|
 * | room-climate     | (273,145 + 145,793 rows) × (4 metrics of a node + 3 of the room) | 11 duplicate rows (but for their entry number) × 7                          |
 * | iot-temp         | 97,606 rows × 1                                                 | 60,338 duplicate rows, and those of 5,172 groups that differ (counted here) |
 * | ulb-library      | (7,563 + 11,029 rows) × 7 metrics                               | 1 repeated (node, ms) × 7                                                   |
 * | seoul-air-daily  | 68,932 rows × 6 metrics − 9,928 empty                           | none                                                                        |
 * | seoul-air-hourly | 43,800 rows × 6 metrics − 1 "-"                                 | 24 repeated hours × 6                                                       |
 * | occupancy        | 8,143 rows × 6 metrics                                          | none                                                                        |
 *
 * Nothing is rejected. The expected values below are computed from the bytes of the files, without the reader.
 */
describe.skipIf(!hasShared)('a source that is written in a way of its own loads as its manifest measured it', () => {
  describe('room-climate', () => {
    const db = useDatabase();

    it(
      'has four and three nodes, and what was noted of the room once an instant',
      async () => {
        const rows = { A: 273_145, B: 145_793 };
        const received = (rows.A + rows.B) * 7;
        const { summary, stored, rejected } = await loadSource(db, await loadSourceDefinition('room-climate'), await sharedFiles('room-climate'));

        expect(rejected).toEqual({});
        expect(summary).toEqual({ received, loaded: received - 11 * 7, corrected: 0, unchanged: 11 * 7, derived: 0, rejectedCount: 0 });
        expect(summary).toEqual(await pageCounts('room-climate'));
        expect(stored).toBe(summary.loaded);
        const { rows: counted } = await db.pool.query(
          `select location_id as room, count(distinct sensor_id) as sensors, count(*) filter (where metric_id = 'temperature') as temperatures, min(time) as first, max(time) as last
             from reading join series on series.id = series_id group by 1 order by 1`,
        );
        expect(counted).toEqual([
          { room: 'room-climate-A', sensors: 5, temperatures: rows.A, first: utc(1_458_031_648_545), last: utc(1_459_936_892_533) },
          { room: 'room-climate-B', sensors: 4, temperatures: rows.B - 11, first: utc(1_459_408_037_404), last: utc(1_461_760_496_025) },
        ]);
      },
      5 * MINUTES,
    );
  });

  describe('iot-temp', () => {
    const db = useDatabase();

    it('has its days before its months, in both formats', async () => {
      const files = await sharedFiles('iot-temp');
      const rows = await iotTempByHand(files[0] ?? '');
      const standing = new Map(rows.map((row) => [`${row.sensor} ${row.minutes}`, row]));
      // The manifest: of 97,606 rows 60,338 are full duplicates.
      expect([rows.length, new Set(rows.map(({ line }) => line)).size]).toEqual([97_606, 97_606 - 60_338]);

      const { summary, stored, rejected } = await loadSource(db, await loadSourceDefinition('iot-temp'), files);

      expect(rejected).toEqual({});
      expect(summary).toMatchObject({ received: 97_606, loaded: standing.size, rejectedCount: 0 });
      expect(summary).toEqual(await pageCounts('iot-temp'));
      expect(stored).toBe(standing.size);
      const { rows: stretches } = await db.pool.query(
        `select sensor_id as sensor, count(*) as readings, sum(value) as sum, min(time) as first, max(time) as last from reading join series on series.id = series_id group by 1 order by 1`,
      );
      expect(stretches).toEqual(
        ['iot-temp-In', 'iot-temp-Out'].map((sensor) => {
          const own = [...standing.values()].filter((row) => row.sensor === sensor);
          const minutes = own.map((row) => row.minutes).sort((a, b) => a - b);
          return {
            sensor,
            readings: own.length,
            sum: own.reduce((sum, { value }) => sum + value, 0),
            first: utc((minutes[0] ?? 0) * MINUTES),
            last: utc((minutes.at(-1) ?? 0) * MINUTES),
          };
        }),
      );
    });

    it('never steps forward in time, as a file that begins with its newest row', async () => {
      const [file = ''] = await sharedFiles('iot-temp');
      const definition = await loadSourceDefinition('iot-temp');
      const times = accepted(await readAll(gunzipSync(await readFile(file)), { kind: 'source', definition })).map(({ time }) => time ?? Number.NaN);

      expect(times).toHaveLength(97_606);
      expect(times.filter((time, i) => !(i === 0 || time <= (times[i - 1] ?? 0)))).toEqual([]);
      expect([utc((times.at(-1) ?? 0) / 1000), utc((times[0] ?? 0) / 1000)]).toEqual(['2018-07-28T07:06:00Z', '2018-12-08T09:30:00Z']);
    });
  });

  describe('ulb-library', () => {
    const db = useDatabase();

    it('has commas as decimal signs and a lone byte A0 between thousands', async () => {
      const files = await sharedFiles('ulb-library', /_R\d\.txt\.gz$/);
      const received = (7563 + 11_029) * 7;
      const expected = await ulbLibraryByHand(files);
      const { summary, stored, rejected } = await loadSource(db, await loadSourceDefinition('ulb-library'), files);

      expect(rejected).toEqual({});
      expect(summary).toEqual({ received, loaded: received - 7, corrected: 0, unchanged: 7, derived: 0, rejectedCount: 0 });
      expect(summary).toEqual(await pageCounts('ulb-library'));
      expect(stored).toBe(received - 7);
      const { rows } = await db.pool.query(
        `select metric_id as metric, count(distinct sensor_id) as nodes, min(value), max(value) from reading join series on series.id = series_id group by 1 order by metric_id collate "C"`,
      );
      expect(rows).toEqual(expected);
      expect(rows).toContainEqual({ metric: 'packet_sequence', nodes: 19, min: 1, max: 1595 });
    });
  });

  describe('seoul-air', () => {
    const db = useDatabase();

    it(
      'has its daily means in CP949, at 46 and then 50 stations',
      async () => {
        const empty = 1982 + 3941 + 3391 + 614;
        const received = (14_637 + 17_745 + 18_300 + 18_250) * 6 - empty;
        const files = await sharedFiles('seoul-air', /daily_by_station_\d+\.csv\.gz$/);
        const { summary, stored, rejected } = await loadSource(db, await loadSourceDefinition('seoul-air-daily'), files);

        expect(rejected).toEqual({});
        expect(summary).toEqual({ received, loaded: received, corrected: 0, unchanged: 0, derived: 0, rejectedCount: 0 });
        expect(summary).toEqual(await pageCounts('seoul-air-daily'));
        expect(stored).toBe(received);
        const { rows: years } = await db.pool.query(
          `select extract(year from time at time zone 'Asia/Seoul')::int as year, count(distinct sensor_id) as stations, min(time) as first, max(time) as last, count(*) filter (where value = 0) as zeros
             from reading join series on series.id = series_id group by 1 order by 1`,
        );
        expect(years).toEqual([
          { year: 2018, stations: 46, first: '2017-12-31T15:00:00Z', last: '2018-12-30T15:00:00Z', zeros: 2 },
          { year: 2019, stations: 50, first: '2018-12-31T15:00:00Z', last: '2019-12-30T15:00:00Z', zeros: 3 },
          { year: 2020, stations: 50, first: '2019-12-31T15:00:00Z', last: '2020-12-30T15:00:00Z', zeros: 0 },
          { year: 2021, stations: 50, first: '2020-12-31T15:00:00Z', last: '2021-12-30T15:00:00Z', zeros: 0 },
        ]);
        const { rows: sensors } = await db.pool.query<{ id: string }>('select distinct sensor_id as id from series');
        expect(sensors.map(({ id }) => id).sort()).toEqual(await stationsByHand(files));
      },
      2 * MINUTES,
    );

    it('has hours up to 24:00, and one hour without carbon monoxide', async () => {
      const received = 43_800 * 6 - 1;
      const files = await sharedFiles('seoul-air', /hourly_city_average\.csv\.gz$/);
      const { summary, rejected } = await loadSource(db, await loadSourceDefinition('seoul-air-hourly'), files);

      expect(rejected).toEqual({});
      expect(summary).toEqual({ received, loaded: received - 24 * 6, corrected: 0, unchanged: 24 * 6, derived: 0, rejectedCount: 0 });
      expect(summary).toEqual(await pageCounts('seoul-air-hourly'));
      const { rows: spans } = await db.pool.query(
        `select min(time) as first, max(time) as last, count(distinct time) as hours, count(distinct time) filter (where extract(hour from time at time zone 'Asia/Seoul') = 0) as midnights
           from reading join series on series.id = series_id where sensor_id = 'seoul-average'`,
      );
      // Of 43,824 hours 48 are absent. Of the 1,825 rows of 24:00 one repeats another.
      expect(spans).toEqual([{ first: '2017-12-31T16:00:00Z', last: '2022-12-31T15:00:00Z', hours: 43_824 - 48, midnights: 1825 - 1 }]);
    });

    it(
      'has nitrogen dioxide under the name of carbon dioxide: by day, it follows that of the districts',
      async () => {
        for (const [source, name] of [
          ['seoul-air-daily', /daily_by_station_\d+\.csv\.gz$/],
          ['seoul-air-hourly', /hourly_city_average\.csv\.gz$/],
        ] as const) {
          await loadSource(db, await loadSourceDefinition(source), await sharedFiles('seoul-air', name));
        }

        const { rows } = await db.pool.query<{ metric: string; correlation: number }>(`
          with daily as (
            select metric_id as metric, (case sensor_id when 'seoul-average' then time - interval '1 minute' else time end at time zone 'Asia/Seoul')::date as day,
                   avg(value) filter (where sensor_id = 'seoul-average') as city, avg(value) filter (where sensor_id ~ '구$') as districts
              from reading join series on series.id = series_id where metric_id ~ '_ppm$' group by 1, 2)
          select districts.metric, corr(city.city, districts.districts) as correlation
            from daily as city join daily as districts using (day)
           where city.metric = 'no2_ppm' group by 1 order by 2 desc`);
        expect(rows.map(({ metric }) => metric)).toEqual(['no2_ppm', 'co_ppm', 'so2_ppm', 'o3_ppm']);
        expect(rows[0]?.correlation).toBeGreaterThan(0.97);
      },
      2 * MINUTES,
    );
  });

  describe('occupancy', () => {
    const db = useDatabase();

    it('has the clock of Belgium', async () => {
      const received = 8143 * 6;
      const { summary, stored, rejected } = await loadSource(db, await loadSourceDefinition('occupancy'), await sharedFiles('occupancy'));

      expect(rejected).toEqual({});
      expect(summary).toEqual({ received, loaded: received, corrected: 0, unchanged: 0, derived: 0, rejectedCount: 0 });
      expect(summary).toEqual(await pageCounts('occupancy'));
      expect(stored).toBe(received);
      const { rows } = await db.pool.query(`select min(time) as first, max(time) as last from reading`);
      expect(rows).toEqual([{ first: '2015-02-04T16:51:00Z', last: '2015-02-10T08:33:00Z' }]);
    });
  });

  describe('intel-lab', () => {
    const metrics = [
      { metric: 'temperature', file: /intelTemperatureTrain\.csv$/, min: 13.6, max: 35.9 },
      { metric: 'humidity', file: /intelHumidityTrain\.csv$/, min: 14.7, max: 55.2 },
    ];

    it.each(metrics)('counts the half-hours of the $metric of 50 sensors, once its rows are made columns', async ({ metric, file, min, max }) => {
      const matrix = await intelLabByHand(file);
      const sensors = matrix.map((_row, i) => `  - { sensor: intel-${i + 1}, metrics: [{ column: s${i + 1}, metric: ${metric} }] }`);
      const definition = parseSourceDefinition(
        `description: a row a half-hour\nsource: intel-lab\nlicence: none stated\nformat: csv\ntime: { start: 2004-03-01T00:00:00Z, step: PT30M, index: step }\nreadings:\n${sensors.join('\n')}\n`,
        'intel.yaml',
      );
      const steps = (matrix[0] ?? []).map((_cell, step) => [step, ...matrix.map((row) => row[step])].join(','));

      const records = accepted(await readAll(`step,${matrix.map((_row, i) => `s${i + 1}`).join(',')}\n${steps.join('\n')}\n`, { kind: 'source', definition }));

      expect([matrix.length, steps.length, records.length]).toEqual([50, 144, 50 * 144]);
      const values = records.map(({ values: [value] }) => value ?? Number.NaN);
      expect(values).toEqual(steps.flatMap((step) => step.split(',').slice(1).map(Number)));
      expect([Math.round(Math.min(...values) * 10) / 10, Math.round(Math.max(...values) * 10) / 10]).toEqual([min, max]);
      expect(records.map(({ time }) => (time ?? 0) / 1000)).toEqual(
        steps.flatMap((_text, step) => matrix.map(() => Date.UTC(2004, 2, 1) + step * 30 * MINUTES)),
      );
    });
  });
});

function utc(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}

async function linesOf(file: string, encoding: string): Promise<string[]> {
  const bytes = await readFile(file);
  return iconv
    .decode(file.endsWith('.gz') ? gunzipSync(bytes) : bytes, encoding)
    .trimEnd()
    .split(/\r?\n/);
}

/** The first number is the day and the second the month, whatever stands between them. */
async function iotTempByHand(file: string) {
  return (await linesOf(file, 'utf8')).slice(1).map((line) => {
    const [day = 0, month = 0, year = 0, hour = 0, minute = 0, value = 0] = [...line.matchAll(/\d+/g)].map(([digits]) => Number(digits));
    return {
      line,
      sensor: `iot-temp-${line.split(',')[2]}`,
      minutes: Date.UTC(year < 100 ? 2000 + year : year, month - 1, day, hour, minute) / MINUTES,
      value,
    };
  });
}

async function ulbLibraryByHand(files: readonly string[]) {
  const lines = (await Promise.all(files.map((file) => linesOf(file, 'latin1')))).flat();
  const rows = lines.map((line) => line.replaceAll('\u00a0', '').replaceAll(',', '.').split(' ').map(Number));
  const columns = [
    ['humidity', 5],
    ['internal_temperature', 3],
    ['packet_sequence', 2],
    ['par', 7],
    ['temperature', 6],
    ['tsr', 8],
    ['voltage', 4],
  ] as const;
  return columns.map(([metric, column]) => {
    const values = rows.map((row) => row[column] ?? Number.NaN);
    return { metric, nodes: new Set(rows.map(([, node]) => node)).size, min: Math.min(...values), max: Math.max(...values) };
  });
}

async function stationsByHand(files: readonly string[]): Promise<string[]> {
  const lines = (await Promise.all(files.map(async (file) => (await linesOf(file, 'cp949')).slice(1)))).flat();
  return [...new Set(lines.map((line) => `seoul-${line.split(',')[1]}`))].sort();
}

/** A row a sensor, a column a step. */
async function intelLabByHand(file: RegExp): Promise<number[][]> {
  const [path = ''] = await sharedFiles('intel-lab', file);
  return (await linesOf(path, 'utf8')).map((line) => line.split(',').map(Number));
}
