import { z } from 'zod';
import { askGateway } from './gateway-client.ts';
import { GatewayError } from './gateway-error.ts';

const sensorsAnswer = z.object({ sensors: z.object({ nodes: z.array(z.object({ id: z.string() })) }) });

const KNOWN_SENSORS = 'query KnownSensors($ids: [ID!]!) { sensors(ids: $ids, first: 1000) { nodes { id } } }';
const AT_ONCE = 1000;

/** Refuses a simulation whose sensors the gateway does not know; `missing` makes the error. Throws GatewayError. */
export async function checkSensorsAreKnown(gateway: URL, sensors: readonly string[], missing: (sensors: readonly string[]) => GatewayError): Promise<void> {
  const unknown: string[] = [];
  for (let at = 0; at < sensors.length; at += AT_ONCE) {
    const ids = sensors.slice(at, at + AT_ONCE);
    const { sensors: found } = await askGateway(gateway, KNOWN_SENSORS, { ids }, sensorsAnswer);
    const known = new Set(found.nodes.map(({ id }) => id));
    unknown.push(...ids.filter((id) => !known.has(id)));
  }
  if (unknown.length > 0) throw missing(unknown);
}

/** The store was made without the sample. */
export function sampleMissing(gateway: URL, sensors: readonly string[]): GatewayError {
  return new GatewayError(
    'SAMPLE_MISSING',
    `the gateway at ${gateway.origin} does not know the sensor ${shown(sensors)} of the sample, so its store was made without the sample.\nthermograph ingest --sample adds it, with its places and thresholds (over the embedded PostgreSQL while the gateway is stopped);\nor try it beside your own store: thermograph serve --port 4001 --data ./demo, then simulate with --url http://127.0.0.1:4001`,
  );
}

/** Nobody has registered the sensors of a file that is replayed. */
export function sensorsMissing(gateway: URL, sensors: readonly string[]): GatewayError {
  return new GatewayError(
    'SENSORS_MISSING',
    `the gateway at ${gateway.origin} does not know the sensor ${shown(sensors)} of the file: register them by the mutation saveSensors, or by loading the file once (thermograph ingest --register)`,
  );
}

function shown([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
