import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';
import { ask, askForError, execute, knowingNoSpans } from './support/graphql.ts';
import { build } from './support/plant.ts';

describe('what would take too much', () => {
  const db = useDatabase();

  beforeAll(async () => {
    await build(db, {
      locations: [{ id: 'a' }, { id: 'b' }],
      sensors: [
        { id: 'sa', location: 'a' },
        { id: 'sb', location: 'b' },
      ],
      // Every ten minutes of one day for a; b is only known at its ends.
      readings: [
        ...Array.from({ length: 145 }, (_, index) => ['sa', 'temperature', new Date(Date.UTC(2024, 4, 1, 0, 10 * index)).toISOString(), index % 7] as const),
        ['sb', 'temperature', '2024-05-01T00:00:00Z', 1],
        ['sb', 'temperature', '2024-05-02T00:00:00Z', 1],
      ],
    });
  });

  const hourly = (alias: string, from = '2024-05-01T00:00:00Z', to = '2024-05-02T00:00:00Z') =>
    `${alias}: aggregates(metrics: ["temperature"], from: "${from}", to: "${to}", bucket: "1h") { points { count } }`;

  it('is refused by the number of points, counted exactly where it is close', async () => {
    const fits = await execute(db.store, `{ ${hourly('x')} }`, {}, { limits: { maxPoints: 48 } });
    const error = await askForError(db.store, `{ ${hourly('x')} }`, {}, { limits: { maxPoints: 47 } });

    expect(fits.errors).toEqual([]);
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'points', estimate: 48, limit: 47 });
  });

  it('is refused by what all fields of a request ask for together', async () => {
    const { errors } = await execute(db.store, `{ ${hourly('x')} ${hourly('y')} }`, {}, { limits: { maxPoints: 60 } });

    expect(errors).toMatchObject([{ code: 'LIMIT_EXCEEDED', details: { estimate: 96, limit: 60 } }]);
  });

  it('is judged by the stretch in which there are readings, not by the one that is asked for', async () => {
    const { data, errors } = await execute(
      db.store,
      '{ aggregates(metrics: ["temperature"], from: "1970", bucket: "15m") { plan { pieces { from } } points { start } } }',
    );

    expect(errors).toEqual([]);
    expect(data.aggregates.map(({ points }: { points: readonly unknown[] }) => points.length)).toEqual([97, 2]);
    expect(data.aggregates[0].plan.pieces[0].from).toBe('2024-05-01T00:00:00Z');
  });

  it('is refused by the number of readings that would be read', async () => {
    const question = '{ readings(from: "2024-05-01", to: "2024-05-02", first: 100) { nodes { value } } }';
    const ragged =
      '{ aggregates(metrics: ["temperature"], where: { ids: ["b"] }, from: "2024-05-01T00:01:00Z", to: "2024-05-01T00:02:00Z", bucket: "1h") { points { count } } }';

    expect((await execute(db.store, question, {}, { limits: { maxReadings: 200 } })).errors).toEqual([]);
    expect(await askForError(db.store, question, {}, { limits: { maxReadings: 100 } })).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'readings to be read' });
    expect(await askForError(db.store, question, {}, { limits: { maxPoints: 50 } })).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'points' });
    expect(await askForError(db.store, ragged, {}, { limits: { maxReadings: 0 } })).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'readings to be read' });
  });

  it('says what to do instead', async () => {
    expect((await askForError(db.store, `{ ${hourly('x')} }`, {}, { limits: { maxPoints: 40 } })).message).toBe(
      'the answer would need 48 points, but the limit is 40: ask for a longer bucket, a smaller maxPoints, a shorter range or fewer groups',
    );
    const ofOne = '{ aggregates(metrics: ["temperature"], where: { ids: ["a"] }, from: "2024-05-01", to: "2024-05-01", bucket: "15m") { points { count } } }';
    expect((await askForError(db.store, ofOne, {}, { limits: { maxPoints: 95 } })).message).toBe(
      'the answer would need 96 buckets, but the limit is 95: ask for a longer bucket, a smaller maxPoints, a shorter range or fewer questions at once',
    );
  });

  it('is told in buckets wherever these are what is too much, whether or not they were counted one by one', async () => {
    const byMinute = (bucket: string) =>
      `{ aggregates(metrics: ["temperature"], from: "2024-05-01T00:00:00Z", to: "2024-05-02T00:00:00Z", bucket: "${bucket}") { points { count } } }`;
    const cure = /but the limit is 500: ask for a longer bucket, a smaller maxPoints, a shorter range or fewer questions at once$/;
    const counted = await askForError(db.store, byMinute('2m'), {}, { limits: { maxPoints: 500 } });
    const estimated = await askForError(db.store, byMinute('1m'), {}, { limits: { maxPoints: 500 } });

    expect(counted).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'buckets', estimate: 720 });
    expect(estimated).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'buckets' });
    expect(estimated.estimate).toBeGreaterThanOrEqual(1_440);
    expect(counted.message).toMatch(cure);
    expect(estimated.message).toMatch(cure);
  });

  it('is refused by the buckets that all fields of a request have planned, also empty ones', async () => {
    // The two readings of b are on two UTC days: 192 quarters of an hour, of which two have a point.
    const zones = ['Asia/Kathmandu', 'Asia/Seoul', 'America/St_Johns'];
    const fields = zones.map(
      (zone, index) =>
        `z${index}: aggregates(metrics: ["temperature"], where: { ids: ["b"] }, from: "1970", to: "2030", bucket: "15m", timezone: "${zone}") { points { count } }`,
    );

    expect((await execute(db.store, `{ ${fields.join(' ')} }`, {}, { limits: { maxPoints: 600 } })).errors).toEqual([]);
    expect(await askForError(db.store, `{ ${fields.join(' ')} }`, {}, { limits: { maxPoints: 575 } })).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      what: 'buckets',
      estimate: 576,
      limit: 575,
    });
  });

  it('is counted once where readings have come since it was last asked', async () => {
    const load = (time: string) => build(db, { readings: [['sa', 'humidity', time, 50]] });
    const question = '{ aggregates(metrics: ["humidity"], where: { ids: ["a"] }, from: "2000", to: "2000", bucket: "1d") { points { count } } }';
    const limits = { maxPoints: 100 };
    await load('2000-01-01T00:00:00Z');
    await load('2000-03-01T00:00:00Z');
    expect((await execute(db.store, question, {}, { limits })).errors).toEqual([]);
    await load('2000-03-03T00:00:00Z');

    expect((await ask(db.store, question, {}, { limits })).aggregates[0].points).toHaveLength(3);
  });

  it('is refused before the values are asked for', async () => {
    await build(db, { readings: [['sa', 'temperature', '1970-01-01T00:00:00Z', 1]] });
    await ask(db.store, '{ metrics { id } }');
    const { errors, statements } = await execute(
      knowingNoSpans(db.store),
      '{ aggregates(metrics: ["temperature"], where: { ids: ["a"] }, from: "1970", bucket: "15m") { points { start } } }',
    );

    expect(errors).toMatchObject([{ code: 'LIMIT_EXCEEDED', details: { what: 'buckets', limit: 100_000 } }]);
    // The spans, and whether the catalogue is current; the values are not asked for.
    expect(statements).toBe(2);
  });

  it('is refused where lists in lists multiply', async () => {
    await build(db, {
      locations: [{ id: 'hall' }],
      sensors: Array.from({ length: 100 }, (_, index) => ({ id: `h${index}`, location: 'hall' })),
      readings: Array.from({ length: 100 }, (_, index) => [`h${index}`, 'temperature', '2024-05-01T00:00:00Z', 1] as const),
    });
    const sensors = (levels: number): string => (levels === 0 ? 'id' : `location { sensors { ${sensors(levels - 1)} } }`);
    const latest = (levels: number): string => (levels === 0 ? 'id' : `location { latest { sensor { ${latest(levels - 1)} } } }`);

    for (const nested of [sensors(5), latest(3)]) {
      const { errors } = await execute(db.store, `{ sensor(id: "h0") { ${nested} } }`);
      expect(errors[0]).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { what: 'nodes', limit: 200_000, rule: expect.stringContaining('lists in lists') } });
      // Refused where the budget runs out, not after all of it was worked out: 100 sensors to the fifth would be ten thousand million.
      expect(errors.length).toBeLessThan(10_000);
    }
  });

  it('is refused by the pieces of the plan that every group shows', async () => {
    const question = '{ aggregates(metrics: ["temperature"], by: SENSOR, from: "2024-05-01T00:07:00Z", to: "2024-05-01T20:00:00Z", bucket: "1h") { SHOWN } }';
    const pieces = question.replace('SHOWN', 'plan { pieces { source } }');

    // Readings, quarters, then hours: only sa has readings then.
    expect(await askForError(db.store, pieces, {}, { limits: { maxNodes: 2 } })).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'nodes', estimate: 3 });
    expect((await execute(db.store, pieces, {}, { limits: { maxNodes: 3 } })).errors).toEqual([]);
    expect((await execute(db.store, question.replace('SHOWN', 'plan { staleDays }'), {}, { limits: { maxNodes: 0 } })).errors).toEqual([]);
  });

  it('is not all sensors and latest readings of a thousand places', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `p${index}`);
    await build(db, {
      locations: ids.map((id) => ({ id, factory: 'large' })),
      sensors: ids.flatMap((id) => [1, 2, 3].map((number) => ({ id: `${id}-${number}`, location: id }))),
      readings: ids.flatMap((id) => [1, 2, 3].map((number) => [`${id}-${number}`, 'temperature', '2024-05-01T00:00:00Z', number] as const)),
    });

    const { data, errors } = await execute(
      db.store,
      '{ locations(where: { factories: ["large"] }, first: 1000) { nodes { sensors { latest { value sensor { metrics { id } } } } latest { value } } } }',
    );

    expect(errors).toEqual([]);
    expect(data.locations.nodes).toHaveLength(1000);
    expect(data.locations.nodes[999].latest).toHaveLength(3);
  });
});
