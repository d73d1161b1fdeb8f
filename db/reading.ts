import type { Queryable } from './pool.ts';
import { formatInstant, type Instant, type TimeWindow } from './time/instant.ts';

/** One reading as stored. */
export interface ReadingRow {
  readonly seriesId: number;
  readonly time: string;
  readonly value: number;
  readonly derived: boolean;
}

/** Which readings: of these series, inside the window, from the bounds on. */
export interface ReadingQuestion {
  readonly seriesIds: readonly number[];
  readonly window: TimeWindow;
  readonly order: 'ASCENDING' | 'DESCENDING';
  /** Where a page goes on: at this instant, except for the series that were given at it. */
  readonly after: { readonly time: Instant; readonly givenSeriesIds: readonly number[] } | null;
  /** At most so many of each series. */
  readonly perSeries: number;
  /** At most so many altogether, but never parting readings of one instant; null is no limit. */
  readonly altogether: number | null;
}

/** Each series is asked through its key and stops early, so that a page costs a page, not the window. */
const ASCENDING = `
      select latest.series_id as "seriesId", page.time, page.value, page.derived
        from series_latest as latest
       cross join lateral (
         select reading.time, reading.value, reading.derived
           from reading
          where reading.series_id = latest.series_id
            and reading.time >= $2::timestamptz and reading.time < $3::timestamptz
            and reading.time >= $4::timestamptz + case when latest.series_id = any ($5::int[]) then interval '1 microsecond' else interval '0' end
          order by reading.time
          limit $6::int) as page
       where latest.series_id = any ($1::int[])
       order by page.time
       fetch first ($7::int) rows with ties`;

const DESCENDING = `
      select latest.series_id as "seriesId", page.time, page.value, page.derived
        from series_latest as latest
       cross join lateral (
         select reading.time, reading.value, reading.derived
           from reading
          where reading.series_id = latest.series_id
            and reading.time >= $2::timestamptz and reading.time < $3::timestamptz
            and reading.time <= $4::timestamptz - case when latest.series_id = any ($5::int[]) then interval '1 microsecond' else interval '0' end
          order by reading.time desc
          limit $6::int) as page
       where latest.series_id = any ($1::int[])
       order by page.time desc
       fetch first ($7::int) rows with ties`;

const NO_LIMIT = 2_147_483_647;

/** Readings by time alone; those of one instant are in no order. */
export async function selectReadings(db: Queryable, question: ReadingQuestion): Promise<readonly ReadingRow[]> {
  const { seriesIds, window, order, after, perSeries, altogether } = question;
  const start = order === 'ASCENDING' ? window.from : window.to;
  const { rows } = await db.query<ReadingRow>({
    name: order === 'ASCENDING' ? 'select_readings' : 'select_readings_backwards',
    text: order === 'ASCENDING' ? ASCENDING : DESCENDING,
    values: [
      seriesIds,
      formatInstant(window.from),
      formatInstant(window.to),
      formatInstant(after?.time ?? start),
      after?.givenSeriesIds ?? [],
      perSeries,
      altogether ?? NO_LIMIT,
    ],
  });
  return rows;
}
