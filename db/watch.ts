import { CATALOGUE_LOCK, WATCH_LOCK } from './advisory-lock.ts';
import type { Queryable } from './pool.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** Where the judging of the present stands. */
export interface Watch {
  /** Up to when the edges of thresholds' windows have been judged; null where nobody has judged anything yet. */
  readonly judgedUntil: Instant | null;
  readonly hasReadings: boolean;
}

/**
 * Makes the caller the one watcher of the store until its transaction ends, and keeps the catalogue as it is. Waits for nobody: answers false where another
 * instance is watching, or where the catalogue is being changed.
 */
export async function tryToWatch(client: Queryable): Promise<boolean> {
  const { rows } = await client.query<{ isWatcher: boolean }>({
    name: 'try_to_watch',
    text: 'select pg_try_advisory_xact_lock($1, $2) and pg_try_advisory_xact_lock_shared($3, $4) as "isWatcher"',
    values: [...WATCH_LOCK, ...CATALOGUE_LOCK],
  });
  return rows[0]?.isWatcher === true;
}

/** Reads where the judging of the present stands. */
export async function selectWatch(db: Queryable): Promise<Watch> {
  const { rows } = await db.query<{ judgedUntil: Instant | null; hasReadings: boolean }>({
    name: 'select_watch',
    text: `
      select (extract(epoch from judged_until) * 1000000)::bigint as "judgedUntil",
             exists (select from series_latest where time is not null) as "hasReadings"
        from watch`,
    values: [],
  });
  const watch = rows[0];
  if (watch === undefined) throw new Error('the relation watch has no row');
  return watch;
}

/** Notes up to when edges have been judged; never goes back. The caller is the watcher, or changes the catalogue. */
export async function updateJudgedUntil(client: Queryable, until: Instant): Promise<void> {
  await client.query({
    name: 'update_judged_until',
    text: 'update watch set judged_until = greatest(judged_until, $1::timestamptz)',
    values: [formatInstant(until)],
  });
}

/** Series and how long each of them may be silent, in microseconds, parallel. */
export interface WatchedSeries {
  readonly seriesIds: readonly number[];
  readonly after: readonly number[];
}

/** Who has been silent for too long and has no alert for it, and when the next one will have been, if it stays silent. */
export interface Silence {
  readonly seriesIds: readonly number[];
  readonly nextAt: Instant | null;
}

/** Looks for silence among the watched series, with one statement and without a lock. */
export async function selectSilence(db: Queryable, { seriesIds, after }: WatchedSeries, present: Instant): Promise<Silence> {
  const { rows } = await db.query<{ seriesIds: readonly number[] | null; nextAt: Instant | null }>({
    name: 'select_silence',
    text: `
      with watched as materialized (
        select latest.series_id, latest.time + after * interval '1 microsecond' as due
          from unnest($1::int[], $2::bigint[]) as watched (series_id, after)
          join series_latest as latest on latest.series_id = watched.series_id
         where latest.time is not null
           and not exists (select from alert where alert.series_id = latest.series_id and alert.kind = 'NO_DATA' and alert.resolved_at is null))
      select array_agg(series_id) filter (where due < $3::timestamptz) as "seriesIds",
             (extract(epoch from min(due) filter (where due >= $3::timestamptz)) * 1000000)::bigint as "nextAt"
        from watched`,
    values: [`{${seriesIds.join()}}`, `{${after.join()}}`, formatInstant(present)],
  });
  return { seriesIds: rows[0]?.seriesIds ?? [], nextAt: rows[0]?.nextAt ?? null };
}

/** The newest reading of a series, as far as it has one, and from when its newest verdict is. */
export interface NewestReading {
  readonly seriesId: number;
  readonly time: Instant | null;
  readonly value: number | null;
  readonly verdictAt: Instant | null;
}

const NEWEST_READING = `
  latest.series_id as "seriesId", (extract(epoch from latest.time) * 1000000)::bigint as time, latest.value,
  (select (extract(epoch from max(verdict.time)) * 1000000)::bigint from verdict where verdict.series_id = latest.series_id) as "verdictAt"`;

/** The newest readings of series that the caller keeps from being written, in the order of their ids. */
export async function selectNewestReadings(client: Queryable, seriesIds: readonly number[]): Promise<readonly NewestReading[]> {
  if (seriesIds.length === 0) return [];
  const { rows } = await client.query<NewestReading & Record<string, unknown>>({
    name: 'select_newest_readings',
    text: `
      select ${NEWEST_READING}
        from series_latest as latest
       where latest.series_id = any ($1::int[])
       order by latest.series_id`,
    values: [`{${seriesIds.join()}}`],
  });
  return rows;
}

/** Locks those of the series that nobody else holds, in the order of their ids. A load holds its series for seconds, and the watcher comes again. */
export async function lockFreeSeries(client: Queryable, seriesIds: readonly number[]): Promise<readonly NewestReading[]> {
  if (seriesIds.length === 0) return [];
  const { rows } = await client.query<NewestReading & Record<string, unknown>>({
    name: 'lock_free_series',
    text: `
      select ${NEWEST_READING}
        from series_latest as latest
       where latest.series_id = any ($1::int[])
       order by latest.series_id
         for update of latest skip locked`,
    values: [`{${seriesIds.join()}}`],
  });
  return rows;
}
