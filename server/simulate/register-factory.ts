import { z } from 'zod';
import type { MetricProfile } from './curve.ts';
import type { Factory } from './factory.ts';
import { askGateway } from './gateway-client.ts';
import { GatewayError } from './gateway-error.ts';

const knownMetrics = z.object({ metrics: z.array(z.object({ id: z.string(), unit: z.string(), min: z.number().nullable(), max: z.number().nullable() })) });
const anything = z.looseObject({});
const AT_ONCE = 100;

const SAVE_METRICS = 'mutation SaveMetrics($metrics: [MetricInput!]!) { saveMetrics(metrics: $metrics) { id } }';
const SAVE_LOCATIONS = 'mutation SaveLocations($locations: [LocationInput!]!) { saveLocations(locations: $locations) { id } }';
const SAVE_SENSORS = 'mutation SaveSensors($sensors: [SensorInput!]!) { saveSensors(sensors: $sensors) { id } }';

/** Makes a factory known to a gateway: its metrics, places and sensors. Again it changes nothing. Throws GatewayError, also where a metric there is another one. */
export async function registerFactory(gateway: URL, { metrics, locations, sensors }: Factory): Promise<void> {
  const missing = await missingMetrics(gateway, metrics);
  if (missing.length > 0)
    await askGateway(gateway, SAVE_METRICS, { metrics: missing.map(({ id, name, unit, min, max }) => ({ id, name, unit, min, max })) }, anything);
  for (const piece of pieces(locations)) await askGateway(gateway, SAVE_LOCATIONS, { locations: piece }, anything);
  for (const piece of pieces(sensors)) await askGateway(gateway, SAVE_SENSORS, { sensors: piece }, anything);
}

/** A metric that is there is somebody's: it is not changed, and has to be the one that the factory measures. */
async function missingMetrics(gateway: URL, metrics: readonly MetricProfile[]): Promise<readonly MetricProfile[]> {
  const { metrics: known } = await askGateway(gateway, '{ metrics { id unit min max } }', {}, knownMetrics);
  const byId = new Map(known.map((metric) => [metric.id, metric]));
  for (const { id, unit, min, max } of metrics) {
    const there = byId.get(id);
    if (there === undefined || (there.unit === unit && there.min === min && there.max === max)) continue;
    throw new GatewayError(
      'GATEWAY_REFUSED',
      `the gateway at ${gateway.origin} has ${id} in ${there.unit} from ${there.min} to ${there.max}, and the factory measures it in ${unit} from ${min} to ${max}: leave it out of --metrics`,
    );
  }
  return metrics.filter(({ id }) => !byId.has(id));
}

function* pieces<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += AT_ONCE) yield list.slice(at, at + AT_ONCE);
}
