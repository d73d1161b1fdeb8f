import type { Queryable } from '../pool.ts';

/** What a job has brought of a series. */
export interface SeriesFreshnessRow {
  readonly seriesId: number;
  readonly firstTime: string;
  /** Of the newest reading that the job brought. */
  readonly lastTime: string;
  readonly readings: number;
  /** Readings that came when a newer one of their series was stored already. */
  readonly late: number;
  readonly loadedAt: string;
}

/** Series of a job with an id above `afterId`, by id, at most `first`. */
export async function selectSeriesFreshness(
  db: Queryable,
  page: { readonly jobId: string; readonly first: number; readonly afterId: number },
): Promise<readonly SeriesFreshnessRow[]> {
  const { rows } = await db.query<SeriesFreshnessRow>({
    name: 'select_series_freshness',
    text: `
      select series_id as "seriesId", first_time as "firstTime", last_time as "lastTime", readings, late, loaded_at as "loadedAt"
        from etl_series
       where job_id = $1 and series_id > $2
       order by series_id
       limit $3`,
    values: [page.jobId, page.afterId, page.first],
  });
  return rows;
}

/** What a job has brought at all: null where it has brought nothing. */
export interface JobFreshnessRow {
  readonly jobId: string;
  readonly lastTime: string;
  readonly series: number;
  readonly readings: number;
  readonly late: number;
  readonly loadedAt: string;
}

/** How fresh jobs are; one that has brought nothing is left out. */
export async function selectJobFreshness(db: Queryable, jobIds: readonly string[]): Promise<readonly JobFreshnessRow[]> {
  const { rows } = await db.query<JobFreshnessRow>({
    name: 'select_job_freshness',
    text: `
      select job_id as "jobId", max(last_time) as "lastTime", count(*) as series, sum(readings)::bigint as readings, sum(late)::bigint as late, max(loaded_at) as "loadedAt"
        from etl_series
       where job_id = any ($1::text[])
       group by job_id`,
    values: [jobIds],
  });
  return rows;
}
