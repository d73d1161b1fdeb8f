import type { Queryable } from '../pool.ts';
import type { SeriesFreshnessRow } from './series-freshness.ts';

/** What a job has brought of a series. */
export interface JobSeriesRow extends SeriesFreshnessRow {
  readonly jobId: string;
}

/** Of each job the series behind an id, by id: at most `limit` of each. */
export async function selectSeriesOfJobs(
  db: Queryable,
  jobIds: readonly string[],
  page: { readonly afterId: number; readonly limit: number },
): Promise<readonly JobSeriesRow[]> {
  const { rows } = await db.query<JobSeriesRow>({
    name: 'select_series_of_jobs',
    text: `
      select brought.job_id as "jobId", brought.series_id as "seriesId", brought.first_time as "firstTime", brought.last_time as "lastTime",
             brought.readings, brought.late, brought.loaded_at as "loadedAt"
        from unnest($1::text[]) as wanted (job_id)
       cross join lateral (
         select * from etl_series as brought where brought.job_id = wanted.job_id and brought.series_id > $2::int order by brought.series_id limit $3::int) as brought
       order by brought.series_id`,
    values: [jobIds, page.afterId, page.limit],
  });
  return rows;
}
