import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';

/** What the store knows of a series without looking at its readings. `time`, `value` and `firstTime` are null where it has none. */
export interface SeriesLatest {
  readonly seriesId: number;
  readonly time: Instant | null;
  readonly value: number | null;
  readonly derived: boolean;
  readonly firstTime: Instant | null;
  readonly readings: number;
}

/** Locks the series in the order of their ids, and so waits for every other writer of one of them; then nobody else changes their readings until the transaction ends. */
export async function lockSeriesLatest(db: Queryable, seriesIds: readonly number[]): Promise<readonly SeriesLatest[]> {
  const { rows } = await db.query<SeriesLatest>({
    name: 'lock_series_latest',
    text: `
      select series_id as "seriesId", (extract(epoch from time) * 1000000)::bigint as time, value, derived,
             (extract(epoch from first_time) * 1000000)::bigint as "firstTime", readings
        from series_latest
       where series_id = any ($1::int[])
       order by series_id
         for update`,
    values: [seriesIds],
  });
  return rows;
}

/** The first and the newest stored reading of each series: what is left after readings were deleted. */
export async function selectSeriesEdges(db: Queryable, seriesIds: readonly number[]): Promise<readonly Omit<SeriesLatest, 'readings'>[]> {
  const { rows } = await db.query<Omit<SeriesLatest, 'readings'>>({
    name: 'select_series_edges',
    text: `
      select wanted.series_id as "seriesId", (extract(epoch from newest.time) * 1000000)::bigint as time, newest.value, coalesce(newest.derived, false) as derived,
             (extract(epoch from oldest.time) * 1000000)::bigint as "firstTime"
        from unnest($1::int[]) as wanted (series_id)
        left join lateral (
          select time from reading where reading.series_id = wanted.series_id order by time limit 1) as oldest on true
        left join lateral (
          select time, value, derived from reading where reading.series_id = wanted.series_id order by time desc limit 1) as newest on true`,
    values: [seriesIds],
  });
  return rows;
}

/** Writes what the store now knows of series whose lock the caller holds. */
export async function updateSeriesLatest(db: Queryable, rows: readonly SeriesLatest[]): Promise<void> {
  await db.query({
    name: 'update_series_latest',
    text: `
      update series_latest
         set time = news.time, value = news.value, derived = news.derived, first_time = news.first_time, readings = news.readings,
             written_by = pg_current_xact_id()
        from unnest($1::int[], $2::timestamptz[], $3::double precision[], $4::boolean[], $5::timestamptz[], $6::bigint[])
             as news (series_id, time, value, derived, first_time, readings)
       where series_latest.series_id = news.series_id`,
    values: [
      rows.map((row) => row.seriesId),
      rows.map((row) => textOf(row.time)),
      rows.map((row) => row.value),
      rows.map((row) => row.derived),
      rows.map((row) => textOf(row.firstTime)),
      rows.map((row) => row.readings),
    ],
  });
}

function textOf(instant: Instant | null): string | null {
  return instant === null ? null : formatInstant(instant);
}
