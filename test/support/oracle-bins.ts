import type { Instant } from '../../db/time/instant.ts';
import type { OracleSeries } from './oracle-groups.ts';
import { firstAtOrAfter } from './oracle-series.ts';
import { CompensatedSum } from './oracle-sum.ts';
import type { Span, TimedValues } from './oracle-types.ts';

/** Readings of a series that follow one another. */
export interface Run {
  readonly readings: TimedValues;
  readonly begin: number;
  readonly end: number;
}

/** What the readings of a bucket come to: every reading is visited by itself, nothing is rolled up. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly avg: number;
  readonly range: number;
  readonly stddev: number | null;
  readonly first: number;
  readonly last: number;
}

/** The readings of a group within a span, by the index of their bucket. */
export function bin(series: readonly OracleSeries[], boundaries: readonly Instant[], { from, to }: Span): Map<number, Run[]> {
  const bins = new Map<number, Run[]>();
  for (const { readings, begin, end } of series) {
    const { times } = readings;
    const last = Math.min(end, firstAtOrAfter(times, to));
    let at = Math.max(begin, firstAtOrAfter(times, from));
    while (at < last) {
      const bucket = lastAtOrBefore(boundaries, times[at] ?? Number.NaN);
      const next = boundaries[bucket + 1] ?? Number.POSITIVE_INFINITY;
      const start = at;
      while (at < last && (times[at] ?? next) < next) at++;
      const run = { readings, begin: start, end: at };
      const others = bins.get(bucket);
      if (others === undefined) bins.set(bucket, [run]);
      else others.push(run);
    }
  }
  return bins;
}

/** The count, extremes and sum of all values, each visited by itself. */
export function summarise(runs: readonly Run[]): Summary {
  const total = new CompensatedSum();
  let [count, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { readings, begin, end } of runs) {
    const { values } = readings;
    count += end - begin;
    for (let i = begin; i < end; i++) {
      const value = values[i] ?? Number.NaN;
      total.add(value);
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const sum = total.total();
  const avg = sum / count;
  const stddev = count < 2 ? null : Math.sqrt(deviations(runs, avg) / (count - 1));
  return { count, min, max, sum, avg, range: max - min, stddev, ...ends(runs) };
}

/** Runs stand in the order of their sensors: of readings at one instant the first and the last are those of the first and the last sensor. */
function ends(runs: readonly Run[]): Pick<Summary, 'first' | 'last'> {
  const earliest = runs.reduce((best, run) => (timeOf(run, run.begin) < timeOf(best, best.begin) ? run : best));
  const latest = runs.reduce((best, run) => (timeOf(run, run.end - 1) >= timeOf(best, best.end - 1) ? run : best));
  return { first: earliest.readings.values[earliest.begin] ?? Number.NaN, last: latest.readings.values[latest.end - 1] ?? Number.NaN };
}

function timeOf({ readings }: Run, index: number): Instant {
  return readings.times[index] ?? Number.NaN;
}

/** By linear interpolation between the two values that stand nearest, all of them in order. */
export function percentile(sorted: Float64Array, p: number): number {
  const place = (sorted.length - 1) * p;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** All values of some runs in order. */
export function sortedValues(runs: readonly Run[]): Float64Array {
  return new Float64Array(runs.flatMap(({ readings, begin, end }) => readings.values.slice(begin, end))).sort();
}

function deviations(runs: readonly Run[], mean: number): number {
  const squares = new CompensatedSum();
  for (const { readings, begin, end } of runs) {
    for (let i = begin; i < end; i++) {
      const deviation = (readings.values[i] ?? Number.NaN) - mean;
      squares.add(deviation * deviation);
    }
  }
  return squares.total();
}

/** The index of the bucket in which an instant lies: the last of those that begin at or before it, as an empty one ends where it begins. */
export function lastAtOrBefore(boundaries: readonly Instant[], instant: Instant): number {
  let index = firstAtOrAfter(boundaries, instant);
  while (boundaries[index] === instant) index++;
  return index - 1;
}
