import { parseRfc3339 } from '../../db/time/rfc3339.ts';
import type { TestDatabase } from './database.ts';
import { type AskOptions, ask } from './graphql.ts';

/** A time of the day on which the tests of judging take place. */
export function onTheDay(clock: string): string {
  return `2024-05-01T${clock.length === 5 ? `${clock}:00` : clock}Z`;
}

/** The same as the microseconds that it is. */
export function instantOf(clock: string): number {
  const instant = parseRfc3339(onTheDay(clock));
  if (instant === null) throw new Error(`${clock} is no time of day`);
  return instant;
}

/** Changes of the catalogue at a time of the day. */
export interface Changes {
  /** Answers the id. */
  readonly create: (clock: string, input: object) => Promise<string>;
  readonly update: (clock: string, id: string, input: object) => Promise<void>;
  readonly remove: (clock: string, id: string) => Promise<void>;
  readonly saveLocation: (clock: string, location: object) => Promise<void>;
  readonly saveSensor: (clock: string, sensor: object) => Promise<void>;
}

/** Changes by mutations, as a client makes them. */
export function changesOf(db: TestDatabase): Changes {
  const change = (clock: string, document: string, variables: Record<string, unknown>) => {
    const options: AskOptions = { clock: () => instantOf(clock) };
    return ask(db.store, document, variables, options);
  };
  const terms = (input: object) => ({ metric: 'temperature', level: 'WARNING', ...input });
  return {
    create: async (clock, input) =>
      (await change(clock, 'mutation ($input: ThresholdInput!) { createThreshold(input: $input) { id } }', { input: terms(input) })).createThreshold.id,
    update: async (clock, id, input) => {
      await change(clock, 'mutation ($id: ID!, $input: ThresholdInput!) { updateThreshold(id: $id, input: $input) { id } }', { id, input: terms(input) });
    },
    remove: async (clock, id) => {
      await change(clock, 'mutation ($id: ID!) { deleteThreshold(id: $id) { id } }', { id });
    },
    saveLocation: async (clock, location) => {
      await change(clock, 'mutation ($locations: [LocationInput!]!) { saveLocations(locations: $locations) { id } }', {
        locations: [{ timezone: 'UTC', ...location }],
      });
    },
    saveSensor: async (clock, sensor) => {
      await change(clock, 'mutation ($sensors: [SensorInput!]!) { saveSensors(sensors: $sensors) { id } }', { sensors: [sensor] });
    },
  };
}
