import { saveLocations } from '../alerts/change-places.ts';
import { zoneName } from '../loaders/zone-name.ts';
import { pageArguments } from './page-arguments.ts';
import type { LocationResolvers, MutationResolvers, QueryResolvers } from './types.generated.ts';
import { wantedMeasures } from './wanted-measures.ts';

/** Places, and what was measured at them. */
export const locationResolvers = {
  Query: {
    locations: async (_root, args, { open }) => (await open()).places.locations(args),
    location: async (_root, { id }, { open }) => (await open()).places.location(id),
  } satisfies QueryResolvers,
  Mutation: {
    saveLocations: async (_root, args, { change }) => {
      const { loaders } = await change((pool, present, lateAfter) =>
        saveLocations(
          pool,
          args.locations.map((input) => ({ ...input, timezone: zoneName(input.timezone) })),
          present,
          lateAfter,
        ),
      );
      return args.locations.flatMap(({ id }) => loaders.places.location(id) ?? []);
    },
  } satisfies MutationResolvers,
  Location: {
    sensors: ({ id }, _args, { loaders }) => loaders.places.sensorsAt(id),
    thresholds: (location, _args, { loaders }) => loaders.places.thresholdsAt(location),
    openAlerts: (location, _args, { loaders }) => loaders.alerts.openAt(location),
    status: (location, _args, { loaders }) => loaders.values.statusAt(location),
    latest: (location, { metrics }, { loaders }) => loaders.values.latestAt(location, metrics),
    readings: (location, args, { loaders }, info) => loaders.values.readingsAt(location, pageArguments(args, info)),
    aggregates: (location, args, { loaders }, info) => loaders.values.aggregatesAt(location, args, wantedMeasures(info)),
  } satisfies LocationResolvers,
};
