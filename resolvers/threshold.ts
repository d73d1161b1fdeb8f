import { createThreshold, deleteThreshold, updateThreshold } from '../alerts/change-threshold.ts';
import { found } from './found.ts';
import type { MutationResolvers, QueryResolvers, ThresholdResolvers, ThresholdScopeResolvers } from './types.generated.ts';

/** Bands that judge values. */
export const thresholdResolvers = {
  Query: {
    thresholds: async (_root, args, { open }) => (await open()).places.thresholds(args),
    threshold: async (_root, { id }, { open }) => (await open()).places.threshold(id),
  } satisfies QueryResolvers,
  Mutation: {
    createThreshold: async (_root, { input }, { change }) => {
      const { result: id, loaders } = await change((pool, present, lateAfter) => createThreshold(pool, input, present, lateAfter));
      return found(loaders.places.threshold(id), 'threshold', id);
    },
    updateThreshold: async (_root, { id, input }, { change }) => {
      const { loaders } = await change((pool, present, lateAfter) => updateThreshold(pool, id, input, present, lateAfter));
      return found(loaders.places.threshold(id), 'threshold', id);
    },
    deleteThreshold: async (_root, { id }, { change }) => {
      const { loaders } = await change((pool, present, lateAfter) => deleteThreshold(pool, id, present, lateAfter));
      return found(loaders.places.lastVersionOf(id), 'threshold', id);
    },
  } satisfies MutationResolvers,
  Threshold: {
    metric: ({ metricId }, _args, { loaders }) => found(loaders.places.metric(metricId), 'metric', metricId),
  } satisfies ThresholdResolvers,
  ThresholdScope: {
    location: ({ locationId }) => locationId,
    sensor: ({ sensorId }) => sensorId,
  } satisfies ThresholdScopeResolvers,
};
