import type { Rule } from '../alerts/status.ts';
import { thresholdIndexOf } from '../alerts/threshold-index.ts';
import { selectAggregates } from '../db/aggregate.ts';
import type { AggregateResult } from '../db/aggregate-question.ts';
import { type AggregateValues, noValues } from '../db/aggregate-values.ts';
import type { HeldQuestion } from '../db/held-question.ts';
import { type AggregatePlan, planOfReadings } from '../db/planner.ts';
import type { SeriesSpan } from '../db/series-spans.ts';
import type { Instant, TimeWindow } from '../db/time/instant.ts';
import {
  type AggregateQuestion,
  createBoundaryTexts,
  cureOfPoints,
  hullOf,
  isCovered,
  planQuestion,
  pointsToShow,
  readingsToRead,
} from './aggregate-question.ts';
import { type AskedSeries, askedSeries } from './asked-series.ts';
import { chargeHeld } from './charge-held.ts';
import { explainPlan } from './explained-plan.ts';
import type { Group } from './groups.ts';
import { asksForHeld, partHeld } from './held.ts';
import { type HeldSummary, NOTHING_HELD, summariseHeld } from './held-times.ts';
import type { Scene } from './scene.ts';

/** The summary of one group: its values as columns, and what they are read with. */
export interface AggregateNode {
  readonly group: Group;
  readonly question: AggregateQuestion;
  /** Of the buckets that the columns count by; the same for all groups of a question. */
  readonly boundaries: readonly Instant[];
  /** The same for all groups of a question; null where there was nothing to plan for. */
  readonly plan: AggregatePlan | null;
  readonly staleDays: number;
  readonly values: AggregateValues;
  /** How long values held, by the index of a bucket; also of buckets that the columns leave out. */
  readonly held: HeldSummary;
  /** The rules whose scope holds the whole group. */
  readonly rules: readonly Rule[];
  /** The text of the boundary at an index. */
  readonly boundaryText: (index: number) => string;
  /** The same buckets one period earlier, position by position; null where nothing is compared. */
  readonly compared: AggregateNode | null;
}

/** A point is a place in the columns: no values are copied. */
export interface AggregatePointNode {
  readonly of: AggregateNode;
  readonly at: number;
}

/** Answers a question for every group, in the groups' order, with one statement; one more where little is known of the series yet. */
export async function answerGroups(scene: Scene, groups: readonly Group[], question: AggregateQuestion): Promise<readonly AggregateNode[]> {
  const asked = askedSeries(scene, groups);
  const known = await scene.spans.load(scene.db, asked.seriesIds);
  const { result: planned, takeBack } = scene.budget.reversibly(() => plan(scene, groups, question, known));
  const answered = planned === null ? null : await answerPlan(scene, groups, question, asked, planned);
  if (answered !== null) return answered;
  // What was known no longer holds all readings. A batch that was committed since may reach past the days that were planned: it must count as a whole or not at all.
  takeBack();
  return answerAnew(scene, groups, question, asked);
}

async function answerAnew(scene: Scene, groups: readonly Group[], question: AggregateQuestion, asked: AskedSeries): Promise<readonly AggregateNode[]> {
  if (asked.seriesIds.length > 0) await scene.spans.refresh(scene.db, asked.seriesIds);
  const known = await scene.spans.load(scene.db, asked.seriesIds);
  const { result: planned, takeBack } = scene.budget.reversibly(() => plan(scene, groups, question, known));
  if (planned === null) return toNodes(scene, groups, question, null, []);
  const answered = await answerPlan(scene, groups, question, asked, planned);
  if (answered !== null) return answered;
  takeBack();
  return answerAnew(scene, groups, question, asked);
}

/** What is asked of the database: the buckets and their pieces, and what of the same time is asked of values that hold. */
interface Planned {
  readonly plan: AggregatePlan;
  readonly held: HeldQuestion | null;
}

