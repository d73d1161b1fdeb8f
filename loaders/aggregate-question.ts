import type { Measures } from '../db/aggregate-values.ts';
import { type AggregatePlan, planAggregate, planBoundaries } from '../db/planner.ts';
import type { SeriesSpan } from '../db/series-spans.ts';
import { type Bucket, bucketBoundaries, bucketsBefore, estimateBucketCount } from '../db/time/buckets.ts';
import { countUpTo } from '../db/time/count-up-to.ts';
import type { Duration } from '../db/time/duration.ts';
import { formatInstant, type Instant, MICROS_PER_DAY, type TimeWindow } from '../db/time/instant.ts';
import type { Budget } from './budget.ts';
import type { Scene } from './scene.ts';
import { type BucketArguments, readBucket, readPeriod, readWindow, readZone, type WindowArguments } from './time-arguments.ts';

/** From how many buckets before it a bucket without readings may be filled. */
export const MOST_BEFORE = 100;

/** When and in what steps, as a caller says it, and what of it an answer will show. */
export interface AggregateArguments extends WindowArguments, BucketArguments {
  readonly fill: Fill;
  readonly compare?: string | null;
}

/** What a bucket without readings becomes. */
export type Fill = 'NONE' | 'NULL' | 'PREVIOUS' | 'LINEAR';

/** A question about any number of groups, read and checked. */
export interface AggregateQuestion {
  readonly window: TimeWindow;
  readonly zone: string;
  readonly bucket: Bucket;
  readonly measures: Measures;
  readonly fill: Fill;
  /** How long before the buckets lie that these are compared with. */
  readonly compare: Duration | null;
  /** Of all buckets that an answer shows, the empty ones too; null: only buckets that may have readings are looked at. */
  readonly boundaries: readonly Instant[] | null;
  /** The starts of the buckets before the first that may fill it; none where nothing is filled from before. */
  readonly earlier: readonly Instant[];
  /** Whether a group that has no readings is answered all the same. */
  readonly keepsEmptyGroups: boolean;
}

/** Whose question it is: a place or device has an answer also where it has no readings. */
export type Asker = 'query' | 'holder';

/** Reads the arguments and refuses what breaks a rule. */
export function readAggregateQuestion(args: AggregateArguments, measures: Measures, asker: Asker, scene: Scene): AggregateQuestion {
  const zone = readZone(args, scene);
  const window = readWindow(args, zone, scene);
  const bucket = readBucket(args, zone, window);
  const compare = readPeriod(args.compare);
  const boundaries = args.fill === 'NONE' ? null : boundariesWithin(bucket, zone, window, scene);
  const earlier = args.fill === 'PREVIOUS' && boundaries !== null ? bucketsBefore(bucket, zone, boundaries[0] ?? window.from, MOST_BEFORE) : [];
  // What is filled or compared is told by the count.
  const counted = args.fill === 'NONE' && compare === null ? measures : { ...measures, count: true };
  return { bucket, window, zone, measures: counted, fill: args.fill, compare, boundaries, earlier, keepsEmptyGroups: asker === 'holder' };
}

/** The smallest window that holds all of the spans; null where there are none. */
export function hullOf(spans: readonly SeriesSpan[]): TimeWindow | null {
  if (spans.length === 0) return null;
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { window } of spans) {
    from = Math.min(from, window.from);
    to = Math.max(to, window.to);
  }
  return { from, to };
}

/** What two windows have in common; null where that is nothing. */
function overlapOf(a: TimeWindow, b: TimeWindow): TimeWindow | null {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  return from < to ? { from, to } : null;
}

/**
 * Plans the part of the window that may hold readings, cut to whole UTC days: `from: "1970"` costs no more than the record is long. Buckets are whole all
 * the same, so their points do not show the cut. Null where there is nothing in the window.
 */
export function planQuestion({ bucket, zone, window, boundaries }: AggregateQuestion, hull: TimeWindow | null, { budget }: Scene): AggregatePlan | null {
  const days = partWithin(window, hull);
  if (days === null) return null;
  if (boundaries === null) refuseFarTooMany(bucket, days, budget);
  const plan = boundaries === null ? planAggregate({ bucket, zone, window: days }) : planBoundaries(boundaries, days);
  budget.chargeBuckets(plan.boundaries.length - 1);
  return plan;
}

