import { formatDuration } from '../db/time/duration.ts';
import { readGap, readShare } from '../loaders/measure-arguments.ts';
import { found } from './found.ts';
import type { LocationResolvers, QueryResolvers, SensorResolvers, StatisticsResolvers } from './types.generated.ts';
import { wantedStatistics } from './wanted-statistics.ts';

/** Whole ranges in one row each. */
export const statisticsResolvers = {
  Query: {
    statistics: async (_root, args, { open }, info) => (await open()).ranges.statistics(args, wantedStatistics(info)),
  } satisfies QueryResolvers,
  Location: {
    statistics: (location, args, { loaders }, info) => loaders.ranges.statisticsAt(location, args, wantedStatistics(info)),
  } satisfies LocationResolvers,
  Sensor: {
    statistics: (sensor, args, { loaders }, info) => loaders.ranges.statisticsOf(sensor, args, wantedStatistics(info)),
  } satisfies SensorResolvers,
  Statistics: {
    group: ({ group }) => group.key,
    metric: ({ group }, _args, { loaders }) => found(loaders.places.metric(group.metricId), 'metric', group.metricId),
    from: ({ window }) => window.from,
    to: ({ window }) => window.to,
    count: ({ result }) => result?.count ?? 0,
    expectedCount: ({ result }) => result?.expectedCount ?? null,
    cadence: ({ result }) => durationOf(result?.cadence),
    gaps: ({ result }) => result?.gaps ?? null,
    longestGap: ({ result }) => durationOf(result?.longestGap),
    first: ({ result }) => result?.first ?? null,
    firstAt: ({ result }) => result?.firstAt ?? null,
    last: ({ result }) => result?.last ?? null,
    lastAt: ({ result }) => result?.lastAt ?? null,
    min: ({ result }) => result?.least ?? null,
    minAt: ({ result }) => result?.leastAt ?? null,
    max: ({ result }) => result?.greatest ?? null,
    maxAt: ({ result }) => result?.greatestAt ?? null,
    avg: ({ result }) => (result === null || result.sum === null ? null : result.sum / result.count),
    sum: ({ result }) => result?.sum ?? null,
    range: ({ result }) => (result === null || result.least === null || result.greatest === null ? null : result.greatest - result.least),
    stddev: ({ result }) => (result === null || result.m2 === null || result.count < 2 ? null : Math.sqrt(result.m2 / (result.count - 1))),
    percentile: ({ result, measures }, { p }) => result?.percentiles?.[measures.percentiles.indexOf(readShare(p))] ?? null,
    timeWeightedAvg: ({ held }, { maxGap }) => held.averages(readGap(maxGap))(0),
    timeIn: ({ held }, { status, thresholdsAsOf, maxGap }) => held.secondsBy(status, { asOf: thresholdsAsOf, maxGap: readGap(maxGap) })(0),
  } satisfies StatisticsResolvers,
};

/** Exact time, so in no unit longer than an hour. */
function durationOf(micros: number | null | undefined): string | null {
  return micros === null || micros === undefined ? null : formatDuration({ months: 0, days: 0, micros });
}