/** null where there is nothing in the window as far as is known. Charges the budget for what is planned. */
function plan(scene: Scene, groups: readonly Group[], question: AggregateQuestion, known: ReadonlyMap<number, SeriesSpan>): Planned | null {
  const spans = groups.map(({ series }) => series.flatMap(({ id }) => known.get(id) ?? []));
  const tiled = planQuestion(question, reachOf(question, hullOf(spans.flat()), scene), scene);
  const planned = tiled === null || question.measures.percentiles.length === 0 ? tiled : planOfReadings(tiled);
  const points = spans.reduce((sum, ofGroup) => sum + pointsToShow(question, planned, hullOf(ofGroup)), 0);
  scene.budget.chargePoints(points, cureOfPoints(groups.length));
  if (planned === null) return null;
  scene.budget.chargeReadings(readingsToRead(planned, spans.flat()));
  const held = asksForHeld(question.measures) ? partHeldOf(scene, groups, question, planned) : null;
  if (held !== null) chargeHeld(held, groups, known, scene);
  return { plan: planned, held };
}

/** The stretch of time in which there is something to tell: from the first reading until the last, or where it matters how long that one holds, until now. */
function reachOf({ measures }: AggregateQuestion, hull: TimeWindow | null, { now }: Scene): TimeWindow | null {
  return hull === null || !asksForHeld(measures) ? hull : { from: hull.from, to: Math.max(hull.to, now) };
}

function partHeldOf(scene: Scene, groups: readonly Group[], { measures }: AggregateQuestion, { boundaries, window }: AggregatePlan): HeldQuestion | null {
  const rules = rulesOf(scene, groups);
  const judged = groups.map(({ series }, place) => ({ series, rules: rules[place] ?? [] }));
  return partHeld({ boundaries, window, measures }, judged, scene);
}

function rulesOf({ catalogue }: Scene, groups: readonly Group[]): readonly (readonly Rule[])[] {
  const index = thresholdIndexOf(catalogue);
  return groups.map(({ metricId, key }) => index.rulesFor(metricId, key));
}

/** null where the statement saw readings beyond the days that were planned. */
async function answerPlan(
  scene: Scene,
  groups: readonly Group[],
  question: AggregateQuestion,
  asked: AskedSeries,
  planned: Planned,
): Promise<readonly AggregateNode[] | null> {
  const { plan: ofBuckets, held } = planned;
  const isCut = ofBuckets.window.from > question.window.from || ofBuckets.window.to < question.window.to;
  const { seriesIds, groups: groupOf, sensorRanks: ranks } = asked;
  const asking = { seriesIds, groups: groupOf, sensorRanks: ranks, plan: ofBuckets, measures: question.measures, isCut, held };
  const { catalogueVersion, extent, results } = await selectAggregates(scene.db, asking);
  scene.witness.saw(catalogueVersion);
  if (scene.explain !== undefined) {
    const staleDays = results.reduce((sum, result) => sum + result.staleDays, 0);
    scene.explain(explainPlan(groups, ofBuckets, { bucket: question.bucket, zone: question.zone, staleDays }));
  }
  return !isCut || isCovered(question.window, reachOf(question, extent, scene), ofBuckets.window) ? toNodes(scene, groups, question, planned, results) : null;
}

function toNodes(
  scene: Scene,
  groups: readonly Group[],
  question: AggregateQuestion,
  planned: Planned | null,
  results: readonly AggregateResult[],
): readonly AggregateNode[] {
  const ofBuckets = planned?.plan ?? null;
  const boundaries = ofBuckets?.boundaries ?? question.boundaries ?? [];
  const boundaryText = createBoundaryTexts(boundaries);
  const rulesBy = rulesOf(scene, groups);
  const byGroup = new Map(results.map((result) => [result.group, result]));
  const none = noValues(question.measures);
  return groups.map((group, position) => {
    const result = byGroup.get(position);
    const rules = rulesBy[position] ?? [];
    const values = result?.values ?? none;
    const line = planned?.held?.lines[planned.held.lineOfGroup[position] ?? -1];
    const times = result?.held ?? null;
    const held = line === undefined || times === null ? NOTHING_HELD : summariseHeld({ line, times, boundaries, rules, now: scene.now });
    return { group, question, boundaries, plan: ofBuckets, staleDays: result?.staleDays ?? 0, values, held, rules, boundaryText, compared: null };
  });
}

/** The same node with other values, and what they are compared with. Written out: what a spread makes outlives the request. */
export function withValues(node: AggregateNode, values: AggregateValues, compared: AggregateNode | null): AggregateNode {
  const { group, question, boundaries, plan: planned, staleDays, held, rules, boundaryText } = node;
  return { group, question, boundaries, plan: planned, staleDays, values, held, rules, boundaryText, compared };
}
