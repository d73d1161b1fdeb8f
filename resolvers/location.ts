import { saveLocations } from '../db/save-location.ts';
import { zoneName } from '../loaders/zone-name.ts';
import type { LocationResolvers, MutationResolvers, QueryResolvers } from './types.generated.ts';
import { wantedMeasures } from './wanted-measures.ts';

/** Places, and what was measured at them. */
export const locationResolvers = {
  Query: {
    locations: async (_root, args, { open }) => (await open()).locations(args),
    location: async (_root, { id }, { open }) => (await open()).location(id),
  } satisfies QueryResolvers,
  Mutation: {
    saveLocations: async (_root, args, { change }) => {
      const { loaders } = await change((pool) =>
        saveLocations(
          pool,
          args.locations.map((input) => ({ ...input, timezone: zoneName(input.timezone) })),
        ),
      );
      return args.locations.flatMap(({ id }) => loaders.location(id) ?? []);
    },
  } satisfies MutationResolvers,
  Location: {
    sensors: ({ id }, _args, { loaders }) => loaders.sensorsAt(id),
    thresholds: (location, _args, { loaders }) => loaders.thresholdsAt(location),
    status: (location, _args, { loaders }) => loaders.statusAt(location),
    latest: (location, { metrics }, { loaders }) => loaders.latestAt(location, metrics),
    readings: (location, args, { loaders }) => loaders.readingsAt(location, args),
    aggregates: (location, args, { loaders }, info) => loaders.aggregatesAt(location, args, wantedMeasures(info)),
  } satisfies LocationResolvers,
};
