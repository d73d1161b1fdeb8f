import type { Queryable } from './pool.ts';

/** The stretch and number of a series' readings: what a question is likely to cost, known before it is asked. */
export interface SeriesSpan {
  readonly seriesId: number;
  readonly firstTime: string;
  readonly time: string;
  readonly readings: number;
}

/** The spans of series that have readings, in no order. */
export async function selectSeriesSpans(db: Queryable, seriesIds: readonly number[]): Promise<readonly SeriesSpan[]> {
  const { rows } = await db.query<SeriesSpan>({
    name: 'select_series_spans',
    text: `
      select series_id as "seriesId", first_time as "firstTime", time, readings
        from series_latest
       where series_id = any ($1::int[]) and time is not null`,
    values: [seriesIds],
  });
  return rows;
}
