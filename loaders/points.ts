import { judge, type Status, worse } from '../alerts/status.ts';
import type { TimesIn } from '../db/aggregate-values.ts';
import type { NumberText } from '../db/text-list.ts';
import type { Instant } from '../db/time/instant.ts';
import { boundaryAt } from './aggregate-question.ts';
import type { AggregateNode, AggregatePointNode } from './aggregates.ts';
import { readGap, readShare } from './measure-arguments.ts';

/** Which of a point's values is judged. */
export type StatusOf = 'WORST' | 'MIN' | 'MAX' | 'AVG' | 'FIRST' | 'LAST';

/** The points of a summary, by time. */
export function pointsOf(of: AggregateNode): readonly AggregatePointNode[] {
  return of.values.bucket.map((_, at) => ({ of, at }));
}

/** One value for every point. */
export function column<T>(of: AggregateNode, take: (point: AggregatePointNode) => T): readonly T[] {
  return of.values.bucket.map((_, at) => take({ of, at }));
}

/** The text of the start of a point's whole bucket. */
export function startText({ of, at }: AggregatePointNode): string {
  return of.boundaryText(bucketOf(of, at));
}

/** The starts of all points. */
export const startTexts = createTexts((of) => column(of, startText));

/** The ends of all points. */
export const endTexts = createTexts((of) => column(of, endText));

/** Remembers the texts of buckets that are the same ones again and again: a frozen list goes with one list of boundaries. Frozen themselves, so that others may remember by them. */
function createTexts(write: (of: AggregateNode) => readonly string[]): (of: AggregateNode) => readonly string[] {
  const known = new WeakMap<readonly Instant[], { readonly bucket: readonly number[]; readonly texts: readonly string[] }>();
  return (of) => {
    const { boundaries, values } = of;
    const before = known.get(boundaries);
    if (before !== undefined && before.bucket === values.bucket) return before.texts;
    const texts = write(of);
    if (Object.isFrozen(values.bucket)) known.set(boundaries, { bucket: values.bucket, texts: Object.freeze(texts) });
    return texts;
  };
}

/** The text of the end of a point's whole bucket. */
export function endText({ of, at }: AggregatePointNode): string {
  return of.boundaryText(bucketOf(of, at) + 1);
}

/** Whether a point may still change because its bucket has not ended. */
export function isProvisional({ of, at }: AggregatePointNode, now: Instant): boolean {
  return boundaryAt(of.boundaries, bucketOf(of, at) + 1) > now;
}

/** How many readings a point has. */
export function countOf({ of, at }: AggregatePointNode): number {
  return valueAt(of.values.count, at);
}

/** Whether a point has no reading of its own. */
export function isFilled(point: AggregatePointNode): boolean {
  return countOf(point) === 0;
}

/** The same bucket one period earlier; null where there is nothing to compare with. */
export function comparedPoint(point: AggregatePointNode): AggregatePointNode | null {
  const { compared } = point.of;
  if (compared === null) return null;
  const earlier = { of: compared, at: point.at };
  return compared.question.fill === 'NONE' && isFilled(earlier) ? null : earlier;
}

/** The standard deviation of the sample; null below two readings. */
export function deviationOf({ of, at }: AggregatePointNode): number | null {
  const count = valueAt(of.values.count, at);
  return count < 2 || of.values.m2 === null ? null : Math.sqrt(valueAt(of.values.m2, at) / (count - 1));
}

/** The greatest value less the least; null where there is none, and where they are filled in. */
export function rangeOf(point: AggregatePointNode): number | null {
  if (isFilled(point)) return null;
  const { of, at } = point;
  const [min, max] = [of.values.min?.[at] ?? null, of.values.max?.[at] ?? null];
  return min === null || max === null ? null : Number(max) - Number(min);
}

/** The value at or below which a share of a point's readings lies. */
export function percentileOf({ of, at }: AggregatePointNode, p: number): NumberText | null {
  return percentilesOf(of, p)?.[at] ?? null;
}

