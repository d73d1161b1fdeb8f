import type { Subject } from '../alerts/status.ts';
import { subjectOf } from '../alerts/threshold-index.ts';
import type { Catalogue, LocationRow, SeriesRow } from '../db/catalogue.ts';
import { perCatalogue } from '../db/per-catalogue.ts';
import { compareText } from './order.ts';

/** What makes a group. */
export type Grouping = 'ALL' | 'FACTORY' | 'BUILDING' | 'FLOOR' | 'AREA' | 'LOCATION' | 'SENSOR';

/** Series of one metric that are summarised together. */
export interface Group {
  /** What all of them have in common; also what thresholds are held against. Fields outside the key are null. */
  readonly key: Subject;
  readonly metricId: string;
  readonly series: readonly SeriesRow[];
}

/** How many of the fields factory, building, floor, area, location make the key. */
const DEPTH: Readonly<Record<Exclude<Grouping, 'SENSOR'>, number>> = { ALL: 0, FACTORY: 1, BUILDING: 2, FLOOR: 3, AREA: 4, LOCATION: 5 };

/** Parts series into groups, sorted by key (what is null first), then by the metrics' order. */
export function groupSeries(catalogue: Catalogue, series: readonly SeriesRow[], by: Grouping, metricIds: readonly string[]): readonly Group[] {
  const keyOf = createKeyOf(catalogue, by);
  const groups = new Map<string, { key: Subject; metricId: string; series: SeriesRow[] }>();
  for (const row of series) {
    const key = keyOf(row);
    const name = JSON.stringify([key.factory, key.building, key.floor, key.area, key.locationId, key.sensorId, row.metricId]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { key, metricId: row.metricId, series: [row] });
    else group.series.push(row);
  }
  const metricRanks = new Map([...new Set(metricIds)].map((id, rank) => [id, rank]));
  return [...groups.values()].sort((a, b) => compareKeys(a.key, b.key) || (metricRanks.get(a.metricId) ?? 0) - (metricRanks.get(b.metricId) ?? 0));
}

/** The key of what was measured at a location. */
export function keyOfLocation(location: LocationRow): Subject {
  return subjectOf(location, null);
}

/** The key of what a sensor measured: the sensor, and what all its places have in common. */
export function keyOfSensor(catalogue: Catalogue, sensorId: string): Subject {
  const keys = keysOfSensors(catalogue);
  const key = keys.get(sensorId) ?? makeKeyOfSensor(catalogue, sensorId);
  keys.set(sensorId, key);
  return key;
}

const keysOfSensors = perCatalogue(() => new Map<string, Subject>());

function makeKeyOfSensor(catalogue: Catalogue, sensorId: string): Subject {
  const placements = catalogue.sensors.get(sensorId)?.placements ?? [];
  const places = [...new Set(placements.map(({ locationId }) => locationId))].map((id) => subjectOf(catalogue.locations.get(id) ?? null, sensorId));
  const [first = subjectOf(null, sensorId), ...others] = places;
  const shared = <F extends keyof Subject>(field: F): Subject[F] | null => (others.every((place) => place[field] === first[field]) ? first[field] : null);
  return {
    factory: shared('factory'),
    building: shared('building'),
    floor: shared('floor'),
    area: shared('area'),
    locationId: shared('locationId'),
    sensorId,
  };
}

/** Keys are made once a location or sensor, for there are many series of each. */
function createKeyOf(catalogue: Catalogue, by: Grouping): (row: SeriesRow) => Subject {
  const known = new Map<string | null, Subject>();
  const makeKey = by === 'SENSOR' ? (id: string | null) => keyOfSensor(catalogue, id ?? '') : (id: string | null) => cutKey(catalogue, id, DEPTH[by]);
  return (row) => {
    const id = by === 'SENSOR' ? row.sensorId : row.locationId;
    const key = known.get(id) ?? makeKey(id);
    known.set(id, key);
    return key;
  };
}

function cutKey(catalogue: Catalogue, locationId: string | null, depth: number): Subject {
  const whole = subjectOf(locationId === null ? null : (catalogue.locations.get(locationId) ?? null), null);
  return {
    factory: depth >= 1 ? whole.factory : null,
    building: depth >= 2 ? whole.building : null,
    floor: depth >= 3 ? whole.floor : null,
    area: depth >= 4 ? whole.area : null,
    locationId: depth >= 5 ? whole.locationId : null,
    sensorId: null,
  };
}

function compareKeys(a: Subject, b: Subject): number {
  return (
    compareFields(a.factory, b.factory) ||
    compareFields(a.building, b.building) ||
    compareFields(a.floor, b.floor) ||
    compareFields(a.area, b.area) ||
    compareFields(a.locationId, b.locationId) ||
    compareFields(a.sensorId, b.sensorId)
  );
}

function compareFields(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));
}
