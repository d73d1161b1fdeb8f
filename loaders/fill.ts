import type { AggregateValues, NumberColumn } from '../db/aggregate-values.ts';
import type { NumberText } from '../db/text-list.ts';
import type { Instant } from '../db/time/instant.ts';
import { type Fill, MOST_BEFORE } from './aggregate-question.ts';

/** The buckets that an answer shows. */
export interface FillGrid {
  /** One more than there are buckets, ascending. */
  readonly boundaries: readonly Instant[];
  readonly now: Instant;
  /** The last bucket with readings before the first one of the grid; null where there is none, or nothing is filled from it. */
  readonly before: Before | null;
}

/** A bucket before the first one. */
export interface Before {
  readonly values: AggregateValues;
  /** Its place in the columns. */
  readonly at: number;
  /** How many buckets it lies before the first one of the grid. */
  readonly distance: number;
}

/** Adds the buckets without readings. What they are given is written down in `Fill`. */
export function fillValues(values: AggregateValues, fill: Exclude<Fill, 'NONE'>, grid: FillGrid): AggregateValues {
  const count = grid.boundaries.length - 1;
  if (values.bucket.length === count) return values;
  const aligned = alignValues(
    values,
    Array.from({ length: count }, (_, bucket) => bucket),
  );
  const complete = FILLS[fill](aligned, grid);
  const ifAny = (column: NumberColumn | null, pick: (values: AggregateValues) => NumberColumn | null) => (column === null ? null : complete(column, pick));
  return {
    ...aligned,
    min: ifAny(aligned.min, ({ min }) => min),
    max: ifAny(aligned.max, ({ max }) => max),
    avg: ifAny(aligned.avg, ({ avg }) => avg),
    first: ifAny(aligned.first, ({ first }) => first),
    last: ifAny(aligned.last, ({ last }) => last),
    percentiles: aligned.percentiles?.map((column, p) => complete(column, ({ percentiles }) => percentiles?.[p] ?? null)) ?? null,
  };
}

/** The values of the buckets that are wanted, in ascending order: null, and a count of 0, where there are none. */
export function alignValues(values: AggregateValues, wanted: readonly number[]): AggregateValues {
  const places = placesOf(values.bucket, wanted);
  const numbers = (column: readonly number[]): number[] => Array.from(places, (place) => column[place] ?? 0);
  const texts = (column: NumberColumn): NumberColumn => Array.from(places, (place) => column[place] ?? null);
  const ifAny = (column: NumberColumn | null): NumberColumn | null => (column === null ? null : texts(column));
  return {
    bucket: wanted,
    count: numbers(values.count),
    sum: ifAny(values.sum),
    avg: ifAny(values.avg),
    min: ifAny(values.min),
    max: ifAny(values.max),
    m2: values.m2 === null ? null : numbers(values.m2),
    first: ifAny(values.first),
    last: ifAny(values.last),
    percentiles: values.percentiles?.map(texts) ?? null,
  };
}

/** Where each of the wanted buckets stands among those that there are; -1 where it does not. */
function placesOf(bucket: readonly number[], wanted: readonly number[]): Int32Array {
  const places = new Int32Array(wanted.length).fill(-1);
  let place = 0;
  for (let i = 0; i < wanted.length; i++) {
    const sought = wanted[i] ?? 0;
    while ((bucket[place] ?? Number.POSITIVE_INFINITY) < sought) place++;
    if (bucket[place] === sought) places[i] = place;
  }
  return places;
}

/** Completes a column; `pick` finds the same column in other values. */
type CompleteColumn = (column: NumberColumn, pick: (values: AggregateValues) => NumberColumn | null) => NumberColumn;

const FILLS: Readonly<Record<Exclude<Fill, 'NONE'>, (aligned: AggregateValues, grid: FillGrid) => CompleteColumn>> = {
  NULL: () => (column) => column,
  PREVIOUS: fillFromPrevious,
  LINEAR: fillOnLine,
};

function fillFromPrevious({ count }: AggregateValues, { boundaries, now, before }: FillGrid): CompleteColumn {
  return (column, pick) => {
    const filled = [...column];
    let value: NumberText | null = before === null ? null : (pick(before.values)?.[before.at] ?? null);
    // The bucket that the value is of; those before the grid are counted on below 0.
    let source = before === null ? 0 : -before.distance;
    for (let bucket = 0; bucket < count.length; bucket++) {
      if (count[bucket] !== 0) {
        value = column[bucket] ?? null;
        source = bucket;
      } else if (bucket - source <= MOST_BEFORE && hasBegun(boundaries, bucket, now)) filled[bucket] = value;
    }
    return filled;
  };
}

function fillOnLine({ count }: AggregateValues, { boundaries, now }: FillGrid): CompleteColumn {
  return (column) => {
    const filled = [...column];
    let left = -1;
    for (let right = 0; right < count.length; right++) {
      if (count[right] === 0) continue;
      if (left !== -1) drawLine(filled, left, right, boundaries, now);
      left = right;
    }
    return filled;
  };
}

/** Fills what lies between two buckets with the line between their values, from start to start. */
function drawLine(column: (NumberText | null)[], left: number, right: number, boundaries: readonly Instant[], now: Instant): void {
  const [from, to] = [column[left] ?? null, column[right] ?? null];
  if (from === null || to === null) return;
  const [start, end] = [boundaries[left] ?? 0, boundaries[right] ?? 0];
  for (let bucket = left + 1; bucket < right && hasBegun(boundaries, bucket, now); bucket++) {
    column[bucket] = from === to ? from : String(onLine(Number(from), Number(to), (boundaries[bucket] ?? 0) - start, end - start));
  }
}

/** The value at `elapsed` of `whole`. Multiplied first, divided once, so that what lies at a third between round values is as round as it can be: it may lie on the edge of a band. */
function onLine(from: number, to: number, elapsed: number, whole: number): number {
  const value = from + ((to - from) * elapsed) / whole;
  // The difference of two numbers far apart may be no number.
  return Number.isFinite(value) ? value : from * (1 - elapsed / whole) + to * (elapsed / whole);
}

/** Nothing is told of what is to come. */
function hasBegun(boundaries: readonly Instant[], bucket: number, now: Instant): boolean {
  return (boundaries[bucket] ?? 0) <= now;
}
