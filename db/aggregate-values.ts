import { type NumberText, readNumbers, splitNumbers } from './text-list.ts';

/** Which columns an answer shows: what it does not is not computed. */
export interface Measures {
  /** How many readings there are; where it is not wanted, each bucket that has any counts as 1. */
  readonly count: boolean;
  readonly sum: boolean;
  readonly avg: boolean;
  readonly extremes: boolean;
  readonly stddev: boolean;
  readonly firstLast: boolean;
  /** Shares of readings, from 0 to 1, ascending. Where there are any, the plan must be of readings alone. */
  readonly percentiles: readonly number[];
  /** For each time-weighted average the longest time, in microseconds, for which a value holds, ascending. */
  readonly averages: readonly number[];
  readonly timesIn: readonly TimesIn[];
}

/** How long values were in each status. */
export interface TimesIn {
  /** Whether the thresholds in force at each time judge, or those in force at the present of the request. */
  readonly asOf: 'THEN' | 'NOW';
  /** The longest time, in microseconds, for which a value holds. */
  readonly maxGap: number;
}

/** A measure that is either shown or not. */
export type Measure = 'count' | 'sum' | 'avg' | 'extremes' | 'stddev' | 'firstLast';

/** A value a bucket; null only where a bucket was added that has no readings. */
export type NumberColumn = readonly (NumberText | null)[];

/** Parallel arrays by ascending bucket: as they are read, only buckets that have readings. Everything is of the bucket's part inside the window; null was not asked for. */
export interface AggregateValues {
  readonly bucket: readonly number[];
  readonly count: readonly number[];
  readonly sum: NumberColumn | null;
  readonly avg: NumberColumn | null;
  readonly min: NumberColumn | null;
  readonly max: NumberColumn | null;
  /** The sum of squared deviations from the bucket's mean. */
  readonly m2: readonly number[] | null;
  readonly first: NumberColumn | null;
  readonly last: NumberColumn | null;
  /** A column for each percentile of the question, in its order. */
  readonly percentiles: readonly NumberColumn[] | null;
}

/** The same as the statement gives it: one text a column; a column that is not wanted may be missing. */
export type ValuesRow = { readonly bucket: string | null } & {
  readonly [column in Exclude<keyof AggregateValues, 'bucket'>]?: string | null;
};

/** Parts the texts of the percentiles' columns. */
export const BETWEEN_PERCENTILES = ';';

/** Reads the texts of a group's columns. */
export function toValues(row: ValuesRow, measures: Measures): AggregateValues {
  return valuesOf(row, measures, readNumbers(row.bucket));
}

/** Reads the texts of all columns but that of the buckets, whose indexes are known. */
export function valuesOf(row: ValuesRow, measures: Measures, bucket: readonly number[]): AggregateValues {
  const split = (isWanted: boolean, text: string | null | undefined) => (isWanted ? splitNumbers(text ?? null) : null);
  const values: AggregateValues = {
    bucket,
    count: measures.count ? readNumbers(row.count ?? null) : Array.from(bucket, () => 1),
    sum: split(measures.sum, row.sum),
    avg: split(measures.avg, row.avg),
    min: split(measures.extremes, row.min),
    max: split(measures.extremes, row.max),
    m2: measures.stddev ? readNumbers(row.m2 ?? null) : null,
    first: split(measures.firstLast, row.first),
    last: split(measures.firstLast, row.last),
    percentiles: splitPercentiles(measures, row.percentiles ?? null),
  };
  // The subquery is sorted, but SQL does not promise that an aggregate keeps the order of its input.
  return isAscending(bucket) ? values : reorder(values);
}

/** A frozen list is one that is known to be. */
function isAscending(bucket: readonly number[]): boolean {
  return Object.isFrozen(bucket) || bucket.every((value, index) => index === 0 || value > (bucket[index - 1] ?? -1));
}

/** The same columns where there is no row. */
export function noValues(measures: Measures): AggregateValues {
  return toValues({ bucket: null }, measures);
}

function splitPercentiles({ percentiles }: Measures, text: string | null): AggregateValues['percentiles'] {
  if (percentiles.length === 0) return null;
  const columns = text?.split(BETWEEN_PERCENTILES) ?? [];
  return percentiles.map((_, place) => splitNumbers(columns[place] ?? null));
}

function reorder(values: AggregateValues): AggregateValues {
  const order = values.bucket.map((_, index) => index).sort((a, b) => (values.bucket[a] ?? 0) - (values.bucket[b] ?? 0));
  const arrange = <T>(column: readonly T[]): T[] => order.flatMap((index) => column[index] ?? []);
  const arrangeIfAny = <T>(column: readonly T[] | null): T[] | null => (column === null ? null : arrange(column));
  return {
    bucket: arrange(values.bucket),
    count: arrange(values.count),
    sum: arrangeIfAny(values.sum),
    avg: arrangeIfAny(values.avg),
    min: arrangeIfAny(values.min),
    max: arrangeIfAny(values.max),
    m2: arrangeIfAny(values.m2),
    first: arrangeIfAny(values.first),
    last: arrangeIfAny(values.last),
    percentiles: values.percentiles?.map(arrange) ?? null,
  };
}