/** The boundaries of all buckets of a window. */
function boundariesWithin(bucket: Bucket, zone: string, window: TimeWindow, { budget }: Scene): readonly Instant[] {
  refuseFarTooMany(bucket, window, budget);
  return bucketBoundaries(bucket, zone, window);
}

function refuseFarTooMany(bucket: Bucket, window: TimeWindow, budget: Budget): void {
  const estimate = estimateBucketCount(bucket, window);
  // The estimate is never too low, but too high by a few for each year: what is near the limit is counted with the boundaries.
  if (estimate > 2 * budget.maxPoints) budget.chargeBuckets(estimate);
  // Nothing, unless earlier questions of the request are already too much.
  budget.chargeBuckets(0);
}

/** What a caller can do where groups have too many points together. */
export function cureOfPoints(groups: number): string {
  return groups > 1
    ? 'ask for a longer bucket, a smaller maxPoints, a shorter range or fewer groups'
    : 'ask for a longer bucket, a smaller maxPoints or a shorter range';
}

/** How many points the answer for a group may have. */
export function pointsToShow(question: AggregateQuestion, planned: AggregatePlan | null, hull: TimeWindow | null): number {
  if (question.fill === 'NONE' || question.boundaries === null) return planned === null || hull === null ? 0 : bucketsTouched(planned, hull);
  return question.keepsEmptyGroups || partWithin(question.window, hull) !== null ? question.boundaries.length - 1 : 0;
}

/** Whether a plan holds all of a question's window in which, as is known by now, there are readings. */
export function isCovered(window: TimeWindow, hull: TimeWindow | null, planned: TimeWindow): boolean {
  const days = partWithin(window, hull);
  return days === null || (planned.from <= days.from && planned.to >= days.to);
}

/** The part of a window that lies on the UTC days of a hull. */
function partWithin(window: TimeWindow, hull: TimeWindow | null): TimeWindow | null {
  return hull === null ? null : overlapOf(window, { from: startOfDay(hull.from), to: startOfDay(hull.to - 1) + MICROS_PER_DAY });
}

function startOfDay(instant: Instant): Instant {
  return Math.floor(instant / MICROS_PER_DAY) * MICROS_PER_DAY;
}

/** How many buckets of the plan a hull touches: a group cannot have more points. */
function bucketsTouched({ boundaries, window }: AggregatePlan, hull: TimeWindow): number {
  const overlap = overlapOf(window, hull);
  if (overlap === null) return 0;
  return countUpTo(boundaries, overlap.to - 1) - countUpTo(boundaries, overlap.from) + 1;
}

/** How many readings the database will read for a plan, were they spread evenly: those in the pieces that no rollup answers. */
export function readingsToRead({ pieces, window }: AggregatePlan, spans: readonly SeriesSpan[]): number {
  const fromReadings = pieces.filter(({ source }) => source === 'reading').reduce((sum, { from, to }) => sum + to - from, 0);
  if (fromReadings === 0) return 0;
  const share = fromReadings / (window.to - window.from);
  return Math.ceil(spans.reduce((sum, span) => sum + readingsWithin(span, window), 0) * share);
}

/** How many readings of a span lie in a window, were they spread evenly. */
export function readingsWithin({ window: whole, readings }: SeriesSpan, window: TimeWindow): number {
  const overlap = overlapOf(whole, window);
  return overlap === null ? 0 : Math.ceil((readings * (overlap.to - overlap.from)) / (whole.to - whole.from));
}

const writtenTexts = new WeakMap<readonly Instant[], string[]>();

/** Texts of boundaries, each written once for all groups that show it, and for as long as its plan is remembered. */
export function createBoundaryTexts(boundaries: readonly Instant[]): (index: number) => string {
  const texts = writtenTexts.get(boundaries) ?? [];
  writtenTexts.set(boundaries, texts);
  return (index) => {
    texts[index] ??= formatInstant(boundaryAt(boundaries, index));
    return texts[index];
  };
}

/** A boundary that must be there: an index past the ends would be a bug of the statement. */
export function boundaryAt(boundaries: readonly Instant[], index: number): Instant {
  const boundary = boundaries[index];
  if (boundary === undefined) throw new Error(`there is no boundary at ${index}`);
  return boundary;
}
