import { found } from './found.ts';
import type { DownsampledColumnsResolvers, DownsampledSeriesResolvers, QueryResolvers, SensorResolvers } from './types.generated.ts';

/** Raw readings thinned for a chart. */
export const downsampleResolvers = {
  Query: {
    downsample: async (_root, args, { open }) => (await open()).ranges.downsample(args),
  } satisfies QueryResolvers,
  Sensor: {
    downsample: (sensor, args, { loaders }) => loaders.ranges.downsampleOf(sensor, args),
  } satisfies SensorResolvers,
  DownsampledSeries: {
    sensor: ({ sensorId }, _args, { loaders }) => found(loaders.places.sensor(sensorId), 'sensor', sensorId),
    metric: ({ metricId }, _args, { loaders }) => found(loaders.places.metric(metricId), 'metric', metricId),
    points: ({ times, values }) => times.map((time, at) => ({ time, value: values[at] ?? 0 })),
    columns: (line) => line,
  } satisfies DownsampledSeriesResolvers,
  DownsampledColumns: {
    time: ({ times }) => times,
    value: ({ values }) => values,
  } satisfies DownsampledColumnsResolvers,
};
