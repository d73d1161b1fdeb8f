import type { Status } from '../alerts/status.ts';
import type { Measures } from '../db/aggregate-values.ts';
import type { LocationRow, SensorRow, SeriesRow } from '../db/catalogue.ts';
import { type ReportedPiece, reportPieces } from '../db/planner.ts';
import { parseRfc3339 } from '../db/time/rfc3339.ts';
import { type AggregateArguments, readAggregateQuestion } from './aggregate-question.ts';
import type { AggregateNode } from './aggregates.ts';
import { createAggregatesLoaders } from './aggregates-loaders.ts';
import { answerCompletely } from './complete-aggregates.ts';
import { type Group, type Grouping, groupSeries, keyOfLocation, keyOfSensor } from './groups.ts';
import { type LatestLoader, type ReadingNode, statusOfReading, worstStatus } from './latest.ts';
import { readMetrics, seriesOfMetric } from './metrics.ts';
import { once } from './once.ts';
import type { Page } from './page.ts';
import { presenceAt } from './presence.ts';
import { createReadingsLoaders, loadPages, type ReadingsArguments } from './readings.ts';
import type { Scene } from './scene.ts';
import { type SeriesFilter, selectSeries } from './select-series.ts';

export interface GroupedArguments extends SeriesFilter, AggregateArguments {
  readonly metrics: readonly string[];
  readonly by: Grouping;
}

export interface HolderAggregateArguments extends AggregateArguments {
  readonly metric: string;
}

export interface HolderReadingsArguments extends ReadingsArguments {
  readonly metric: string;
}

/** What was measured, and how it stands: a number of statements that depends on the document alone. */
export interface ValueLoaders {
  latest(filter: SeriesFilter): Promise<readonly ReadingNode[]>;
  latestAt(location: LocationRow, metrics: readonly string[] | null | undefined): Promise<readonly ReadingNode[]>;
  latestOf(sensor: SensorRow, metrics: readonly string[] | null | undefined): Promise<readonly ReadingNode[]>;
  statusAt(location: LocationRow): Promise<Status | null>;
  statusOf(sensor: SensorRow): Promise<Status | null>;
  /** The time of a sensor's newest reading, wherever it was taken. */
  lastSeenOf(sensor: SensorRow): Promise<string | null>;
  statusOfReading(reading: ReadingNode): Status | null;
  readings(filter: SeriesFilter & ReadingsArguments): Promise<Page<ReadingNode>>;
  readingsAt(location: LocationRow, args: HolderReadingsArguments): Promise<Page<ReadingNode>>;
  readingsOf(sensor: SensorRow, args: HolderReadingsArguments): Promise<Page<ReadingNode>>;
  /** Groups that have readings. */
  aggregates(args: GroupedArguments, measures: Measures): Promise<readonly AggregateNode[]>;
  /** From which relations a summary was put together. */
  piecesOf(summary: AggregateNode): readonly ReportedPiece[];
  aggregatesAt(location: LocationRow, args: HolderAggregateArguments, measures: Measures): Promise<AggregateNode>;
  aggregatesOf(sensor: SensorRow, args: HolderAggregateArguments, measures: Measures): Promise<AggregateNode>;
}

