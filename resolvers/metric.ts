import { saveMetrics } from '../db/save-metric.ts';
import type { MutationResolvers, QueryResolvers } from './types.generated.ts';

/** What can be measured. */
export const metricResolvers = {
  Query: {
    metrics: async (_root, _args, { open }) => (await open()).places.metrics(),
  } satisfies QueryResolvers,
  Mutation: {
    saveMetrics: async (_root, args, { change }) => {
      const { loaders } = await change((pool) => saveMetrics(pool, args.metrics));
      return args.metrics.flatMap(({ id }) => loaders.places.metric(id) ?? []);
    },
  } satisfies MutationResolvers,
};
