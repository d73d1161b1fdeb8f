import { beforeAll, describe, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask, askForError, execute } from './support/graphql.ts';
import { addThreshold, build } from './support/plant.ts';

const at = (time: string) => ({ clock: () => Date.parse(time) * 1000 });

describeEachEngine('how long values hold', (db) => {
  beforeAll(async () => {
    await build(db, {
      locations: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
      sensors: [
        { id: 's', location: 'a' },
        { id: 'far', location: 'b' },
        { id: 'tiny', location: 'c' },
      ],
      readings: [
        ['s', 'temperature', '2024-01-01T10:00:00Z', 10],
        ['s', 'temperature', '2024-01-01T10:15:00Z', 40],
        ['s', 'temperature', '2024-01-01T12:00:00Z', 20],
        ['far', 'temperature', '1990-01-01T00:00:00Z', 5],
        ['tiny', 'temperature', '2024-01-01T00:00:00.000001Z', -1e-9],
        ['tiny', 'temperature', '2024-01-01T00:00:00.000002Z', 59.999999999],
        ['tiny', 'temperature', '2024-01-01T00:00:00.000005Z', -19.5],
      ],
    });
    await addThreshold(db, { level: 'WARNING', min: 30, scope: { location: 'a' }, noDataAfter: '30m' });
    await addThreshold(db, { level: 'CRITICAL', min: 40, max: 40, scope: { location: 'a' } });
    await addThreshold(db, { level: 'WARNING', min: 0, scope: { location: 'c' } });
  });

  const rows = (where: string, args: string, fields: string, now = '2024-01-01T13:00:00Z') =>
    ask(
      db.store,
      `{ location(id: "${where}") { aggregates(metric: "temperature", ${args}) { whole: timeIn(status: NO_DATA) points { start count ${fields} } } } }`,
      {},
      at(now),
    ).then(({ location }) => location.aggregates);

  it('weighs a value by how long it held, not by how often it was read, and no longer than maxGap', async () => {
    const { points } = await rows(
      'a',
      'from: "2024-01-01T10:00:00Z", to: "2024-01-01T11:00:00Z", bucket: "1h"',
      'avg hour: timeWeightedAvg short: timeWeightedAvg(maxGap: "5m")',
    );

    expect(points).toEqual([{ start: '2024-01-01T10:00:00Z', count: 2, avg: 25, hour: (10 * 15 + 40 * 45) / 60, short: 25 }]);
  });

  it('holds in buckets without readings, and is nothing after now', async () => {
    const { points } = await rows(
      'a',
      'from: "2024-01-01T11:00:00Z", to: "2024-01-01T15:00:00Z", bucket: "1h", fill: NULL',
      'value: timeWeightedAvg no: timeIn(status: NO_DATA) critical: timeIn(status: CRITICAL) long: timeIn(status: CRITICAL, maxGap: "1w")',
      '2024-01-01T12:45:00Z',
    );

    expect(points).toEqual([
      // A value that holds and is judged worse than silence counts as that: of an hour from 10:15 on, a quarter is left.
      { start: '2024-01-01T11:00:00Z', count: 0, value: 40, no: 45 * 60, critical: 15 * 60, long: 3600 },
      { start: '2024-01-01T12:00:00Z', count: 1, value: 20, no: 15 * 60, critical: 0, long: 0 },
      { start: '2024-01-01T13:00:00Z', count: 0, value: null, no: 0, critical: 0, long: 0 },
      { start: '2024-01-01T14:00:00Z', count: 0, value: null, no: 0, critical: 0, long: 0 },
    ]);
  });

  it('tells the silence of a whole range, also of one without a reading', async () => {
    const { whole, points } = await rows('a', 'from: "2024-02-01", to: "2024-02-02", bucket: "6h"', 'timeIn(status: NORMAL)', '2024-02-01T10:00:00Z');

    expect({ whole, points }).toEqual({ whole: 10 * 3600, points: [] });
  });

  it('looks back as far as a value may hold', async () => {
    const { points } = await rows(
      'b',
      'from: "2024-01-01", to: "2024-01-01", bucket: "1d", fill: NULL',
      'hour: timeWeightedAvg ever: timeWeightedAvg(maxGap: "PT300000H") most: timeWeightedAvg(maxGap: "P999999D")',
      '2024-01-02T00:00:00Z',
    );

    expect(points).toEqual([{ start: '2024-01-01T00:00:00Z', count: 0, hour: null, ever: 5, most: 5 }]);
  });

  it('counts microseconds, and weighs the least of them', async () => {
    const { points } = await rows(
      'c',
      'from: "2024-01-01T00:00:00Z", to: "2024-01-01T00:00:01Z", bucket: "1s"',
      'value: timeWeightedAvg(maxGap: "PT0.000002S") warning: timeIn(status: WARNING, maxGap: "PT0.000002S") normal: timeIn(status: NORMAL)',
    );

    expect(points[0].value).toBeCloseTo((-1e-9 + 2 * 59.999999999 - 2 * 19.5) / 5, 12);
    expect(points[0]).toMatchObject({ warning: 0.000002, normal: 0.999996 });
  });

  it('is asked with the rest in one statement', async () => {
    const document = (fields: string) =>
      `{ aggregateRows(metrics: ["temperature"], by: LOCATION, from: "2024-01-01", to: "2024-01-02", bucket: "1h") { start ${fields} } }`;
    const all = 'count avg percentile(p: 0.5) range timeWeightedAvg a: timeIn(status: NORMAL) b: timeIn(status: NO_DATA, thresholdsAsOf: NOW, maxGap: "10m")';
    await ask(db.store, document('count'));

    expect((await execute(db.store, document(all))).statements).toBe((await execute(db.store, document('count percentile(p: 0.5)'))).statements);
  });

  it('is refused where too much would have to be read', async () => {
    const document = (fields: string) => `{ aggregateRows(metrics: ["temperature"], from: "2024-01-01", to: "2024-01-02", bucket: "15m") { ${fields} } }`;
    const limits = { limits: { maxReadings: 100 } };

    expect((await execute(db.store, document('count'), {}, limits)).errors).toEqual([]);
    expect(await askForError(db.store, document('timeWeightedAvg'), {}, limits)).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'readings to be read' });
  });

  describe('refuses', () => {
    const refused = (fields: string) =>
      askForError(db.store, `{ aggregateRows(metrics: ["temperature"], from: "2024-01-01", to: "2024-01-02", bucket: "1h") { ${fields} } }`);

    it.each([
      ['timeWeightedAvg(maxGap: "1mo")', '1mo', 'not months or years'],
      ['timeIn(status: NORMAL, maxGap: "0s")', '0s', 'greater than zero'],
      ['timeIn(status: NORMAL, maxGap: "soon")', 'soon', 'ISO 8601'],
    ])('%s', async (field, value, rule) => {
      const error = await refused(field);

      expect(error).toMatchObject({ code: 'BAD_USER_INPUT', field: 'maxGap', value });
      expect(error.message).toContain(rule);
    });

    it('more different values of maxGap than twenty', async () => {
      const fields = Array.from({ length: 21 }, (_, number) => `v${number}: timeWeightedAvg(maxGap: "${number + 1}m")`).join(' ');

      expect(await refused(fields)).toMatchObject({ code: 'BAD_USER_INPUT', field: 'maxGap' });
    });
  });
});
