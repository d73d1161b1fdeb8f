import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSourceDefinition } from '../etl/source-definition.ts';
import { useDatabase } from './support/database.ts';
import { hasShared, pageCounts, sharedFiles } from './support/shared-data.ts';
import { loadSource, plainRows } from './support/source-load.ts';

const MINUTES = 60_000;

/*
 * What MANIFEST.md measured, and what follows for the load. A range belongs to a metric, so dirt is refused where no reading of that metric can be right anywhere; what is merely odd for its place
 * (rooms of 394 °C, zone 6 outside −5 to 45 °C, PM2.5 above PM10) is loaded and left to thresholds.
 *
 * | data           | received                                                     | VALUE_OUT_OF_RANGE                                                                | repeated instants         |
 * |----------------|--------------------------------------------------------------|-----------------------------------------------------------------------------------|---------------------------|
 * | building-rooms | 337,092 rows × 5 metrics, no empty cell                      | 30,004 CO2 < 300 ppm; 1 pir of 5,742.7                                            | none                      |
 * | beijing-air    | 280,512 rows × 11 metrics − 47,575 NA (without the 1,059 wd) | none                                                                              | none                      |
 * | factory-zones  | 330,372 cells − 16,370 empty − the two random columns        | humidity 1,834 of zones (≤ 0: none is 0) + 334 outdoors; energy 220 + 168;        | 58 instants, values equal |
 * |                | (2 × 11,799 − 575 − 557 empty) = 291,536                     | wind 116, visibility 132 negative outdoors (beyond the manifest, counted here)    | or corrected              |
 * | nab            | 22,695 + 4,032 + 4,032                                       | none                                                                              | 12 of the machine         |
 * | wsn-labelled   | 18,914 rows × 2 metrics                                      | none                                                                              | none                      |
 */
describe.skipIf(!hasShared)('a source loads as its manifest measured it', () => {
  describe('building-rooms', () => {
    const db = useDatabase();

    it(
      'rejects carbon dioxide below 300 ppm and one motion detector',
      async () => {
        const received = 337_092 * 5;
        const { summary, stored, rejected } = await loadSource(db, await loadSourceDefinition('building-rooms'), await sharedFiles('building-rooms'));

        expect(rejected).toEqual({ 'co2 VALUE_OUT_OF_RANGE': 30_004, 'pir VALUE_OUT_OF_RANGE': 1 });
        expect(summary).toMatchObject({ received, loaded: received - 30_005, corrected: 0, unchanged: 0, rejectedCount: 30_005 });
        expect(summary).toEqual(await pageCounts('building-rooms'));
        expect(stored).toBe(received - 30_005);
        const { rows } = await db.pool.query(
          `select sensor_id as sensor, count(*) as hot from reading join series on series.id = series_id where metric_id = 'temperature' and value > 45 group by 1 order by 1`,
        );
        expect(rows).toEqual([
          { sensor: 'room-419', hot: 6139 },
          { sensor: 'room-446', hot: 3 },
          { sensor: 'room-513', hot: 1 },
          { sensor: 'room-562', hot: 2 },
        ]);
        const { rows: spans } = await db.pool.query(`select min(time) as first, max(time) as last from reading where not derived`);
        expect(spans).toEqual([{ first: '2013-08-23T23:04:00Z', last: '2013-08-31T18:23:00Z' }]);
      },
      5 * MINUTES,
    );
  });

  describe('beijing-air', () => {
    const db = useDatabase();

    it(
      'loads every cell that is not NA, at the time of Beijing',
      async () => {
        const missing = 6071 + 4536 + 5363 + 8183 + 14_288 + 7760 + 288 + 283 + 290 + 280 + 233;
        const received = 280_512 * 11 - missing;
        const { summary, stored, rejected } = await loadSource(db, await loadSourceDefinition('beijing-air'), await sharedFiles('beijing-air'));

        expect(rejected).toEqual({});
        expect(summary).toMatchObject({ received, loaded: received, corrected: 0, unchanged: 0, rejectedCount: 0 });
        expect(summary).toEqual(await pageCounts('beijing-air'));
        expect(stored).toBe(received);
        const { rows } = await db.pool.query(`select min(time) as first, max(time) as last from reading where not derived`);
        expect(rows).toEqual([{ first: '2013-02-28T16:00:00Z', last: '2017-02-28T15:00:00Z' }]);
      },
      5 * MINUTES,
    );
  });

  describe('factory-zones', () => {
    const db = useDatabase();

    it(
      'rejects what no humidity, energy, wind and visibility can be, and keeps one reading an instant',
      async () => {
        const files = await sharedFiles('factory-zones');
        const expected = await factoryZonesByHand(files[0] ?? '');
        expect(expected).toMatchObject({
          cells: 330_372,
          empty: 16_370,
          zoneHumidity: 1834,
          zeroHumidity: 0,
          equipment: 220,
          lighting: 168,
          oddZone6: 404,
          repeatedTimes: 58,
        });
        const received = 330_372 - 16_370 - (2 * 11_799 - 575 - 557);
        const rejectedCount = 1834 + 334 + 220 + 168 + 116 + 132;

        const { summary, stored, rejected } = await loadSource(db, await loadSourceDefinition('factory-zones'), files);

        expect(rejected).toEqual({
          'equipment_energy VALUE_OUT_OF_RANGE': 220,
          'humidity VALUE_OUT_OF_RANGE': 1834 + 334,
          'lighting_energy VALUE_OUT_OF_RANGE': 168,
          'visibility VALUE_OUT_OF_RANGE': 132,
          'wind_speed VALUE_OUT_OF_RANGE': 116,
        });
        expect(summary).toMatchObject({ received, loaded: expected.distinct, rejectedCount });
        expect(summary.corrected + summary.unchanged).toBe(received - rejectedCount - expected.distinct);
        expect(summary).toEqual(await pageCounts('factory-zones'));
        expect(stored).toBe(expected.distinct);
        const { rows } = await db.pool.query<{ odd: number }>(
          `select count(*) as odd from reading join series on series.id = series_id where sensor_id = 'zone6' and metric_id = 'temperature' and (value < -5 or value > 45)`,
        );
        expect(rows).toEqual([{ odd: expected.distinctOddZone6 }]);
      },
      2 * MINUTES,
    );
  });

  describe('nab', () => {
    const db = useDatabase();

    it('keeps one reading an instant of the machine, the later one', async () => {
      const { summary, stored, rejected } = await loadSource(db, await loadSourceDefinition('nab'), await sharedFiles('nab'));

      expect(rejected).toEqual({});
      expect(summary).toMatchObject({ received: 22_695 + 4032 + 4032, loaded: 22_695 - 12 + 4032 + 4032, rejectedCount: 0 });
      expect(summary.corrected + summary.unchanged).toBe(12);
      expect(summary).toEqual(await pageCounts('nab'));
      expect(stored).toBe(22_695 - 12 + 4032 + 4032);
      const { rows } = await db.pool.query(
        `select min(value) as min, max(value) as max from reading join series on series.id = series_id where metric_id = 'machine_temperature'`,
      );
      expect(rows).toEqual([{ min: expect.closeTo(2.085, 3), max: expect.closeTo(108.511, 3) }]);
    });
  });

  describe('wsn-labelled', () => {
    const db = useDatabase();

    it('counts the time of a reading from its number', async () => {
      const { summary, stored } = await loadSource(db, await loadSourceDefinition('wsn-labelled'), await sharedFiles('wsn-labelled'));

      expect(summary).toMatchObject({ received: 18_914 * 2, loaded: 18_914 * 2, rejectedCount: 0 });
      expect(summary).toEqual(await pageCounts('wsn-labelled'));
      expect(stored).toBe(18_914 * 2);
      const { rows } = await db.pool.query(`select min(time) as first, max(time) as last from reading where not derived`);
      expect(rows).toEqual([{ first: '2010-05-09T00:00:00Z', last: new Date(Date.UTC(2010, 4, 9) + 5040 * 5000).toISOString().replace('.000Z', 'Z') }]);
    });
  });
});