/** For one request. */
export function createValueLoaders(scene: Scene, latest: LatestLoader): ValueLoaders {
  const { catalogue } = scene;
  const presence = presenceAt(catalogue, scene.now);
  const readingsBy = createReadingsLoaders(scene);
  const aggregatesBy = createAggregatesLoaders(scene);

  const select = (series: Iterable<SeriesRow>, filter: SeriesFilter) => selectSeries(scene, latest, series, filter);
  const latestAmong = (series: readonly SeriesRow[], metrics: readonly string[] | null | undefined) => {
    const metricIds = readMetrics(catalogue, metrics);
    const asked = metricIds === null ? series : series.filter(({ metricId }) => metricIds.has(metricId));
    scene.budget.chargeNodes(asked.length);
    return latest.load(asked);
  };
  const measuredAt = ({ id }: LocationRow, metric: string) => seriesOfMetric(catalogue, catalogue.seriesByLocation.get(id), metric);
  const measuredBy = ({ id }: SensorRow, metric: string) => seriesOfMetric(catalogue, catalogue.seriesBySensor.get(id), metric);
  const groupAt = (location: LocationRow, metricId: string): Group => ({ key: keyOfLocation(location), metricId, series: measuredAt(location, metricId) });
  const groupOf = (sensor: SensorRow, metricId: string): Group => ({ key: keyOfSensor(catalogue, sensor.id), metricId, series: measuredBy(sensor, metricId) });

  const statusOfSeries = once(async (series: readonly SeriesRow[]) => worstStatus(scene, await latest.load(series)));
  // All groups of a question share its plan.
  const piecesOfPlan = once(reportPieces);
  const lastSeen = once(async (id: string) => newestTime(await latest.load(catalogue.seriesBySensor.get(id) ?? [])));
  // A question is answered once, but its answer is written as often as it is asked for.
  const charged = async <A>(answer: Promise<A>, sizeOf: (answer: A) => number): Promise<A> => {
    const known = await answer;
    scene.budget.chargeNodes(sizeOf(known));
    return known;
  };
  const chargedPage = (page: Promise<Page<ReadingNode>>) => charged(page, ({ nodes }) => nodes.length);
  const chargedSummary = (summary: Promise<AggregateNode>) => charged(summary, ({ values, compared }) => values.bucket.length * (compared === null ? 1 : 2));

  return {
    latest: async (filter) => charged(latest.load(await select(presence.allSeries, filter)), ({ length }) => length),
    latestAt: ({ id }, metrics) => latestAmong(presence.seriesAt(id), metrics),
    latestOf: ({ id }, metrics) => latestAmong(presence.seriesOf(id), metrics),
    statusAt: ({ id }) => statusOfSeries(presence.seriesAt(id)),
    statusOf: ({ id }) => statusOfSeries(presence.seriesOf(id)),
    lastSeenOf: ({ id }) => lastSeen(id),
    statusOfReading: (reading) => statusOfReading(scene, reading),
    readings: async (args) => onlyOne(await loadPages(scene, [{ id: '', series: await select(catalogue.series.values(), args) }], args)),
    // Arguments are handed on whole: an object of the rest of them is slow to make.
    readingsAt: (location, args) => chargedPage(readingsBy('location', args.metric, args).load({ id: location.id, series: measuredAt(location, args.metric) })),
    readingsOf: (sensor, args) => chargedPage(readingsBy('sensor', args.metric, args).load({ id: sensor.id, series: measuredBy(sensor, args.metric) })),
    async aggregates({ by, ...args }, measures) {
      const question = readAggregateQuestion(args, measures, 'query', scene);
      const groups = groupSeries(catalogue, await select(catalogue.series.values(), args), by, args.metrics);
      return answerCompletely(scene, groups, question);
    },
    piecesOf({ plan }) {
      if (plan === null) return [];
      const pieces = piecesOfPlan(plan);
      scene.budget.chargeNodes(pieces.length);
      return pieces;
    },
    aggregatesAt: (location, args, measures) => chargedSummary(aggregatesBy('location', args, measures).load(groupAt(location, args.metric))),
    aggregatesOf: (sensor, args, measures) => chargedSummary(aggregatesBy('sensor', args, measures).load(groupOf(sensor, args.metric))),
  };
}

/** By instant: texts with and without a fraction do not sort as text. */
function newestTime(readings: readonly ReadingNode[]): string | null {
  const newest = readings
    .map(({ time }) => ({ time, instant: parseRfc3339(time) ?? 0 }))
    .reduce((a, b) => (b.instant > a.instant ? b : a), { time: '', instant: Number.NEGATIVE_INFINITY });
  return newest.time === '' ? null : newest.time;
}

function onlyOne<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error('one question has one answer');
  return item;
}