/** The same of all points. */
export function percentileColumn(of: AggregateNode, p: number): readonly (NumberText | null)[] {
  return percentilesOf(of, p) ?? [];
}

function percentilesOf(of: AggregateNode, p: number): readonly (NumberText | null)[] | undefined {
  return of.values.percentiles?.[of.question.measures.percentiles.indexOf(readShare(p))];
}

/** What there is to know of a summary to tell how long its points' values held. */
type HeldPoints = Pick<AggregateNode, 'values' | 'held'>;

/** The average of what was held, each value weighed by how long; null where nothing was. */
export function timeWeightedOf({ of, at }: AggregatePointNode, maxGap: string): number | null {
  return weighted(of, maxGap)(at);
}

/** The same of all points. */
export function timeWeightedColumn(of: HeldPoints, maxGap: string): readonly (number | null)[] {
  const weigh = weighted(of, maxGap);
  return of.values.bucket.map((_, at) => weigh(at));
}

/** By a point's place: what depends on the arguments alone is done before. */
function weighted(of: HeldPoints, maxGap: string): (at: number) => number | null {
  const averageIn = of.held.averages(readGap(maxGap));
  return (at) => averageIn(bucketOf(of, at));
}

/** What is asked of the time in a status. */
export interface TimeInArguments {
  readonly status: Status;
  readonly thresholdsAsOf: TimesIn['asOf'];
  readonly maxGap: string;
}

/** For how many seconds values of a point had a status. */
export function secondsIn({ of, at }: AggregatePointNode, asked: TimeInArguments): number {
  return seconds(of, asked)(at);
}

/** The same of all points. */
export function secondsColumn(of: HeldPoints, asked: TimeInArguments): readonly number[] {
  const count = seconds(of, asked);
  return of.values.bucket.map((_, at) => count(at));
}

/** By a point's place: what depends on the arguments alone is done before. */
function seconds(of: HeldPoints, { status, thresholdsAsOf, maxGap }: TimeInArguments): (at: number) => number {
  const inBucket = of.held.secondsBy(status, { asOf: thresholdsAsOf, maxGap: readGap(maxGap) });
  return (at) => inBucket(bucketOf(of, at));
}

/** The same of the whole range that was asked for. */
export function secondsInAll({ held }: AggregateNode, { status, thresholdsAsOf, maxGap }: TimeInArguments): number {
  return held.seconds(status, { asOf: thresholdsAsOf, maxGap: readGap(maxGap) });
}

/** How a point stands by the rules in force at its bucket's start. */
export function statusOfPoint(point: AggregatePointNode, which: StatusOf): Status | null {
  const { of, at } = point;
  if (of.rules.length === 0) return null;
  const start = boundaryAt(of.boundaries, bucketOf(of, at));
  const statusOf = (value: NumberText | null | undefined) => (value === undefined || value === null ? null : judge(of.rules, start, Number(value)));
  switch (which) {
    case 'WORST':
      return worse(statusOf(of.values.min?.[at]), statusOf(of.values.max?.[at]));
    case 'MIN':
      return statusOf(of.values.min?.[at]);
    case 'MAX':
      return statusOf(of.values.max?.[at]);
    case 'AVG':
      return statusOf(of.values.avg?.[at]);
    case 'FIRST':
      return statusOf(of.values.first?.[at]);
    case 'LAST':
      return statusOf(of.values.last?.[at]);
  }
}

function bucketOf(of: Pick<AggregateNode, 'values'>, at: number): number {
  return valueAt(of.values.bucket, at);
}

/** A column is as long as every other: what is missing would be a bug of the statement. */
function valueAt(values: readonly number[], at: number): number {
  const value = values[at];
  if (value === undefined) throw new Error(`a column of ${values.length} values has none at ${at}`);
  return value;
}