interface Cell {
  readonly column: string;
  readonly time: string;
  /** null: empty. */
  readonly value: number | null;
}

/** The dirt of factory-zones, counted by hand: a reading stands if its metric can have its value, and the last of an instant stands alone. */
async function factoryZonesByHand(file: string) {
  const [header = [], ...rows] = plainRows(await readFile(file), basename(file));
  const cells = rows.flatMap(([time = '', ...texts]) =>
    texts.map((text, i): Cell => ({ column: header[i + 1] ?? '', time, value: text === '' ? null : Number(text) })),
  );
  const measured = cells.filter(({ column, value }) => value !== null && !column.startsWith('random'));
  const wrong = measured.filter(isWrong);
  const standing = new Map(measured.filter((cell) => !isWrong(cell)).map((cell) => [`${cell.column} ${cell.time}`, cell]));
  const count = (of: Iterable<Cell>, column: RegExp, holds: (value: number) => boolean = () => true) =>
    [...of].filter((cell) => column.test(cell.column) && holds(cell.value ?? 0)).length;
  const isOdd = (value: number) => value < -5 || value > 45;
  return {
    cells: cells.length,
    empty: cells.filter(({ value }) => value === null).length,
    zoneHumidity: count(wrong, /^zone\d_humidity/),
    zeroHumidity: count(measured, /humidity/, (value) => value === 0),
    equipment: count(wrong, /^equipment/),
    lighting: count(wrong, /^lighting/),
    oddZone6: count(measured, /^zone6_temperature/, isOdd),
    distinctOddZone6: count(standing.values(), /^zone6_temperature/, isOdd),
    distinct: standing.size,
    repeatedTimes: rows.length - new Set(rows.map(([time]) => time)).size,
  };
}

function isWrong({ column, value }: Cell): boolean {
  if (value === null) return false;
  if (column.endsWith('humidity')) return value < 0 || value > 100;
  return value < 0 && /energy|wind|visibility/.test(column);
}
