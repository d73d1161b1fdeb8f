import { judge, type Rule, type Status, worse } from '../alerts/status.ts';
import type { TimesIn } from '../db/aggregate-values.ts';
import type { HeldLine, HeldTimes } from '../db/held-question.ts';
import { type Instant, MICROS_PER_SECOND } from '../db/time/instant.ts';

/** How long the values of one group held, by bucket. */
export interface HeldSummary {
  /** By bucket, the average of what was held in it, each value weighed by how long; null where nothing was. */
  averages(maxGap: number): (bucket: number) => number | null;
  /** By bucket, for how many seconds values had a status in it, summed over the series of the group. */
  secondsBy(status: Status, times: TimesIn): (bucket: number) => number;
  /** The same of all buckets together. */
  seconds(status: Status, times: TimesIn): number;
}

/** What the times of one group are read with. */
export interface HeldReading {
  readonly line: HeldLine;
  readonly times: HeldTimes;
  readonly boundaries: readonly Instant[];
  readonly rules: readonly Rule[];
  readonly now: Instant;
}

/** Of a group of which nothing is held, or nothing can be judged. */
export const NOTHING_HELD: HeldSummary = { averages: () => () => null, secondsBy: () => () => 0, seconds: () => 0 };

type MicrosByStatus = ReadonlyMap<Status, Float64Array>;

/** Puts the classes together: each is judged once, by the one rule of status, and each measure is put together when it is first shown. */
export function summariseHeld(reading: HeldReading): HeldSummary {
  const bucketOf = bucketsOfCells(reading);
  const averages = new Map<number, (bucket: number) => number | null>();
  // By the longest time that values hold: points may ask one by one, and a name of both would be made for each.
  const timesBy = { THEN: new Map<number, MicrosByStatus>(), NOW: new Map<number, MicrosByStatus>() };
  const microsBy = (asked: TimesIn) => {
    const known = timesBy[asked.asOf].get(asked.maxGap) ?? microsByStatus(reading, bucketOf, asked);
    timesBy[asked.asOf].set(asked.maxGap, known);
    return known;
  };
  return {
    averages(maxGap) {
      const known = averages.get(maxGap) ?? averagesOf(reading, bucketOf, maxGap);
      averages.set(maxGap, known);
      return known;
    },
    secondsBy(status, asked) {
      const micros = microsBy(asked).get(status);
      return (bucket) => (micros?.[bucket] ?? 0) / MICROS_PER_SECOND;
    },
    seconds: (status, asked) =>
      (microsBy(asked)
        .get(status)
        ?.reduce((sum, micros) => sum + micros, 0) ?? 0) / MICROS_PER_SECOND,
  };
}

/** The bucket in which each cell of the line lies. */
function bucketsOfCells({ line: { cuts }, boundaries }: HeldReading): readonly number[] {
  let bucket = 0;
  return cuts.map((cut) => {
    while ((boundaries[bucket + 1] ?? Number.POSITIVE_INFINITY) <= cut) bucket++;
    return bucket;
  });
}

function averagesOf({ times, line: { ages }, boundaries }: HeldReading, bucketOf: readonly number[], maxGap: number): (bucket: number) => number | null {
  const weighted = new Float64Array(boundaries.length);
  const micros = new Float64Array(boundaries.length);
  for (let row = 0; row < times.cell.length; row++) {
    if (at(ages, at(times.age, row)) >= maxGap) continue;
    const bucket = at(bucketOf, at(times.cell, row));
    weighted[bucket] = at(weighted, bucket) + at(times.weighted ?? [], row);
    micros[bucket] = at(micros, bucket) + at(times.micros, row);
  }
  return (bucket) => (micros[bucket] ? at(weighted, bucket) / at(micros, bucket) : null);
}

/** The microseconds of each status by bucket: whole numbers, so their sums are exact. */
function microsByStatus(reading: HeldReading, bucketOf: readonly number[], asked: TimesIn): MicrosByStatus {
  const { times, boundaries } = reading;
  const statusOf = createJudge(reading, asked);
  const byStatus = new Map<Status, Float64Array>();
  for (let row = 0; row < times.cell.length; row++) {
    const cell = at(times.cell, row);
    const status = statusOf(cell, at(times.kind, row), at(times.age, row));
    if (status === null) continue;
    const micros = byStatus.get(status) ?? new Float64Array(boundaries.length);
    byStatus.set(status, micros);
    const bucket = at(bucketOf, cell);
    micros[bucket] = at(micros, bucket) + at(times.micros, row);
  }
  return byStatus;
}

/**
 * Judges cells between two changes of the rules alike, and values apart from ages, for the worse of both is their status: a year of hours has thousands of cells, and hundreds
 * of thresholds have as many classes of each.
 */
function createJudge(
  { line: { cuts, edges, ages }, rules, now }: HeldReading,
  { asOf, maxGap }: TimesIn,
): (cell: number, kind: number, age: number) => Status | null {
  const alike = asOf === 'THEN' ? firstJudgedAlike(cuts, rules) : cuts.map(() => 0);
  const instantOf = (first: number): Instant => (asOf === 'THEN' ? at(cuts, first) : now);
  const ofValue = rememberPairs(2 * edges.length + 1, (first, kind) => judge(rules, instantOf(first), valueWithin(edges, kind)));
  // No band holds what is no number: only silence is judged.
  const ofAge = rememberPairs(ages.length, (first, age) => judge(rules, instantOf(first), Number.NaN, ageWithin(ages, age)));
  return (cell, kind, age) => {
    const first = at(alike, cell);
    const silence = ofAge(first, age);
    if (at(ages, age) < maxGap) return worse(ofValue(first, kind), silence);
    return silence === 'NO_DATA' ? silence : null;
  };
}

/** Answers of two numbers, the second below `count`, each computed once. */
function rememberPairs<T>(count: number, compute: (first: number, second: number) => T): (first: number, second: number) => T {
  const known = new Map<number, T>();
  return (first, second) => {
    const name = first * count + second;
    const before = known.get(name);
    if (before !== undefined) return before;
    const computed = compute(first, second);
    known.set(name, computed);
    return computed;
  };
}

/** For each cell the first one since the rules last changed. */
function firstJudgedAlike(cuts: readonly Instant[], rules: readonly Rule[]): readonly number[] {
  const changes = new Set(rules.flatMap(({ from, to }) => [from, to]));
  let first = 0;
  return cuts.map((cut, cell) => {
    if (changes.has(cut)) first = cell;
    return first;
  });
}

/** Any value of a class: an edge itself, or what lies strictly between two of them. */
function valueWithin(edges: readonly number[], kind: number): number {
  const place = kind >> 1;
  const below = edges[place - 1] ?? Number.NEGATIVE_INFINITY;
  if (kind % 2 === 1) return at(edges, place);
  const above = edges[place] ?? Number.POSITIVE_INFINITY;
  if (below === Number.NEGATIVE_INFINITY) return below;
  return above === Number.POSITIVE_INFINITY ? above : below / 2 + above / 2;
}

/** Any age of a class; a point in time more or less makes no difference. */
function ageWithin(ages: readonly number[], age: number): number {
  const from = at(ages, age);
  const to = ages[age + 1];
  return to === undefined ? from + 1 : from + (to - from) / 2;
}

/** Columns are of one length, and classes are those of the line: what is missing would be a bug of the statement. */
function at(values: ArrayLike<number>, place: number): number {
  const value = values[place];
  if (value === undefined) throw new Error(`there is nothing at ${place} of ${values.length}`);
  return value;
}
