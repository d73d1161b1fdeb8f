import { beforeAll, expect, it } from 'vitest';
import { describeEachEngine } from './support/database.ts';
import { ask } from './support/graphql.ts';
import { build } from './support/plant.ts';

describeEachEngine('a range without any reading', (db) => {
  beforeAll(() =>
    build(db, {
      locations: [{ id: 'a' }],
      sensors: [{ id: 's', location: 'a' }],
      readings: [
        ['s', 'temperature', '2024-03-01T00:10:00Z', 10],
        ['s', 'temperature', '2024-03-02T00:10:00Z', 30],
      ],
    }),
  );

  const aggregates = async (args: string, shown: string) =>
    (await ask(db.store, `{ location(id: "a") { aggregates(metric: "temperature", bucket: "1h", ${args}) { ${shown} } } }`)).location.aggregates;

  it('has a null for each bucket in its columns', async () => {
    const { columns } = await aggregates('from: "2024-03-01T04:00:00Z", to: "2024-03-01T06:00:00Z", fill: NULL', 'columns { count avg last sum }');

    expect(columns).toEqual({ count: [0, 0], avg: [null, null], last: [null, null], sum: [null, null] });
  });

  it('is filled with what came before it', async () => {
    const { columns } = await aggregates('from: "2024-03-01T04:00:00Z", to: "2024-03-01T06:00:00Z", fill: PREVIOUS', 'columns { avg last sum }');

    expect(columns).toEqual({ avg: [10, 10], last: [10, 10], sum: [null, null] });
  });

  it('is filled likewise where it is compared with', async () => {
    const { points } = await aggregates(
      'from: "2024-03-02T00:00:00Z", to: "2024-03-02T01:00:00Z", fill: PREVIOUS, compare: "20h"',
      'points { avg compared { start count avg } }',
    );

    expect(points).toEqual([{ avg: 30, compared: { start: '2024-03-01T04:00:00Z', count: 0, avg: 10 } }]);
  });
});
