import { percentileOfValues } from './percentile-of-values.ts';

/** A series as it was measured, and when its sensor was there; everything in whole seconds since 1970. */
export interface MeasuredSeries {
  readonly sensor: string;
  readonly location: string;
  readonly stays: readonly { readonly from: number; readonly to: number }[];
  /** Ascending. */
  readonly readings: readonly { readonly time: number; readonly value: number }[];
}

/** What the schema promises of a range, from the readings alone: an independent computation to compare with. */
export function statisticsOf(series: readonly MeasuredSeries[], from: number, to: number, now: number) {
  const within = series
    .flatMap(({ sensor, readings }) => readings.map((reading) => ({ ...reading, sensor })))
    .filter(({ time }) => from <= time && time < to)
    .sort((a, b) => a.time - b.time || (a.sensor < b.sensor ? -1 : 1));
  const values = within.map(({ value }) => value);
  const sum = values.reduce((total, value) => total + value, 0);
  const avg = sum / values.length;
  const squares = values.reduce((total, value) => total + (value - avg) ** 2, 0);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const has = values.length > 0;
  return {
    count: values.length,
    sum: has ? sum : null,
    avg: has ? avg : null,
    min: has ? min : null,
    minAt: within.find(({ value }) => value === min)?.time ?? null,
    max: has ? max : null,
    maxAt: within.find(({ value }) => value === max)?.time ?? null,
    range: has ? max - min : null,
    stddev: values.length < 2 ? null : Math.sqrt(squares / (values.length - 1)),
    first: within[0]?.value ?? null,
    firstAt: within[0]?.time ?? null,
    last: within.at(-1)?.value ?? null,
    lastAt: within.at(-1)?.time ?? null,
    median: has ? percentileOfValues(values, 0.5) : null,
    nearlyAll: has ? percentileOfValues(values, 0.95) : null,
    ...spacingOf(series, from, Math.min(to, now)),
  };
}

/** A sensor that comes back begins anew, so each stay is looked at by itself. */
function spacingOf(series: readonly MeasuredSeries[], from: number, to: number) {
  const stays = series.flatMap(({ stays: ofSeries, readings }) =>
    ofSeries.flatMap((stay) => {
      const start = Math.max(from, stay.from, readings[0]?.time ?? Number.POSITIVE_INFINITY);
      const end = Math.min(to, stay.to);
      const times = readings.map(({ time }) => time).filter((time) => start <= time && time < end);
      const distances = times.slice(1).map((time, place) => time - (times[place] ?? 0));
      if (distances.length === 0) return [];
      const cadence = medianOf(distances);
      const missing = [(times[0] ?? 0) - start, ...distances, end - (times.at(-1) ?? 0)].filter((distance) => distance > 1.5 * cadence);
      return [{ cadence, missing, expected: Math.ceil((end - start) / cadence) }];
    }),
  );
  if (stays.length === 0) return { cadence: null, gaps: null, longestGap: null, expectedCount: null };
  const missing = stays.flatMap((stay) => stay.missing);
  return {
    cadence: medianOf(stays.map(({ cadence }) => cadence)),
    gaps: missing.length,
    longestGap: missing.length === 0 ? null : Math.max(...missing),
    expectedCount: stays.reduce((total, { expected }) => total + expected, 0),
  };
}

/** One of the numbers themselves: the first by size that at least half of them do not exceed. */
function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
}
