import { type Catalogue, type LocationRow, type SensorRow, type SeriesRow, staysAt, type ThresholdRow } from '../db/catalogue.ts';
import { perCatalogue } from '../db/per-catalogue.ts';
import { type Rule, type Subject, scopeHolds, toRule } from './status.ts';

/** Finds thresholds by what they apply to without looking at all of them. */
export interface ThresholdIndex {
  /** The rules for a metric whose scope holds the subject, of all times. */
  rulesFor(metricId: string, subject: Subject): readonly Rule[];
  /** The same for the readings of a series, each in force only while its sensor is at that place. */
  rulesForSeries(series: SeriesRow): readonly Rule[];
  /** The thresholds there are now, disabled ones too, whose scope holds the subject. */
  presentFor(subject: Subject): readonly ThresholdRow[];
}

/** The index of a catalogue's thresholds. */
export const thresholdIndexOf: (catalogue: Catalogue) => ThresholdIndex = perCatalogue(createThresholdIndex);

/** What a reading at this location by this sensor is judged as; both may be unknown. */
export function subjectOf(location: LocationRow | null, sensorId: string | null): Subject {
  return {
    factory: location?.factory ?? null,
    building: location?.building ?? null,
    floor: location?.floor ?? null,
    area: location?.area ?? null,
    locationId: location?.id ?? null,
    sensorId,
  };
}

/** What the readings of a series are judged as. */
export function subjectOfSeries(catalogue: Catalogue, { locationId, sensorId }: SeriesRow): Subject {
  return subjectOf(locationId === null ? null : (catalogue.locations.get(locationId) ?? null), sensorId);
}

/** A series ends when its sensor moves away: nothing holds of it any more, and its silence is nobody's concern. It goes on when the sensor comes back. */
function duringPlacements(rules: readonly Rule[], { locationId }: SeriesRow, sensor: SensorRow | undefined): readonly Rule[] {
  if (sensor === undefined || sensor.placements.length < 2 || rules.length === 0) return rules;
  const stays = staysAt(sensor, locationId);
  return rules.flatMap((rule) => stays.map((stay) => ({ ...rule, from: Math.max(rule.from, stay.from), to: Math.min(rule.to, stay.to) }))).filter(isEver);
}

function isEver({ from, to }: Rule): boolean {
  return from < to;
}

function createThresholdIndex(catalogue: Catalogue): ThresholdIndex {
  const judging = new Map<string, ScopeIndex<Rule>>();
  const present = createScopeIndex<ThresholdRow>();
  for (const row of catalogue.thresholds) {
    if (row.validTo === null) present.add(row, row);
    const rule = toRule(row);
    if (rule === null) continue;
    const index = judging.get(row.metricId) ?? createScopeIndex<Rule>();
    index.add(row, rule);
    judging.set(row.metricId, index);
  }
  const bySeries = new Map<number, readonly Rule[]>();
  const rulesFor = (metricId: string, subject: Subject) => judging.get(metricId)?.find(subject) ?? [];
  return {
    rulesFor,
    rulesForSeries(series) {
      const known = bySeries.get(series.id);
      if (known !== undefined) return known;
      const rules = duringPlacements(rulesFor(series.metricId, subjectOfSeries(catalogue, series)), series, catalogue.sensors.get(series.sensorId));
      bySeries.set(series.id, rules);
      return rules;
    },
    presentFor: (subject) => present.find(subject),
  };
}

interface ScopeIndex<T> {
  add(row: ThresholdRow, item: T): void;
  find(subject: Subject): T[];
}

/** A scope that names a sensor or a location can only hold that one: of thousands of such thresholds a subject meets its own. */
function createScopeIndex<T>(): ScopeIndex<T> {
  const bySensor = new Map<string | null, { row: ThresholdRow; item: T }[]>();
  const byLocation = new Map<string | null, { row: ThresholdRow; item: T }[]>();
  const wide: { row: ThresholdRow; item: T }[] = [];
  return {
    add(row, item) {
      const { sensorId, locationId } = row.scope;
      if (sensorId !== null) append(bySensor, sensorId, { row, item });
      else if (locationId !== null) append(byLocation, locationId, { row, item });
      else wide.push({ row, item });
    },
    find(subject) {
      const candidates = [wide, byLocation.get(subject.locationId) ?? [], bySensor.get(subject.sensorId) ?? []];
      return candidates.flatMap((list) => list.filter(({ row }) => scopeHolds(row.scope, subject)).map(({ item }) => item));
    },
  };
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
