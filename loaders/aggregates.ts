import DataLoader from 'dataloader';
import type { Rule } from '../alerts/status.ts';
import { thresholdIndexOf } from '../alerts/threshold-index.ts';
import type { AggregateResult, AggregateValues } from '../db/aggregate.ts';
import { selectAggregates } from '../db/aggregate.ts';
import type { AggregatePlan } from '../db/planner.ts';
import { selectSeriesSpans } from '../db/series-stats.ts';
import {
  type AggregateArguments,
  type AggregateQuestion,
  bucketsTouched,
  createBoundaryTexts,
  type Extent,
  extentOf,
  hullOf,
  isCovered,
  type Measures,
  planQuestion,
  readAggregateQuestion,
  readingsToRead,
} from './aggregate-question.ts';
import type { Group } from './groups.ts';
import { sensorRanks } from './order.ts';
import type { Scene } from './scene.ts';

/** The summary of one group: its values as columns, and what they are read with. */
export interface AggregateNode {
  readonly group: Group;
  readonly question: AggregateQuestion;
  /** The same for all groups of a question; null where there was nothing to plan for. */
  readonly plan: AggregatePlan | null;
  readonly staleDays: number;
  readonly values: AggregateValues;
  /** The rules whose scope holds the whole group. */
  readonly rules: readonly Rule[];
  /** The text of the plan's boundary at an index. */
  readonly boundaryText: (index: number) => string;
}

/** A point is a place in the columns: no values are copied. */
export interface AggregatePointNode {
  readonly of: AggregateNode;
  readonly at: number;
}

/** Summaries of groups that share arguments, any number of groups with one statement. Groups of one loader must not share series. */
export type AggregatesLoader = DataLoader<Group, AggregateNode, string>;

/** One loader for each set of arguments and for each kind of holder; a request asks with few. */
export function createAggregatesLoaders(scene: Scene): (kind: 'location' | 'sensor', args: AggregateArguments, measures: Measures) => AggregatesLoader {
  const loaders = new Map<string, AggregatesLoader>();
  return (kind, args, measures) => {
    const name = JSON.stringify([kind, args.from, args.to ?? null, args.bucket ?? null, args.timezone ?? null, measures.stddev, measures.firstLast]);
    const known = loaders.get(name);
    if (known !== undefined) return known;
    // Async, so that a refused argument rejects: DataLoader takes what a batch throws at once for a misuse, and hides it.
    const loader: AggregatesLoader = new DataLoader(async (groups) => answerGroups(scene, groups, readAggregateQuestion(args, measures, scene)), {
      cacheKeyFn: ({ key, metricId }) => JSON.stringify([key.locationId, key.sensorId, metricId]),
    });
    loaders.set(name, loader);
    return loader;
  };
}

/** Answers a question for every group, in the groups' order. Two statements: how much there is, and the values; a third where the window was cut. */
export async function answerGroups(scene: Scene, groups: readonly Group[], question: AggregateQuestion): Promise<readonly AggregateNode[]> {
  return answerWithin(scene, groups, question, await selectExtents(scene, groups));
}

async function answerWithin(
  scene: Scene,
  groups: readonly Group[],
  question: AggregateQuestion,
  extents: readonly (readonly Extent[])[],
): Promise<readonly AggregateNode[]> {
  const plan = planQuestion(question, hullOf(extents.flat()), scene);
  const shared = { question, plan, boundaryText: createBoundaryTexts(plan) };
  const index = thresholdIndexOf(scene.catalogue);
  const toNode = (group: Group, result: AggregateResult | undefined): AggregateNode => {
    const rules = index.rulesFor(group.metricId, group.key);
    return { ...shared, group, rules, staleDays: result?.staleDays ?? 0, values: result?.values ?? NO_VALUES };
  };
  if (plan === null) return groups.map((group) => toNode(group, undefined));

  scene.budget.chargePoints(extents.map(hullOf).reduce((sum, hull) => sum + (hull === null ? 0 : bucketsTouched(plan, hull)), 0));
  scene.budget.chargeReadings(readingsToRead(plan, extents.flat()));
  const results = await selectResults(scene, groups, plan, question.measures);
  if (!isCovered(question.window, question.window, plan.window)) {
    // A batch that was committed since may reach past the days that were planned: it must count as a whole or not at all.
    const since = await selectExtents(scene, groups);
    if (!isCovered(question.window, hullOf(since.flat()), plan.window)) return answerWithin(scene, groups, question, since);
  }
  const byGroup = new Map(results.map((result) => [result.group, result]));
  return groups.map((group, position) => toNode(group, byGroup.get(position)));
}

const NO_VALUES: AggregateValues = { bucket: [], count: [], sum: [], min: [], max: [], m2: null, first: null, last: null };

/** What is known of each group's series. */
async function selectExtents(scene: Scene, groups: readonly Group[]): Promise<readonly (readonly Extent[])[]> {
  const seriesIds = groups.flatMap(({ series }) => series.map(({ id }) => id));
  const spans = seriesIds.length === 0 ? [] : await selectSeriesSpans(scene.db, seriesIds);
  const bySeries = new Map(spans.map((span) => [span.seriesId, extentOf(span)]));
  return groups.map(({ series }) => series.flatMap(({ id }) => bySeries.get(id) ?? []));
}

/** Asks every series, also those that had nothing to say a moment ago: a load may have come between, and the values must be of one moment. */
async function selectResults(scene: Scene, groups: readonly Group[], plan: AggregatePlan, measures: Measures): Promise<readonly AggregateResult[]> {
  const ranks = sensorRanks(scene.catalogue);
  const asked = groups.flatMap(({ series }, group) => series.map((row) => ({ row, group }))).sort((a, b) => a.row.id - b.row.id);
  if (asked.length === 0) return [];
  return selectAggregates(scene.db, {
    seriesIds: asked.map(({ row }) => row.id),
    groups: asked.map(({ group }) => group),
    sensorRanks: asked.map(({ row }) => ranks.get(row.sensorId) ?? 0),
    plan,
    measures,
  });
}
