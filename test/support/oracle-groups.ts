import type { Instant } from '../../db/time/instant.ts';
import { firstAtOrAfter } from './oracle-series.ts';
import type { OracleFilter, OracleGrouping, OracleLocation, OracleRecord, OracleScope, OracleSensor, TimedValues } from './oracle-types.ts';

/** What the readings of a group have in common; null where they differ or there is nothing. */
export interface OracleKey {
  readonly factory: string | null;
  readonly building: string | null;
  readonly floor: number | null;
  readonly area: string | null;
  readonly location: string | null;
  readonly sensor: string | null;
}

/** The readings of one sensor and metric that were taken at one place: those from `begin` to before `end`. */
export interface OracleSeries {
  readonly sensor: OracleSensor;
  readonly location: OracleLocation | null;
  readonly readings: TimedValues;
  readonly begin: number;
  readonly end: number;
  /** When the sensor left the place. */
  readonly until: Instant;
}

/** Series of one metric that are summarised together, in the order of their sensors. */
export interface OracleGroup {
  readonly key: OracleKey;
  readonly metric: string;
  readonly series: readonly OracleSeries[];
}

const FIELDS = ['factory', 'building', 'floor', 'area', 'location', 'sensor'] as const satisfies readonly (keyof OracleKey)[];
const SHARED: Readonly<Record<OracleGrouping, number>> = { ALL: 0, FACTORY: 1, BUILDING: 2, FLOOR: 3, AREA: 4, LOCATION: 5, SENSOR: 6 };

/** The groups that a question is about, whether they have readings in its range or not: by key, what is null first, then in the order of the metrics. */
export function groupsOf({ metrics, by, where, sensors }: Omit<OracleScope, 'from' | 'to'>, record: OracleRecord): OracleGroup[] {
  const groups = new Map<string, { key: OracleKey; metric: string; series: OracleSeries[] }>();
  // By id, so that of readings at one instant the first and the last are those of the first and the last sensor.
  const asked = record.sensors.filter(({ id }) => sensors === null || sensors.includes(id)).toSorted((a, b) => compare(a.id, b.id));
  for (const metric of new Set(metrics)) {
    for (const series of asked.flatMap((sensor) => seriesOf(sensor, metric, record))) {
      if (series.begin >= series.end || !matches(where, series.location)) continue;
      const key = keyOf(by, series, record);
      const name = JSON.stringify([metric, key]);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, { key, metric, series: [series] });
      else group.series.push(series);
    }
  }
  // Sorting keeps the order of the metrics among equals.
  return [...groups.values()].sort((a, b) => compareKeys(a.key, b.key));
}

/** The key of a place, or of nothing. */
export function keyOfPlace(location: OracleLocation | null, depth: number): OracleKey {
  const whole = { ...NOTHING, ...(location === null ? {} : { ...location, location: location.id }) };
  return Object.fromEntries(FIELDS.map((field, i) => [field, i < Math.min(depth, 5) ? whole[field] : null])) as unknown as OracleKey;
}

const NOTHING: OracleKey = { factory: null, building: null, floor: null, area: null, location: null, sensor: null };

function keyOf(by: OracleGrouping, { location, sensor }: OracleSeries, record: OracleRecord): OracleKey {
  return by === 'SENSOR' ? keyOfSensor(sensor, record) : keyOfPlace(location, SHARED[by]);
}

/** The sensor, and what all its places have in common. */
export function keyOfSensor({ id, placements }: OracleSensor, { locations }: OracleRecord): OracleKey {
  const places = placements.map(({ location }) => keyOfPlace(locations.get(location) ?? null, 5));
  const shared = FIELDS.map((field) => {
    const values = new Set(places.map((place) => place[field]));
    return [field, values.size === 1 ? [...values][0] : null];
  });
  return { ...(Object.fromEntries(shared) as unknown as OracleKey), sensor: id };
}

/** One for each place of the sensor; one without a place where it has none. */
function seriesOf(sensor: OracleSensor, metric: string, { locations, readingsOf }: OracleRecord): OracleSeries[] {
  const readings = readingsOf(sensor.id, metric);
  if (sensor.placements.length === 0) return [{ sensor, location: null, readings, begin: 0, end: readings.times.length, until: Number.POSITIVE_INFINITY }];
  const indexAt = (instant: Instant | undefined) => (instant === undefined ? readings.times.length : firstAtOrAfter(readings.times, instant));
  return sensor.placements.map(({ since, location }, i) => ({
    sensor,
    location: locations.get(location) ?? null,
    readings,
    begin: i === 0 ? 0 : indexAt(since),
    end: indexAt(sensor.placements[i + 1]?.since),
    until: sensor.placements[i + 1]?.since ?? Number.POSITIVE_INFINITY,
  }));
}

function matches(where: OracleFilter | null, location: OracleLocation | null): boolean {
  if (where === null) return true;
  if (location === null) return false;
  return (
    isOneOf(location.id, where.ids) &&
    isOneOf(location.factory, where.factories) &&
    isOneOf(location.building, where.buildings) &&
    isOneOf(location.floor, where.floors) &&
    isOneOf(location.area, where.areas)
  );
}

function isOneOf<T>(value: T | null, wanted: readonly T[] | undefined): boolean {
  return wanted === undefined || (value !== null && wanted.includes(value));
}

function compareKeys(a: OracleKey, b: OracleKey): number {
  for (const field of FIELDS) {
    const [left, right] = [a[field], b[field]];
    if (left === right) continue;
    if (left === null) return -1;
    return right === null ? 1 : compare(left, right);
  }
  return 0;
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : Number(a > b);
}
