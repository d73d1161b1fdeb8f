import { benchFile, findFreePort, type RunningServer, startServer } from '../answers/processes.ts';
import { catalogue, longPlace } from './plant.ts';

const SENSORS_PER_REQUEST = 1_000;

/** The memory of a process, in bytes, as Node tells it. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** A gateway that can be looked into. */
export interface Gateway extends RunningServer {
  memory(): Promise<Memory>;
  /** After a garbage collection. */
  collectedMemory(): Promise<Memory>;
  startProfile(): Promise<void>;
  /** The profile, as a .cpuprofile holds it. */
  stopProfile(): Promise<string>;
}

/** Starts the built gateway with its defaults over a database, in a process of its own. */
export async function startGateway(databaseUrl: string): Promise<Gateway> {
  const gaugePort = await findFreePort();
  const server = await startServer({
    command: [process.execPath, '--expose-gc', '--import', benchFile('peers/gauge.mjs'), benchFile('../dist/server/main.js'), 'serve'],
    environment: { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn', THERMOGRAPH_SAMPLE: 'none', GAUGE_PORT: String(gaugePort) },
    core: null,
  });
  const look = async (what: string): Promise<string> => (await fetch(`http://127.0.0.1:${gaugePort}/${what}`)).text();
  return {
    ...server,
    memory: async () => JSON.parse(await look('memory')) as Memory,
    collectedMemory: async () => JSON.parse(await look('collected')) as Memory,
    startProfile: async () => void (await look('profile/start')),
    stopProfile: () => look('profile/stop'),
  };
}

/** Fills an empty store with the plant. */
export async function savePlant({ url }: RunningServer): Promise<void> {
  const { locations, sensors, thresholds } = catalogue;
  await saveLocations(url, locations);
  for (let start = 0; start < sensors.length; start += SENSORS_PER_REQUEST) {
    const some = sensors.slice(start, start + SENSORS_PER_REQUEST);
    await ask(url, 'mutation ($some: [SensorInput!]!) { saveSensors(sensors: $some) { id } }', { some });
  }
  for (const input of thresholds) await ask(url, 'mutation ($input: ThresholdInput!) { createThreshold(input: $input) { id } }', { input });
}

/** Renames the place of the probe. */
export async function saveLongPlace({ url }: RunningServer): Promise<void> {
  await saveLocations(url, [longPlace]);
}

async function saveLocations(url: string, locations: readonly unknown[]): Promise<void> {
  await ask(url, 'mutation ($locations: [LocationInput!]!) { saveLocations(locations: $locations) { id } }', { locations });
}

async function ask(url: string, query: string, variables: Readonly<Record<string, unknown>>): Promise<void> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const body = await response.text();
  if (!response.ok || body.includes('"errors"')) throw new Error(`the gateway refuses ${query}: ${body.slice(0, 2000)}`);
}
