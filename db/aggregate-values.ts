import { readNumbers } from './text-list.ts';

/** What costs extra and is only computed where an answer shows it. */
export interface Measures {
  readonly extremes: boolean;
  readonly stddev: boolean;
  readonly firstLast: boolean;
}

/** Parallel arrays by ascending bucket: only buckets that have readings. Sums and m2 are those of the bucket's part inside the window. */
export interface AggregateValues {
  readonly bucket: readonly number[];
  readonly count: readonly number[];
  readonly sum: readonly number[];
  /** null where it was not asked for, like all that follow. */
  readonly min: readonly number[] | null;
  readonly max: readonly number[] | null;
  /** The sum of squared deviations from the bucket's mean. */
  readonly m2: readonly number[] | null;
  readonly first: readonly number[] | null;
  readonly last: readonly number[] | null;
}

/** The same as the statement gives it: one text a column. */
export type ValuesRow = { readonly [column in keyof AggregateValues]: string | null };

/** Reads the texts of a group's columns; `bucketOf` tells the bucket where the column has something else that stands for it. */
export function toValues(row: ValuesRow, { extremes, stddev, firstLast }: Measures, bucketOf?: (stored: number) => number): AggregateValues {
  const stored = readNumbers(row.bucket);
  const bucket = bucketOf === undefined ? stored : stored.map(bucketOf);
  const ifWanted = (isWanted: boolean, text: string | null) => (isWanted ? readNumbers(text) : null);
  const values: AggregateValues = {
    bucket,
    count: readNumbers(row.count),
    sum: readNumbers(row.sum),
    min: ifWanted(extremes, row.min),
    max: ifWanted(extremes, row.max),
    m2: ifWanted(stddev, row.m2),
    first: ifWanted(firstLast, row.first),
    last: ifWanted(firstLast, row.last),
  };
  // The subquery is sorted, but SQL does not promise that an aggregate keeps the order of its input.
  return bucket.every((value, index) => index === 0 || value > (bucket[index - 1] ?? -1)) ? values : reorder(values);
}

function reorder(values: AggregateValues): AggregateValues {
  const order = values.bucket.map((_, index) => index).sort((a, b) => (values.bucket[a] ?? 0) - (values.bucket[b] ?? 0));
  const arrange = (column: readonly number[]): number[] => order.map((index) => column[index] ?? 0);
  const arrangeIfAny = (column: readonly number[] | null): number[] | null => (column === null ? null : arrange(column));
  return {
    bucket: arrange(values.bucket),
    count: arrange(values.count),
    sum: arrange(values.sum),
    min: arrangeIfAny(values.min),
    max: arrangeIfAny(values.max),
    m2: arrangeIfAny(values.m2),
    first: arrangeIfAny(values.first),
    last: arrangeIfAny(values.last),
  };
}
