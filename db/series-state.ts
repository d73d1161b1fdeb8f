import { integers } from './parameter-text.ts';
import type { Queryable } from './pool.ts';

/** A text that is another one after every change of a reading of these series: each load that changes any leaves the number of its transaction with the series. */
export async function selectSeriesState(db: Queryable, seriesIds: readonly number[]): Promise<string> {
  const { rows } = await db.query<{ state: string }>({
    name: 'select_series_state',
    text: `
      select md5(coalesce(string_agg(concat_ws(' ', series_id, written_by::text, readings), ',' order by series_id), '')) as state
        from series_latest
       where series_id = any ($1::int[])`,
    values: [integers(seriesIds)],
  });
  const state = rows[0]?.state;
  if (state === undefined) throw new Error('the statement that reads the state of series gave no row');
  return state;
}
