import { saveSensors } from '../alerts/change-places.ts';
import { pageArguments } from './page-arguments.ts';
import type { MutationResolvers, QueryResolvers, SensorResolvers } from './types.generated.ts';
import { wantedMeasures } from './wanted-measures.ts';

/** Devices, and what they measured. */
export const sensorResolvers = {
  Query: {
    sensors: async (_root, args, { open }) => (await open()).places.sensors(args),
    sensor: async (_root, { id }, { open }) => (await open()).places.sensor(id),
  } satisfies QueryResolvers,
  Mutation: {
    saveSensors: async (_root, args, { change }) => {
      const { loaders } = await change((pool, present, lateAfter) => saveSensors(pool, args.sensors, present, lateAfter));
      return args.sensors.flatMap(({ id }) => loaders.places.sensor(id) ?? []);
    },
  } satisfies MutationResolvers,
  Sensor: {
    location: ({ id }, _args, { loaders }) => loaders.places.locationOf(id),
    metrics: ({ id }, _args, { loaders }) => loaders.places.metricsOf(id),
    lastSeen: (sensor, _args, { loaders }) => loaders.values.lastSeenOf(sensor),
    status: (sensor, _args, { loaders }) => loaders.values.statusOf(sensor),
    latest: (sensor, { metrics }, { loaders }) => loaders.values.latestOf(sensor, metrics),
    readings: (sensor, args, { loaders }, info) => loaders.values.readingsOf(sensor, pageArguments(args, info)),
    aggregates: (sensor, args, { loaders }, info) => loaders.values.aggregatesOf(sensor, args, wantedMeasures(info)),
  } satisfies SensorResolvers,
};
