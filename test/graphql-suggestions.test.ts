import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { ask, askForError } from './support/graphql.ts';

const db = useDatabase();

beforeAll(async () => {
  await ask(db.store, 'mutation { saveLocations(locations: [{ id: "Hall-North", factory: "F", timezone: "UTC" }]) { id } }');
  await ask(db.store, 'mutation { saveSensors(sensors: [{ id: "press-1", location: "Hall-North" }]) { id } }');
});

const createThreshold = (terms: string) => `mutation { createThreshold(input: { level: WARNING, max: 1, ${terms} }) { id } }`;

describe('what is not found', () => {
  it.each([
    [
      '{ metrics: latest(metrics: ["temperature", "temprature"]) { value } }',
      'metrics is "temprature", but there is no such metric; did you mean "temperature"?',
    ],
    [
      '{ sensor(id: "press-1") { readings(metric: "Humidty", from: "2024") { nodes { value } } } }',
      'metric is "Humidty", but there is no such metric; did you mean "humidity"?',
    ],
    [
      '{ aggregates(metrics: ["temp"], by: ALL, from: "2024-01-01", to: "2024-01-02", bucket: "1h") { count: columns { count } } }',
      'metrics is "temp", but there is no such metric; did you mean "temperature"?',
    ],
    ['{ thresholds(metric: "tempereture") { id } }', 'metric is "tempereture", but there is no such metric; did you mean "temperature"?'],
    [
      'mutation { saveSensors(sensors: [{ id: "new", location: "hall-nort" }]) { id } }',
      'sensors[0].location is "hall-nort", but there is no such location; did you mean "Hall-North"?',
    ],
    [createThreshold('metric: "temprature"'), 'input.metric is "temprature", but there is no such metric; did you mean "temperature"?'],
    [
      createThreshold('metric: "humidity", scope: { location: "HallNorth" }'),
      'input.scope.location is "HallNorth", but there is no such location; did you mean "Hall-North"?',
    ],
    [
      createThreshold('metric: "humidity", scope: { sensor: "pres-1" }'),
      'input.scope.sensor is "pres-1", but there is no such sensor; did you mean "press-1"?',
    ],
  ])('%s: is told with what was probably meant', async (document, message) => {
    expect(await askForError(db.store, document)).toMatchObject({ code: 'NOT_FOUND', message });
  });

  it('is told without a guess where nothing known is near', async () => {
    const { message } = await askForError(db.store, '{ latest(metrics: ["xylophone"]) { value } }');

    expect(message).toBe('metrics is "xylophone", but there is no such metric');
  });
});

it('ids in a filter that nobody has leave nothing over, and are no errors', async () => {
  expect(await ask(db.store, '{ latest(sensors: ["pres-1"], where: { ids: ["hall-nort"] }) { value } }')).toEqual({ latest: [] });
});
