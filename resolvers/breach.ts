import { found } from './found.ts';
import type { BreachResolvers, QueryResolvers } from './types.generated.ts';

/** What series did about their bands. */
export const breachResolvers = {
  Query: {
    breaches: async (_root, args, { open }) => (await open()).breaches.page(args),
  } satisfies QueryResolvers,
  Breach: {
    id: ({ number }) => String(number),
    sensor: ({ seriesId }, _args, { loaders }) => loaders.places.sensorOfSeries(seriesId),
    location: ({ seriesId }, _args, { loaders }) => loaders.places.locationOfSeries(seriesId),
    metric: ({ seriesId }, _args, { loaders }) => loaders.places.metricOfSeries(seriesId),
    threshold: (breach, _args, { loaders }) => loaders.breaches.thresholdOf(breach),
    alert: async ({ alertId }, _args, { loaders }) => found(await loaders.alerts.byId(alertId), 'alert', alertId),
    message: (breach, _args, { loaders }) => loaders.breaches.messageOf(breach),
  } satisfies BreachResolvers,
};
