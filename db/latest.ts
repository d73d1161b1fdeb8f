import type { Queryable } from './pool.ts';

/** The newest reading of a series. */
export interface LatestRow {
  readonly seriesId: number;
  readonly time: string;
  readonly value: number;
  readonly derived: boolean;
}

/** The newest readings of series that have any, in no order. */
export async function selectLatest(db: Queryable, seriesIds: readonly number[]): Promise<readonly LatestRow[]> {
  const { rows } = await db.query<LatestRow>({
    name: 'select_latest',
    text: `
      select series_id as "seriesId", time, value, derived
        from series_latest
       where series_id = any ($1::int[]) and time is not null`,
    values: [seriesIds],
  });
  return rows;
}
