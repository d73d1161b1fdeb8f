import { expect, it } from 'vitest';
import { refreshStaleDays } from '../db/refresh.ts';
import { ingest } from '../etl/ingest.ts';
import { describeEachEngine, type TestDatabase } from './support/database.ts';
import { recordsOf } from './support/records.ts';

/** Every materialised rollup as text; PostgreSQL writes a double so that it reads back as the same bits. */
async function rollupsOf(db: TestDatabase): Promise<string> {
  const parts = ['materialised_15m', 'materialised_1h', 'materialised_1d'].map(
    (relation) => `(select string_agg(m::text, ' ' order by series_id, bucket) from ${relation} as m)`,
  );
  const { rows } = await db.pool.query<{ rollups: string | null }>(`select ${parts.join(` || ' ' || `)} as rollups`);
  const rollups = rows[0]?.rollups ?? null;
  if (rollups === null) throw new Error('there are no rollups to compare');
  return rollups;
}

describeEachEngine('loading the same input twice', (db) => {
  it('leaves the same rollups to the bit', async () => {
    const input = Array.from({ length: 3000 }, (_, i) => ({
      sensor: `s${i % 3}`,
      metric: 'temperature',
      time: new Date(Date.UTC(2024, 4, 1) + i * 7 * 60_000).toISOString(),
      value: Math.sin(i) / 3,
    }));
    const load = () => ingest(db.store, recordsOf(input), { register: true });
    await load();
    await refreshStaleDays(db.store);
    const before = await rollupsOf(db);

    expect(await load()).toMatchObject({ received: 3000, loaded: 0, corrected: 0, unchanged: 3000 });
    expect(await refreshStaleDays(db.store)).toMatchObject({ refreshed: 0, left: 0 });

    expect(await rollupsOf(db)).toBe(before);
  });
});
