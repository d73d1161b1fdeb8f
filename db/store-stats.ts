import type { Queryable } from './pool.ts';

/** What the store runs on and how much it holds. */
export interface StoreStats {
  readonly server: string;
  /** null where the extension is not installed. */
  readonly timescale: string | null;
  readonly series: number;
  readonly readings: number;
  readonly newest: string | null;
  readonly staleDays: number;
}

/** Reads them in one statement; the number of readings is kept by the loads, so that none is counted. */
export async function selectStoreStats(db: Queryable): Promise<StoreStats> {
  const { rows } = await db.query<StoreStats>({
    name: 'select_store_stats',
    text: `
      select current_setting('server_version') as server,
             (select extversion from pg_extension where extname = 'timescaledb') as timescale,
             count(*) filter (where time is not null) as series,
             coalesce(sum(readings), 0)::double precision as readings,
             max(time) as newest,
             (select count(*) from stale_day) as "staleDays"
        from series_latest`,
    values: [],
  });
  const row = rows[0];
  if (row === undefined) throw new Error('the statement that counts gave no row');
  return row;
}
