import { formatDuration } from '../db/time/duration.ts';
import {
  column,
  comparedPoint,
  countOf,
  deviationOf,
  endText,
  isFilled,
  isProvisional,
  percentileOf,
  pointsOf,
  rangeOf,
  secondsIn,
  secondsInAll,
  startText,
  statusOfPoint,
  timeWeightedOf,
} from '../loaders/points.ts';
import { found } from './found.ts';
import type {
  AggregateColumnsResolvers,
  AggregatePointResolvers,
  AggregateRowResolvers,
  AggregateSeriesResolvers,
  GroupResolvers,
  PlanResolvers,
  QueryResolvers,
} from './types.generated.ts';
import { wantedMeasures } from './wanted-measures.ts';

/** What a point and a row have in common. */
const pointResolvers = {
  start: startText,
  end: endText,
  count: countOf,
  min: ({ of, at }) => of.values.min?.[at] ?? null,
  max: ({ of, at }) => of.values.max?.[at] ?? null,
  avg: ({ of, at }) => of.values.avg?.[at] ?? null,
  sum: ({ of, at }) => of.values.sum?.[at] ?? null,
  stddev: deviationOf,
  first: ({ of, at }) => of.values.first?.[at] ?? null,
  last: ({ of, at }) => of.values.last?.[at] ?? null,
  range: rangeOf,
  percentile: (point, { p }) => percentileOf(point, p),
  timeWeightedAvg: (point, { maxGap }) => timeWeightedOf(point, maxGap),
  timeIn: secondsIn,
  status: (point, { of }) => statusOfPoint(point, of),
  filled: isFilled,
  provisional: (point, _args, { loaders }) => isProvisional(point, loaders.now),
  compared: comparedPoint,
} satisfies AggregatePointResolvers;

/** Summaries by bucket and group. */
export const aggregateResolvers = {
  Query: {
    aggregates: async (_root, args, { open }, info) => (await open()).values.aggregates(args, wantedMeasures(info)),
    aggregateRows: async (_root, args, { open }, info) => (await (await open()).values.aggregates(args, wantedMeasures(info))).flatMap(pointsOf),
  } satisfies QueryResolvers,
  AggregateSeries: {
    group: ({ group }) => group.key,
    metric: ({ group }, _args, { loaders }) => found(loaders.places.metric(group.metricId), 'metric', group.metricId),
    bucket: ({ question }) => formatDuration(question.bucket),
    timezone: ({ question }) => question.zone,
    plan: (series) => series,
    points: pointsOf,
    columns: (series) => series,
    timeIn: secondsInAll,
  } satisfies AggregateSeriesResolvers,
  Plan: {
    pieces: (series, _args, { loaders }) => loaders.values.piecesOf(series),
  } satisfies PlanResolvers,
  Group: {
    location: ({ locationId }, _args, { loaders }) => (locationId === null ? null : loaders.places.location(locationId)),
    sensor: ({ sensorId }, _args, { loaders }) => (sensorId === null ? null : loaders.places.sensor(sensorId)),
  } satisfies GroupResolvers,
  AggregatePoint: pointResolvers,
  AggregateColumns: {
    start: (series) => column(series, startText),
    end: (series) => column(series, endText),
    count: ({ values }) => values.count,
    min: ({ values }) => values.min ?? [],
    max: ({ values }) => values.max ?? [],
    avg: ({ values }) => values.avg ?? [],
    sum: ({ values }) => values.sum ?? [],
    stddev: (series) => column(series, deviationOf),
    first: ({ values }) => values.first ?? [],
    last: ({ values }) => values.last ?? [],
    range: (series) => column(series, rangeOf),
    percentile: (series, { p }) => column(series, (point) => percentileOf(point, p)),
    timeWeightedAvg: (series, { maxGap }) => column(series, (point) => timeWeightedOf(point, maxGap)),
    timeIn: (series, args) => column(series, (point) => secondsIn(point, args)),
    status: (series, { of }) => column(series, (point) => statusOfPoint(point, of)),
    filled: (series) => column(series, isFilled),
    provisional: (series, _args, { loaders }) => column(series, (point) => isProvisional(point, loaders.now)),
    compared: ({ compared }) => compared,
  } satisfies AggregateColumnsResolvers,
  AggregateRow: {
    ...pointResolvers,
    factory: ({ of }) => of.group.key.factory,
    building: ({ of }) => of.group.key.building,
    floor: ({ of }) => of.group.key.floor,
    area: ({ of }) => of.group.key.area,
    location: ({ of }) => of.group.key.locationId,
    sensor: ({ of }) => of.group.key.sensorId,
    metric: ({ of }) => of.group.metricId,
    unit: ({ of }, _args, { loaders }) => found(loaders.places.metric(of.group.metricId), 'metric', of.group.metricId).unit,
  } satisfies AggregateRowResolvers,
};
