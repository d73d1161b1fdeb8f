import { found } from './found.ts';
import { pageArguments } from './page-arguments.ts';
import type { QueryResolvers, ReadingResolvers } from './types.generated.ts';

/** Single values. */
export const readingResolvers = {
  Query: {
    latest: async (_root, args, { open }) => (await open()).values.latest(args),
    readings: async (_root, args, { open }, info) => (await open()).values.readings(pageArguments(args, info)),
  } satisfies QueryResolvers,
  Reading: {
    sensor: ({ series }, _args, { loaders }) => found(loaders.places.sensor(series.sensorId), 'sensor', series.sensorId),
    location: ({ series }, _args, { loaders }) => (series.locationId === null ? null : loaders.places.location(series.locationId)),
    metric: ({ series }, _args, { loaders }) => found(loaders.places.metric(series.metricId), 'metric', series.metricId),
    status: (reading, _args, { loaders }) => loaders.values.statusOfReading(reading),
    batch: (reading, _args, { loaders }) => loaders.lineage.batchOf(reading),
  } satisfies ReadingResolvers,
};
