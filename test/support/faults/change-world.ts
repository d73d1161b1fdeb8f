import { setTimeout as sleep } from 'node:timers/promises';
import { postTo } from '../served-gateway.ts';
import type { LoaderOptions } from './fault-loader.ts';
import { CHANGING, CHANGING_BOUNDS, LIVE_SENSORS, LOCATIONS, SENSORS, THRESHOLDS } from './fault-world.ts';

/** Refusals that say what is so already, where an answer was lost. */
const DONE_BEFORE = new Set(['DUPLICATE_THRESHOLD', 'PLACEMENT_IN_PAST']);

/** Saves places, sensors and thresholds; answers the id of the threshold that is changed later. */
export async function buildWorld(url: string): Promise<string> {
  const { data, errors } = await ask(
    url,
    `mutation ($locations: [LocationInput!]!, $sensors: [SensorInput!]!, $changing: ThresholdInput!) {
       saveLocations(locations: $locations) { id }
       saveSensors(sensors: $sensors) { id }
       createThreshold(input: $changing) { id }
     }`,
    { locations: LOCATIONS, sensors: [...SENSORS, ...LIVE_SENSORS], changing: { ...CHANGING, min: CHANGING_BOUNDS[0] } },
  );
  if (errors !== undefined) throw new Error(`the world cannot be built: ${JSON.stringify(errors)}`);
  for (const input of THRESHOLDS) {
    const created = await ask(url, 'mutation ($input: ThresholdInput!) { createThreshold(input: $input) { id } }', { input });
    if (created.errors !== undefined) throw new Error(`a threshold cannot be made: ${JSON.stringify(created.errors)}`);
  }
  return data.createThreshold.id;
}

/** Changes a threshold and moves a sensor, over and over, until it is told to stop. */
export async function changeWorld(options: LoaderOptions, thresholdId: string): Promise<void> {
  const { random, signal, pauseMs } = options;
  while (!signal.aborted) {
    await sleep(random.next() * 2 * pauseMs, undefined, { signal }).catch(() => undefined);
    if (random.chance(0.6)) {
      const input = { ...CHANGING, min: random.pick(CHANGING_BOUNDS) };
      await untilDone(options, 'mutation ($id: ID!, $input: ThresholdInput!) { updateThreshold(id: $id, input: $input) { id } }', { id: thresholdId, input });
    } else {
      const sensors = [{ id: random.pick(LIVE_SENSORS).id, location: random.pick(LOCATIONS).id }];
      await untilDone(options, 'mutation ($sensors: [SensorInput!]!) { saveSensors(sensors: $sensors) { id } }', { sensors });
    }
  }
}

async function untilDone({ instances, random, record, signal }: LoaderOptions, query: string, variables: Readonly<Record<string, unknown>>): Promise<void> {
  while (!signal.aborted) {
    const { errors } = await ask(`${random.pick(instances).origin}/graphql`, query, variables);
    if (errors === undefined) return;
    const code = errors[0]?.extensions?.code ?? '';
    if (DONE_BEFORE.has(code)) return;
    if (code !== 'DATABASE_UNAVAILABLE' && code !== 'SHUTTING_DOWN' && code !== 'UNREACHED') record.refusals.push(JSON.stringify(errors));
    await sleep(random.whole(50, 400));
  }
}

interface MutationAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: what is asked for is known where it is asked.
  readonly data?: any;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function ask(url: string, query: string, variables: Readonly<Record<string, unknown>>): Promise<MutationAnswer> {
  try {
    return (await postTo(url, query, variables)).body;
  } catch (error) {
    return { errors: [{ message: String(error), extensions: { code: 'UNREACHED' } }] };
  }
}
