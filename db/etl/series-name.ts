import type { Queryable } from '../pool.ts';

/** What a series is called. */
export interface SeriesNameRow {
  readonly seriesId: number;
  readonly sensor: string;
  readonly metric: string;
  readonly location: string;
}

/** The names of series, by their numbers. */
export async function selectSeriesNames(db: Queryable, seriesIds: readonly number[]): Promise<readonly SeriesNameRow[]> {
  const { rows } = await db.query<SeriesNameRow>({
    name: 'select_series_names',
    text: `
      select id as "seriesId", sensor_id as sensor, metric_id as metric, coalesce(location_id, '') as location
        from series
       where id = any ($1::int[])
       order by id`,
    values: [seriesIds],
  });
  return rows;
}
