import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { ask, askForError } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';

const CREATE = 'mutation ($input: ThresholdInput!) { createThreshold(input: $input) { id } }';
const UPDATE = 'mutation ($id: ID!, $input: ThresholdInput!) { updateThreshold(id: $id, input: $input) { id level min } }';
const plain = { metric: 'temperature', level: 'WARNING' };
const banded = { ...plain, min: 1 };

function at(time: string) {
  return { clock: () => Date.parse(time) * 1000 };
}

describe('thresholds', () => {
  const db = useDatabase();

  it('are answered as they were given, with defaults in ISO 8601', async () => {
    const { createThreshold } = await ask(
      db.store,
      `mutation { createThreshold(input: { metric: "humidity", level: CRITICAL, min: 80, scope: { factory: "F", floor: -1 }, forDuration: "90m", noDataAfter: "1d",
                                          effectiveFrom: "2024-01-01T09:00:00+09:00", enabled: false }) {
         metric { id unit } level min max scope { factory building floor area location sensor } forDuration clearMargin clearDuration noDataAfter effectiveFrom effectiveTo enabled
       } }`,
    );

    expect(createThreshold).toEqual({
      metric: { id: 'humidity', unit: '%' },
      level: 'CRITICAL',
      min: 80,
      max: null,
      scope: { factory: 'F', building: null, floor: -1, area: null, location: null, sensor: null },
      forDuration: 'PT1H30M',
      clearMargin: 0,
      clearDuration: 'PT0S',
      noDataAfter: 'P1D',
      effectiveFrom: '2024-01-01T00:00:00Z',
      effectiveTo: null,
      enabled: false,
    });
  });

  it.each([
    [{ min: 2, max: 1 }, 'BAD_USER_INPUT', 'input.min'],
    [{ min: null }, 'BAD_USER_INPUT', 'input'],
    [{ effectiveFrom: '2024-02-01T00:00:00Z', effectiveTo: '2024-01-01T00:00:00Z' }, 'BAD_USER_INPUT', 'input.effectiveFrom'],
    [{ effectiveFrom: '2024-01-01T00:00:00Z', effectiveTo: '2024-01-01T00:00:00Z' }, 'BAD_USER_INPUT', 'input.effectiveFrom'],
    [{ effectiveTo: '2024-01-01' }, 'BAD_USER_INPUT', 'input.effectiveTo'],
    [{ forDuration: '1mo' }, 'BAD_USER_INPUT', 'input.forDuration'],
    [{ forDuration: 'PT0.0000004S' }, 'BAD_USER_INPUT', 'input.forDuration'],
    [{ clearDuration: 'P1Y' }, 'BAD_USER_INPUT', 'input.clearDuration'],
    [{ noDataAfter: '-PT5M' }, 'BAD_USER_INPUT', 'input.noDataAfter'],
    [{ clearMargin: -1 }, 'BAD_USER_INPUT', 'input.clearMargin'],
    [{ metric: 'nope' }, 'NOT_FOUND', 'input.metric'],
    [{ metric: 'a\u0000' }, 'NOT_FOUND', 'input.metric'],
    [{ scope: { location: 'nope' } }, 'NOT_FOUND', 'input.scope.location'],
    [{ scope: { sensor: 'nope' } }, 'NOT_FOUND', 'input.scope.sensor'],
    [{ scope: { factory: '' } }, 'BAD_USER_INPUT', 'input.scope.factory'],
  ])('refuses %j by name', async (wrong, code, field) => {
    expect(await askForError(db.store, CREATE, { input: { ...banded, ...wrong } })).toMatchObject({ code, field });
  });

  it('refuses one that says again what another says, also a disabled one, and itself does not count', async () => {
    const scope = { factory: 'Duplicates' };
    const window = { effectiveFrom: '2024-01-01T00:00:00Z', effectiveTo: '2025-01-01T00:00:00Z' };
    const id = await addThreshold(db, { scope, min: 30, max: 35, ...window, enabled: false });
    const tryTo = (input: object) => askForError(db.store, CREATE, { input: { ...plain, scope, ...window, ...input } });

    expect(await tryTo({ min: 35 })).toMatchObject({ code: 'DUPLICATE_THRESHOLD', value: id });
    expect(await tryTo({ max: 30 })).toMatchObject({ code: 'DUPLICATE_THRESHOLD' });
    expect(await tryTo({ min: 30, effectiveFrom: null, effectiveTo: null })).toMatchObject({ code: 'DUPLICATE_THRESHOLD' });
    await addThreshold(db, { scope, min: 35.01, ...window });
    await addThreshold(db, { scope, min: 30, effectiveFrom: '2025-01-01T00:00:00Z' });
    await addThreshold(db, { scope, min: 30, level: 'CRITICAL' });
    await addThreshold(db, { scope: { ...scope, floor: 1 }, min: 30 });
    await addThreshold(db, { scope, min: 30, metric: 'humidity' });
    expect(await ask(db.store, UPDATE, { id, input: { ...plain, scope, min: 31, max: 35, ...window } })).toEqual({
      updateThreshold: { id, level: 'WARNING', min: 31 },
    });
    expect(await askForError(db.store, UPDATE, { id, input: { ...plain, scope, min: 31, ...window } })).toMatchObject({ code: 'DUPLICATE_THRESHOLD' });
  });

  it('takes one for silence alone beside a band, but not beside another for silence alone', async () => {
    const scope = { factory: 'Silences' };
    await addThreshold(db, { scope, min: 30, noDataAfter: '1h' });
    const id = await addThreshold(db, { scope, noDataAfter: '2h' });
    await addThreshold(db, { scope, max: 10 });

    expect(await askForError(db.store, CREATE, { input: { ...plain, scope, noDataAfter: '3h' } })).toMatchObject({ code: 'DUPLICATE_THRESHOLD', value: id });
    expect(await askForError(db.store, CREATE, { input: { ...plain, scope, min: 40 } })).toMatchObject({ code: 'DUPLICATE_THRESHOLD' });
  });

  it('lets only one of two stand that are made at once', async () => {
    const input = { ...plain, scope: { factory: 'Race' }, min: 1 };
    const made = await Promise.allSettled(Array.from({ length: 5 }, () => ask(db.store, CREATE, { input })));

    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('keep their judgement of the past when they are updated and deleted', async () => {
    await build(db, {
      locations: [{ id: 'V', factory: 'Versions' }],
      sensors: [{ id: 'v', location: 'V' }],
      readings: ['01', '02', '03'].map((month) => ['v', 'temperature', `2024-${month}-15T00:00:00Z`, 25] as const),
    });
    const scope = { factory: 'Versions' };
    const id = await addThreshold(db, { scope, min: 20 });
    await ask(db.store, UPDATE, { id, input: { ...plain, level: 'CRITICAL', scope, min: 20 } }, at('2024-02-01T00:00:00Z'));
    await ask(db.store, 'mutation ($id: ID!) { deleteThreshold(id: $id) { id level } }', { id }, at('2024-03-01T00:00:00Z'));
    const question = `{ readings(where: { factories: ["Versions"] }, from: "2024", to: "2024") { nodes { status } }
                        aggregateRows(metrics: ["temperature"], where: { factories: ["Versions"] }, from: "2024", to: "2024", bucket: "1mo") { status }
                        latest(where: { factories: ["Versions"] }) { status }
                        threshold(id: ${id}) { id } }`;

    expect(await ask(db.store, question)).toEqual({
      readings: { nodes: [{ status: 'WARNING' }, { status: 'CRITICAL' }, { status: null }] },
      aggregateRows: [{ status: 'WARNING' }, { status: 'CRITICAL' }, { status: null }],
      latest: [{ status: null }],
      threshold: null,
    });
    expect(await ask(db.store, `{ a: thresholds(metric: "temperature", at: "2024-01-15T00:00:00Z") { id level } }`)).toMatchObject({
      a: expect.arrayContaining([{ id, level: 'WARNING' }]),
    });
    expect(await askForError(db.store, UPDATE, { id, input: banded })).toMatchObject({ code: 'NOT_FOUND', field: 'id', value: id });
    expect(await askForError(db.store, 'mutation { deleteThreshold(id: "\\u0000") { id } }')).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are listed by metric, by what they can apply to, and by when they are in force', async () => {
    await build(db, {
      locations: [
        { id: 'W1', factory: 'Where', building: 'A' },
        { id: 'W2', factory: 'Where', building: 'B' },
      ],
      sensors: [{ id: 'w1', location: 'W1' }],
    });
    const ofFactory = await addThreshold(db, { metric: 'dew_point', min: 1, scope: { factory: 'Where' } });
    const ofBuilding = await addThreshold(db, { metric: 'dew_point', min: 1, scope: { factory: 'Where', building: 'B' } });
    const ofSensor = await addThreshold(db, { metric: 'dew_point', min: 1, scope: { sensor: 'w1' } });
    const elsewhere = await addThreshold(db, { metric: 'dew_point', min: 1, scope: { building: 'Z' } });
    const passed = await addThreshold(db, { metric: 'dew_point', min: 1, effectiveTo: '2020-01-01T00:00:00Z' });
    const disabled = await addThreshold(db, { metric: 'dew_point', level: 'CRITICAL', min: 1, enabled: false });
    const list = async (args: string) =>
      (await ask(db.store, `{ thresholds(metric: "dew_point" ${args}) { id } }`)).thresholds.map(({ id }: { id: string }) => id);

    expect(await list('')).toEqual([ofFactory, ofBuilding, ofSensor, elsewhere, passed, disabled]);
    expect(await list('where: { ids: ["W1"] }')).toEqual([ofFactory, ofSensor, passed, disabled]);
    expect(await list('where: { ids: ["W2"] }')).toEqual([ofFactory, ofBuilding, passed, disabled]);
    expect(await list('at: "2019-12-31T23:59:59Z"')).toEqual([ofFactory, ofBuilding, ofSensor, elsewhere, passed]);
    expect(await list('at: "2020-01-01T00:00:00Z"')).toEqual([ofFactory, ofBuilding, ofSensor, elsewhere]);
    const { location } = await ask(db.store, '{ location(id: "W1") { thresholds { id metric { id } } } }');
    expect(location.thresholds.filter(({ metric }: { metric: { id: string } }) => metric.id === 'dew_point').map(({ id }: { id: string }) => id)).toEqual([
      ofFactory,
      ofSensor,
      passed,
      disabled,
    ]);
    expect(await askForError(db.store, '{ thresholds(metric: "nope") { id } }')).toMatchObject({ code: 'NOT_FOUND', field: 'metric' });
    expect(await askForError(db.store, '{ thresholds(at: "yesterday") { id } }')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'at' });
  });
});
