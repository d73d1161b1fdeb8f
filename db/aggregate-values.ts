import { type NumberText, readNumbers, splitNumbers } from './text-list.ts';

/** Which columns an answer shows: what it does not is not computed. */
export interface Measures {
  readonly sum: boolean;
  readonly avg: boolean;
  readonly extremes: boolean;
  readonly stddev: boolean;
  readonly firstLast: boolean;
}

/** Parallel arrays by ascending bucket: only buckets that have readings. Everything is of the bucket's part inside the window; null was not asked for. */
export interface AggregateValues {
  readonly bucket: readonly number[];
  readonly count: readonly number[];
  readonly sum: readonly NumberText[] | null;
  readonly avg: readonly NumberText[] | null;
  readonly min: readonly NumberText[] | null;
  readonly max: readonly NumberText[] | null;
  /** The sum of squared deviations from the bucket's mean. */
  readonly m2: readonly number[] | null;
  readonly first: readonly NumberText[] | null;
  readonly last: readonly NumberText[] | null;
}

/** The same as the statement gives it: one text a column; a column that is not wanted may be missing. */
export type ValuesRow = { readonly [column in 'bucket' | 'count']: string | null } & {
  readonly [column in Exclude<keyof AggregateValues, 'bucket' | 'count'>]?: string | null;
};

/** Reads the texts of a group's columns; `bucketOf` tells the bucket where the column has something else that stands for it. */
export function toValues(row: ValuesRow, measures: Measures, bucketOf?: (stored: number) => number): AggregateValues {
  const stored = readNumbers(row.bucket);
  const bucket = bucketOf === undefined ? stored : stored.map(bucketOf);
  const split = (isWanted: boolean, text: string | null | undefined) => (isWanted ? splitNumbers(text ?? null) : null);
  const values: AggregateValues = {
    bucket,
    count: readNumbers(row.count),
    sum: split(measures.sum, row.sum),
    avg: split(measures.avg, row.avg),
    min: split(measures.extremes, row.min),
    max: split(measures.extremes, row.max),
    m2: measures.stddev ? readNumbers(row.m2 ?? null) : null,
    first: split(measures.firstLast, row.first),
    last: split(measures.firstLast, row.last),
  };
  // The subquery is sorted, but SQL does not promise that an aggregate keeps the order of its input.
  return bucket.every((value, index) => index === 0 || value > (bucket[index - 1] ?? -1)) ? values : reorder(values);
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
  };
}
