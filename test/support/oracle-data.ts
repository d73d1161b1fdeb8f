import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { type Instant, MICROS_PER_HOUR } from '../../db/time/instant.ts';
import { openFile } from '../../etl/open-input.ts';
import { sampleInputs } from '../../etl/sample-inputs.ts';
import type { SourceDefinition } from '../../etl/source-definition.ts';
import type { OracleLocation, OracleSensor } from './oracle-types.ts';

/** Readings of one sensor, instant by instant; `values` stand as `metrics`, undefined where nothing was measured. */
export interface OracleRow {
  readonly sensor: string;
  readonly time: Instant;
  readonly metrics: readonly string[];
  readonly values: readonly (number | undefined)[];
}

/** Places, devices and rows to begin with. */
export interface OracleData {
  readonly name: string;
  readonly locations: readonly OracleLocation[];
  readonly sensors: readonly OracleSensor[];
  readonly rows: readonly OracleRow[];
}

const SHARED = new URL('../../../shared/data/', import.meta.url);
const ROOMS = ['floor4/413', 'floor4/421', 'floor5/510', 'floor5/554', 'floor6/621', 'floor6/648'] as const;
const STATIONS = ['Aotizhongxin', 'Dongsi', 'Huairou'] as const;
/** A sensor that is moved: in the middle of the record of Huairou. */
const MOVED = Date.UTC(2015, 2, 8, 7, 30) * 1000;

/** Which metrics every store has. */
export const BUILT_IN_METRICS = ['temperature', 'humidity', 'dew_point', 'wind_speed', 'perceived_temperature'] as const;

/** Two real data sets, cut down to what a test can load: from the folder of shared data where it is there, else what is bundled. */
export async function loadOracleData(): Promise<readonly OracleData[]> {
  if (existsSync(SHARED)) return [await buildingRooms(), await beijingAir()];
  process.stderr.write(
    '\n*** SKIPPED: the oracle over building-rooms and beijing-air, for ../shared/data is not there; it runs over the bundled sample instead ***\n\n',
  );
  return [await bundledSample()];
}

async function buildingRooms(): Promise<OracleData> {
  const locations = ROOMS.map((room): OracleLocation => {
    const number = room.slice(-3);
    return {
      id: `room-${number}`,
      factory: 'sutardja-dai',
      building: 'hall',
      floor: Number(number[0]),
      area: Number(number) % 2 === 0 ? 'even' : 'odd',
      timezone: 'America/Los_Angeles',
    };
  });
  const metrics = ['co2', 'humidity', 'light', 'pir', 'temperature'];
  const rows: OracleRow[] = [];
  for (const room of ROOMS) {
    const [, ...lines] = await readLines(`building-rooms/${room}.csv.gz`);
    for (const line of lines) {
      const [time = '', ...cells] = line.split(',');
      rows.push({ sensor: `node-${room.slice(-3)}`, time: Date.parse(`${time.replace(' ', 'T')}Z`) * 1000, metrics, values: cells.map(Number) });
    }
  }
  const sensors = locations.map(({ id }): OracleSensor => ({ id: id.replace('room', 'node'), placements: [{ since: 0, location: id }] }));
  // One room's device was never placed: it is in no location, yet counts where nothing is filtered.
  const unplaced = sensors.map((sensor) => (sensor.id === 'node-648' ? { ...sensor, placements: [] } : sensor));
  return { name: 'building-rooms', locations, sensors: unplaced, rows };
}

async function beijingAir(): Promise<OracleData> {
  const area = (station: string) => (station === 'Huairou' ? null : 'city');
  const locations = [...STATIONS, 'Yard'].map(
    (id): OracleLocation => ({ id, factory: 'beijing', building: id === 'Yard' ? 'hall' : null, floor: null, area: area(id), timezone: 'Asia/Shanghai' }),
  );
  const metrics = ['pm25', 'temperature', 'pressure', 'dew_point', 'wind_speed'];
  const columns = [5, 11, 12, 13, 16];
  const rows: OracleRow[] = [];
  for (const station of STATIONS) {
    const [, ...lines] = await readLines(`beijing-air/PRSA_Data_${station}_20130301-20170228.csv.gz`);
    for (const line of lines) {
      const cells = line.split(',');
      const [year = 0, month = 0, day = 0, hour = 0] = cells.slice(1, 5).map(Number);
      const time = Date.UTC(year, month - 1, day, hour) * 1000 - 8 * MICROS_PER_HOUR;
      rows.push({ sensor: `station-${station}`, time, metrics, values: columns.map((column) => (cells[column] === 'NA' ? undefined : Number(cells[column]))) });
    }
  }
  const sensors = STATIONS.map((station): OracleSensor => {
    const first = { since: Date.UTC(2013, 2, 1) * 1000, location: station };
    return { id: `station-${station}`, placements: station === 'Huairou' ? [first, { since: MOVED, location: 'Yard' }] : [first] };
  });
  return { name: 'beijing-air', locations, sensors, rows };
}

/** Through the product's own reader, as its files are of many forms: every sensor at a place of its own. */
async function bundledSample(): Promise<OracleData> {
  const rows: OracleRow[] = [];
  for (const { definition, files } of await sampleInputs()) {
    for (const file of files) rows.push(...(await readSampleFile(file, definition)));
  }
  const ids = [...new Set(rows.map((row) => row.sensor))].sort();
  const locations = ids.map(
    (id, i): OracleLocation => ({ id: `at-${id}`, factory: `factory ${i % 2}`, building: `building ${i % 3}`, floor: i % 4, area: null, timezone: 'UTC' }),
  );
  return { name: 'sample', locations, sensors: ids.map((id) => ({ id, placements: [{ since: 0, location: `at-${id}` }] })), rows };
}

async function readSampleFile(file: string, definition: SourceDefinition): Promise<OracleRow[]> {
  const knownMetrics = new Set([...BUILT_IN_METRICS, ...(definition.catalogue?.metrics ?? []).map(({ id }) => id)]);
  const { records } = await openFile(file, { format: { kind: 'source', definition }, knownMetrics });
  const rows: OracleRow[] = [];
  for await (const chunk of records) {
    for (const record of chunk) {
      if ('values' in record && record.time !== null) rows.push({ sensor: record.sensor, time: record.time, metrics: record.metrics, values: record.values });
    }
  }
  return rows;
}

async function readLines(path: string): Promise<string[]> {
  return gunzipSync(await readFile(new URL(path, SHARED)))
    .toString('utf8')
    .replaceAll('"', '')
    .trimEnd()
    .split('\n');
}
