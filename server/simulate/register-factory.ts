import { z } from 'zod';
import type { Factory } from './factory.ts';
import { askGateway } from './gateway-client.ts';

const anything = z.looseObject({});
const AT_ONCE = 100;

const SAVE_METRICS = 'mutation SaveMetrics($metrics: [MetricInput!]!) { saveMetrics(metrics: $metrics) { id } }';
const SAVE_LOCATIONS = 'mutation SaveLocations($locations: [LocationInput!]!) { saveLocations(locations: $locations) { id } }';
const SAVE_SENSORS = 'mutation SaveSensors($sensors: [SensorInput!]!) { saveSensors(sensors: $sensors) { id } }';

/** Makes a factory known to a gateway: its metrics, places and sensors. Again it changes nothing. Throws GatewayError. */
export async function registerFactory(gateway: URL, { metrics, locations, sensors }: Factory): Promise<void> {
  const own = metrics.filter(({ isBuiltIn }) => !isBuiltIn).map(({ id, name, unit, min, max }) => ({ id, name, unit, min, max }));
  if (own.length > 0) await askGateway(gateway, SAVE_METRICS, { metrics: own }, anything);
  for (const piece of pieces(locations)) await askGateway(gateway, SAVE_LOCATIONS, { locations: piece }, anything);
  for (const piece of pieces(sensors)) await askGateway(gateway, SAVE_SENSORS, { sensors: piece }, anything);
}

function* pieces<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += AT_ONCE) yield list.slice(at, at + AT_ONCE);
}
