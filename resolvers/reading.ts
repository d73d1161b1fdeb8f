import { found } from './found.ts';
import type { QueryResolvers, ReadingResolvers } from './types.generated.ts';

/** Single values. */
export const readingResolvers = {
  Query: {
    latest: async (_root, args, { open }) => (await open()).latest(args),
    readings: async (_root, args, { open }) => (await open()).readings(args),
  } satisfies QueryResolvers,
  Reading: {
    sensor: ({ series }, _args, { loaders }) => found(loaders.sensor(series.sensorId), 'sensor', series.sensorId),
    location: ({ series }, _args, { loaders }) => (series.locationId === null ? null : loaders.location(series.locationId)),
    metric: ({ series }, _args, { loaders }) => found(loaders.metric(series.metricId), 'metric', series.metricId),
    status: (reading, _args, { loaders }) => loaders.statusOfReading(reading),
  } satisfies ReadingResolvers,
};
