import { found } from './found.ts';
import type { AlertConnectionResolvers, AlertResolvers, QueryResolvers } from './types.generated.ts';

/** The lives of breaches. */
export const alertResolvers = {
  Query: {
    alerts: async (_root, args, { open }) => (await open()).alerts.page(args),
    alert: async (_root, { id }, { open }) => (await open()).alerts.byId(id),
  } satisfies QueryResolvers,
  Alert: {
    state: ({ resolvedAt }) => (resolvedAt === null ? 'OPEN' : 'RESOLVED'),
    sensor: ({ seriesId }, _args, { loaders }) => loaders.places.sensorOfSeries(seriesId),
    location: ({ seriesId }, _args, { loaders }) => loaders.places.locationOfSeries(seriesId),
    metric: ({ seriesId }, _args, { loaders }) => loaders.places.metricOfSeries(seriesId),
    threshold: ({ thresholdId, openedAt }, _args, { loaders }) => found(loaders.places.thresholdAt(thresholdId, openedAt), 'threshold', thresholdId),
    breaches: (alert, _args, { loaders }) => loaders.breaches.ofAlert(alert),
  } satisfies AlertResolvers,
  AlertConnection: {
    totalCount: (page) => page.countAll(),
  } satisfies AlertConnectionResolvers,
};
