import type pg from 'pg';
import { expect, it } from 'vitest';
import type { Pool } from '../db/pool.ts';
import type { Store } from '../db/store.ts';
import { useDatabase } from './support/database.ts';
import { ask } from './support/graphql.ts';
import { build } from './support/plant.ts';

const db = useDatabase();

/** The store, but that a load is committed just before the first statement that reads aggregates. */
function loadingBefore(store: Store, load: () => Promise<void>): Store {
  let isLoaded = false;
  const readPool: Pool = {
    query: async <R extends pg.QueryResultRow>(statement: pg.QueryConfig) => {
      if (!isLoaded && statement.text.startsWith('/* aggregates')) {
        isLoaded = true;
        await load();
      }
      return store.readPool.query<R>(statement);
    },
    connect: () => store.readPool.connect(),
    end: () => store.readPool.end(),
  };
  return { ...store, readPool };
}

it('counts a batch that is committed between the statements whole, also where it reaches past the days that were planned', async () => {
  await build(db, { locations: [{ id: 'a' }], sensors: [{ id: 's', location: 'a' }], readings: [['s', 'temperature', '2024-05-10T12:00:00Z', 1]] });
  const late = ['2024-05-01T00:00:00Z', '2024-05-10T13:00:00Z', '2024-06-20T00:00:00Z'];
  const store = loadingBefore(db.store, () => build(db, { readings: late.map((time) => ['s', 'temperature', time, 2] as const) }));

  const { aggregates } = await ask(store, '{ aggregates(metrics: ["temperature"], from: "2020", to: "2024", bucket: "1d") { points { start count } } }');

  expect(aggregates[0].points).toEqual([
    { start: '2024-05-01T00:00:00Z', count: 1 },
    { start: '2024-05-10T00:00:00Z', count: 2 },
    { start: '2024-06-20T00:00:00Z', count: 1 },
  ]);
});
