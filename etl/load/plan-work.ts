import type { Catalogue, SeriesRow } from '../../db/catalogue.ts';
import type { SeriesKey } from '../../db/load/create-series.ts';
import type { StoredReadings, WantedInstants } from '../../db/load/select-stored-readings.ts';
import { countUpTo } from '../../db/time/count-up-to.ts';
import { DERIVATION_INPUTS, DERIVED_METRICS, type DerivationGroup, isDerivable } from '../derive.ts';
import { SeriesWork } from './series-work.ts';
import type { ValidBatch } from './valid-batch.ts';

/** Everything that the transaction of one batch locks, in the order of series ids, and the sensors that something may be derived for. */
export interface WorkPlan {
  readonly works: readonly SeriesWork[];
  readonly groups: readonly DerivationGroup[];
}

/** Ids of series that the catalogue does not know yet, by `nameOf` their key. */
export type NewSeries = ReadonlyMap<string, number>;

/** One text for a key. */
export function nameOf(key: SeriesKey): string {
  return JSON.stringify([key.sensorId, key.metricId, key.locationId]);
}

/** Those series that do not exist yet: of the batch, and of what was derived from it when it was tried before, as far as its sensors are still at the same places. */
export function missingSeries(batch: ValidBatch, derived: readonly SeriesKey[]): SeriesKey[] {
  const places = new Set(derived.length === 0 ? [] : batch.series.map(placeOf));
  const wanted = [...batch.series, ...derived.filter((key) => places.has(placeOf(key)))];
  return wanted.filter((key) => findSeries(batch.catalogue, key) === undefined);
}

function placeOf({ sensorId, locationId }: SensorPlace): string {
  return JSON.stringify([sensorId, locationId]);
}

type SensorPlace = Pick<SeriesKey, 'sensorId' | 'locationId'>;

/** Plans the work of a batch: its own series, and beside them those that its sensors' derivations read or write. `created` has the ids of all series that the catalogue lacks. */
export function planWork(batch: ValidBatch, created: NewSeries, timezone: string): WorkPlan {
  const works = new Map<string, SeriesWork>();
  const sensors = new Map<string, SensorPlace>();
  for (const series of batch.series) {
    const id = findSeries(batch.catalogue, series)?.id ?? created.get(nameOf(series));
    if (id === undefined) throw new Error(`series ${nameOf(series)} was created, but is not there`);
    works.set(nameOf(series), new SeriesWork(series, id, series.from, series.to));
    if (isInput(series.metricId)) sensors.set(placeOf(series), series);
  }
  const groups: DerivationGroup[] = [];
  for (const sensor of sensors.values()) {
    const series = seriesOf(sensor, works, batch.catalogue, created);
    if (!isDerivable(series)) continue;
    for (const work of series.values()) works.set(nameOf(work.key), work);
    groups.push({ sensorId: sensor.sensorId, locationId: sensor.locationId, timezone: zoneOf(batch.catalogue, sensor.locationId) ?? timezone, series });
  }
  return { works: [...works.values()].sort((a, b) => a.id - b.id), groups };
}

/** All series of a sensor at a location that take part in derivations, in the batch or not. */
function seriesOf({ sensorId, locationId }: SensorPlace, works: ReadonlyMap<string, SeriesWork>, catalogue: Catalogue, created: NewSeries) {
  const series = new Map<string, SeriesWork>();
  for (const metricId of DERIVATION_METRICS) {
    const key = { sensorId, metricId, locationId };
    const name = nameOf(key);
    const id = findSeries(catalogue, key)?.id ?? created.get(name);
    const work = works.get(name) ?? (id === undefined ? undefined : new SeriesWork(key, id, 0, 0));
    if (work !== undefined) series.set(metricId, work);
  }
  return series;
}

const INPUTS = new Set<string>(DERIVATION_INPUTS);
const DERIVATION_METRICS = new Set<string>([...DERIVATION_INPUTS, ...DERIVED_METRICS]);

function isInput(metricId: string): boolean {
  return INPUTS.has(metricId);
}

function zoneOf(catalogue: Catalogue, locationId: string | null): string | undefined {
  return locationId === null ? undefined : catalogue.locations.get(locationId)?.timezone;
}

function findSeries(catalogue: Catalogue, { sensorId, metricId, locationId }: SeriesKey): SeriesRow | undefined {
  return catalogue.seriesBySensor.get(sensorId)?.find((row) => row.metricId === metricId && row.locationId === locationId);
}

/** The instants at which stored readings matter: those not newer than their series' latest. In the usual case, readings newer than all before, there are none. */
export function wantedInstants(plan: WorkPlan, times: Float64Array): WantedInstants[] {
  const wanted = new Map<SeriesWork, Float64Array>();
  for (const work of plan.works) wanted.set(work, times.subarray(work.from, work.to));
  for (const group of plan.groups) {
    const touched = DERIVATION_INPUTS.map((metric) => group.series.get(metric)).filter((work) => work !== undefined);
    const first = touched.reduce((least, work) => (work.from < work.to ? Math.min(least, times[work.from] ?? least) : least), Number.POSITIVE_INFINITY);
    // Then none of the instants below is wanted; looking at all of them took as long as deriving.
    if ([...group.series.values()].every(({ latest }) => (latest.time ?? Number.NEGATIVE_INFINITY) < first)) continue;
    const instants = union(touched.map((work) => times.subarray(work.from, work.to)));
    for (const work of group.series.values()) wanted.set(work, union([instants, times.subarray(work.from, work.to)]));
  }
  const result: WantedInstants[] = [];
  for (const [{ id, latest }, instants] of wanted) {
    const late = instants.subarray(0, countUpTo(instants, latest.time ?? Number.NEGATIVE_INFINITY));
    if (late.length === 0 || latest.time === null || latest.firstTime === null) continue;
    result.push({ seriesId: id, times: late, spacing: (latest.time - latest.firstTime) / Math.max(latest.readings - 1, 1) });
  }
  return result;
}

/** Gives each series what is stored of it. */
export function assignStored(plan: WorkPlan, stored: ReadonlyMap<number, StoredReadings>): void {
  for (const work of plan.works) work.stored = stored.get(work.id) ?? null;
}

/** Ascending instants of several ascending lists, each once. */
function union(lists: readonly Float64Array[]): Float64Array {
  const [first, ...others] = lists.filter((list) => list.length > 0);
  if (first === undefined) return new Float64Array(0);
  // Sensors mostly send all their metrics at the same instants.
  if (others.every((list) => isSame(list, first))) return first;
  const all = new Float64Array(lists.reduce((length, list) => length + list.length, 0));
  let end = 0;
  for (const list of lists) {
    all.set(list, end);
    end += list.length;
  }
  all.sort();
  return all.filter((time, position) => position === 0 || time !== all[position - 1]);
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((time, position) => time === b[position]);
}
