import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import type { SeriesSum } from './batch.ts';

/** The longest silence of a series, and how many there are that are too long. */
export interface GapRow {
  readonly seriesId: number;
  readonly after: Instant;
  readonly length: number;
  readonly gaps: number;
}

/** Of some series those that have no reading for longer than `longest` microseconds, between the reading before the first of the given times and the reading after the last. */
export async function selectGaps(
  db: Queryable,
  series: readonly Pick<SeriesSum, 'seriesId' | 'firstTime' | 'lastTime'>[],
  longest: number,
): Promise<readonly GapRow[]> {
  const { rows } = await db.query<GapRow>({
    // Not a named statement: its general plan would ask every partition for every series.
    text: `
      select wanted.series_id as "seriesId", (extract(epoch from found.after) * 1000000)::bigint as after, found.length, found.gaps
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) as wanted (series_id, since, until)
       cross join lateral (
         select (array_agg(gap.after order by gap.length desc, gap.after))[1] as after, max(gap.length) as length, count(*) as gaps
           from (
             select lag(time) over (order by time) as after, (extract(epoch from time - lag(time) over (order by time)) * 1000000)::bigint as length
               from (
                 (select time from reading where series_id = wanted.series_id and time < wanted.since order by time desc limit 1)
                 union all
                 select time from reading where series_id = wanted.series_id and time between wanted.since and wanted.until
                 union all
                 (select time from reading where series_id = wanted.series_id and time > wanted.until order by time limit 1)) as taken) as gap
          where gap.length > $4::bigint
         having count(*) > 0) as found
       order by wanted.series_id`,
    values: [
      series.map(({ seriesId }) => seriesId),
      series.map(({ firstTime }) => formatInstant(firstTime)),
      series.map(({ lastTime }) => formatInstant(lastTime)),
      longest,
    ],
  });
  return rows;
}
