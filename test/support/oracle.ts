import type { Instant } from '../../db/time/instant.ts';
import { firstAtOrAfter } from './oracle-series.ts';
import { type OracleBucket, oracleBoundaries } from './oracle-time.ts';

/** A place of the oracle's world. */
export interface OracleLocation {
  readonly id: string;
  readonly factory: string;
  readonly building: string | null;
  readonly floor: number | null;
  readonly area: string | null;
  readonly timezone: string;
}

/** A device and its places by time; the first covers all earlier readings. Without a place it was never placed. */
export interface OracleSensor {
  readonly id: string;
  readonly placements: readonly { readonly since: Instant; readonly location: string }[];
}

export type OracleGrouping = 'ALL' | 'FACTORY' | 'BUILDING' | 'FLOOR' | 'AREA' | 'LOCATION' | 'SENSOR';

/** The part of a LocationFilter that the oracle knows. */
export interface OracleFilter {
  readonly ids?: readonly string[];
  readonly factories?: readonly string[];
  readonly buildings?: readonly string[];
  readonly floors?: readonly number[];
  readonly areas?: readonly string[];
}

/** A question as the oracle computes it. */
export interface OracleQuestion {
  readonly metrics: readonly string[];
  readonly by: OracleGrouping;
  readonly where: OracleFilter | null;
  readonly sensors: readonly string[] | null;
  readonly bucket: OracleBucket;
  readonly timezone: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** One bucket of an answer. */
export interface OraclePoint {
  readonly start: Instant;
  readonly end: Instant;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly avg: number;
  readonly stddev: number | null;
  readonly first: number;
  readonly last: number;
}

/** The points of each group and metric, by a key of both. */
export type OracleAnswer = ReadonlyMap<string, readonly OraclePoint[]>;

/** The readings of one sensor and metric by time. */
export interface TimedValues {
  readonly times: readonly Instant[];
  readonly values: readonly number[];
}

/** Gives the readings of a sensor and metric. */
export type ReadingsOf = (sensor: string, metric: string) => TimedValues;

/** Consecutive readings of one sensor that fall into one group. */
interface Slice {
  readonly readings: TimedValues;
  readonly begin: number;
  readonly end: number;
}

/** Answers a question from readings in memory: every reading is put into its group and bucket by itself, nothing is rolled up. */
export function askOracle(
  question: OracleQuestion,
  sensors: readonly OracleSensor[],
  locations: ReadonlyMap<string, OracleLocation>,
  readingsOf: ReadingsOf,
): OracleAnswer {
  const boundaries = oracleBoundaries(question.bucket, question.timezone, question.from, question.to);
  const answer = new Map<string, readonly OraclePoint[]>();
  // By id, so that of readings at one instant the first and the last are those of the first and the last sensor.
  const asked = sensors.filter(({ id }) => question.sensors === null || question.sensors.includes(id)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const metric of question.metrics) {
    const groups = new Map<string, Slice[]>();
    for (const sensor of asked) addSlices(groups, question, sensor, locations, readingsOf(sensor.id, metric));
    for (const [key, slices] of groups) answer.set(`${metric} ${key}`, summarise(slices, boundaries));
  }
  return answer;
}

/** The key of the group of a sensor's readings taken at a location. */
function groupKey(by: OracleGrouping, sensor: string, location: OracleLocation | null): string {
  switch (by) {
    case 'ALL':
      return '[]';
    case 'FACTORY':
      return JSON.stringify([location?.factory ?? null]);
    case 'BUILDING':
      return JSON.stringify([location?.factory ?? null, location?.building ?? null]);
    case 'FLOOR':
      return JSON.stringify([location?.factory ?? null, location?.building ?? null, location?.floor ?? null]);
    case 'AREA':
      return JSON.stringify([location?.factory ?? null, location?.building ?? null, location?.floor ?? null, location?.area ?? null]);
    case 'LOCATION':
      return JSON.stringify([location?.id ?? null]);
    case 'SENSOR':
      return JSON.stringify([sensor]);
  }
}

function addSlices(
  groups: Map<string, Slice[]>,
  question: OracleQuestion,
  sensor: OracleSensor,
  locations: ReadonlyMap<string, OracleLocation>,
  readings: TimedValues,
): void {
  const places = sensor.placements.length === 0 ? [null] : sensor.placements;
  places.forEach((place, i) => {
    const location = place === null ? null : (locations.get(place.location) ?? null);
    if (!matches(question.where, location)) return;
    const since = i === 0 ? Number.NEGATIVE_INFINITY : (place?.since ?? Number.NEGATIVE_INFINITY);
    const until = places[i + 1]?.since ?? Number.POSITIVE_INFINITY;
    const begin = firstAtOrAfter(readings.times, Math.max(question.from, since));
    const end = firstAtOrAfter(readings.times, Math.min(question.to, until));
    if (begin >= end) return;
    const key = groupKey(question.by, sensor.id, location);
    const slices = groups.get(key);
    if (slices === undefined) groups.set(key, [{ readings, begin, end }]);
    else slices.push({ readings, begin, end });
  });
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

interface Bin {
  count: number;
  sum: CompensatedSum;
  deviations: CompensatedSum;
  min: number;
  max: number;
  firstTime: Instant;
  first: number;
  lastTime: Instant;
  last: number;
}

function summarise(slices: readonly Slice[], boundaries: readonly Instant[]): OraclePoint[] {
  const bins = new Map<number, Bin>();
  eachReading(slices, boundaries, (index, time, value) => {
    let bin = bins.get(index);
    if (bin === undefined) {
      bin = {
        count: 0,
        sum: new CompensatedSum(),
        deviations: new CompensatedSum(),
        min: value,
        max: value,
        firstTime: time,
        first: value,
        lastTime: time,
        last: value,
      };
      bins.set(index, bin);
    }
    bin.count++;
    bin.sum.add(value);
    bin.min = Math.min(bin.min, value);
    bin.max = Math.max(bin.max, value);
    if (time < bin.firstTime) [bin.firstTime, bin.first] = [time, value];
    if (time >= bin.lastTime) [bin.lastTime, bin.last] = [time, value];
  });
  eachReading(slices, boundaries, (index, _time, value) => {
    const bin = bins.get(index);
    if (bin !== undefined) bin.deviations.add((value - bin.sum.total() / bin.count) ** 2);
  });
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([index, { count, sum, deviations, min, max, first, last }]) => ({
      start: boundaries[index] ?? Number.NaN,
      end: boundaries[index + 1] ?? Number.NaN,
      count,
      min,
      max,
      sum: sum.total(),
      avg: sum.total() / count,
      stddev: count < 2 ? null : Math.sqrt(deviations.total() / (count - 1)),
      first,
      last,
    }));
}

function eachReading(slices: readonly Slice[], boundaries: readonly Instant[], visit: (bucket: number, time: Instant, value: number) => void): void {
  for (const { readings, begin, end } of slices) {
    let index = 0;
    for (let i = begin; i < end; i++) {
      const time = readings.times[i] ?? Number.NaN;
      while ((boundaries[index + 1] ?? Number.POSITIVE_INFINITY) <= time) index++;
      visit(index, time, readings.values[i] ?? Number.NaN);
    }
  }
}

/** Neumaier's sum: exact to the last digit or so, whatever the order. */
class CompensatedSum {
  #sum = 0;
  #lost = 0;

  add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  total(): number {
    return this.#sum + this.#lost;
  }
}
