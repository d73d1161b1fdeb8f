import type { TestDatabase } from './database.ts';
import { ask } from './graphql.ts';

/** What a test needs of a place, a device or a value; the rest is filled in. */
export interface Plant {
  readonly locations?: readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[];
  readonly sensors?: readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[];
  /** Sensor, metric, time, value. */
  readonly readings?: readonly (readonly [string, string, string, number])[];
}

/** Saves places and devices and loads readings, as a client would. */
export async function build(db: TestDatabase, { locations = [], sensors = [], readings = [] }: Plant): Promise<void> {
  const { ingest } = await ask(
    db.store,
    `mutation ($locations: [LocationInput!]!, $sensors: [SensorInput!]!, $readings: [ReadingInput!]!) {
       saveLocations(locations: $locations) { id }
       saveSensors(sensors: $sensors) { id }
       ingest(readings: $readings) { rejected { message } }
     }`,
    {
      locations: locations.map((location) => ({ factory: 'F', timezone: 'UTC', ...location })),
      sensors,
      readings: readings.map(([sensor, metric, time, value]) => ({ sensor, metric, time, value })),
    },
  );
  if (ingest.rejected.length > 0) throw new Error(`the test's own readings are refused: ${JSON.stringify(ingest.rejected[0])}`);
}

/** Adds a threshold and answers its id. */
export async function addThreshold(db: TestDatabase, input: Readonly<Record<string, unknown>>): Promise<string> {
  const { createThreshold } = await ask(db.store, 'mutation ($input: ThresholdInput!) { createThreshold(input: $input) { id } }', {
    input: { metric: 'temperature', level: 'WARNING', ...input },
  });
  return createThreshold.id;
}
