import type { ResolversParentTypes, SubscriptionResolvers } from './types.generated.ts';

/** What happens. Feeds in the server make the frames, one for all who ask the same: here a frame is only taken as it comes. */
export const subscriptionResolvers = {
  Subscription: {
    breaches: { subscribe: answeredByFeed, resolve: (frame: ResolversParentTypes['BreachFrame']) => frame },
    latest: { subscribe: answeredByFeed, resolve: (readings: readonly ResolversParentTypes['Reading'][]) => readings },
    etlRun: { subscribe: answeredByFeed, resolve: (run: ResolversParentTypes['EtlRun']) => run },
    slaMissed: { subscribe: answeredByFeed, resolve: (miss: ResolversParentTypes['SlaMiss']) => miss },
  } satisfies SubscriptionResolvers,
};

/** graphql-js would subscribe each client by itself. */
function answeredByFeed(): never {
  throw new Error('subscriptions are answered by feeds, not by graphql-js');
}
