import type { Queryable } from './pool.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** The debounced status by readings; null where no threshold is in force. */
export type VerdictStatus = 'NORMAL' | 'WARNING' | 'CRITICAL' | null;

/** From when on which thresholds held for a series. */
export interface VerdictRow {
  readonly seriesId: number;
  readonly time: Instant;
  readonly status: VerdictStatus;
  /** Ids of thresholds, in the order of their numbers. */
  readonly active: readonly string[];
}

const COLUMNS = `series_id as "seriesId", (extract(epoch from time) * 1000000)::bigint as time, status, active::text[] as active`;

/** Writes verdicts of series whose locks the caller holds; one that is there already is replaced. */
export async function upsertVerdicts(db: Queryable, verdicts: readonly VerdictRow[]): Promise<void> {
  if (verdicts.length === 0) return;
  await db.query({
    name: 'upsert_verdicts',
    // Lists of different lengths are no array of arrays, so each goes as its text.
    text: `
      insert into verdict (series_id, time, status, active)
      select series_id, time, status, active::bigint[]
        from unnest($1::int[], $2::timestamptz[], $3::text[], $4::text[]) as news (series_id, time, status, active)
          on conflict (series_id, time) do update set status = excluded.status, active = excluded.active`,
    values: [
      verdicts.map((verdict) => verdict.seriesId),
      verdicts.map((verdict) => formatInstant(verdict.time)),
      verdicts.map((verdict) => verdict.status),
      verdicts.map((verdict) => `{${verdict.active.join()}}`),
    ],
  });
}

/** Which part of the timeline of a series is asked for. */
export interface TimelineQuestion {
  readonly seriesId: number;
  readonly since: Instant;
  /** null: to its end. */
  readonly until: Instant | null;
}

/** A verdict of a part of a timeline; `isCut` where the timeline may go on after that part. */
export interface TimelinePartRow extends VerdictRow {
  readonly isCut: boolean;
}

/** A part of a timeline goes on for so many verdicts by which nothing holds: enough to be met again soon, and never all that a restless series ever did. */
const BEYOND = 16;

/**
 * Parts of timelines, by series and time: from the last verdict before or at `since` by which nothing held, so that what holds then is known from its
 * beginning, until some time after `until`, to a verdict by which nothing holds.
 */
export async function selectTimelines(db: Queryable, questions: readonly TimelineQuestion[]): Promise<readonly TimelinePartRow[]> {
  // offset 0: worked out once for a series, not once for each of its rows.
  const { rows } = await db.query<TimelinePartRow & Record<string, unknown>>({
    name: 'select_timelines',
    text: `
      select ${COLUMNS}, isfinite(part.last) as "isCut"
        from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) as wanted (wanted_series, since, until)
       cross join lateral (
         select coalesce((
                  select idle.time from verdict as idle
                   where idle.series_id = wanted_series and idle.time <= since and idle.active = '{}'
                   order by idle.time desc limit 1), '-infinity') as first,
                coalesce((
                  select idle.time from verdict as idle
                   where idle.series_id = wanted_series and idle.time > until and idle.active = '{}'
                   order by idle.time limit 1 offset $4), 'infinity') as last
         offset 0) as part
        join verdict on verdict.series_id = wanted_series and verdict.time between part.first and part.last
       order by verdict.series_id, verdict.time`,
    values: [
      questions.map((question) => question.seriesId),
      questions.map((question) => formatInstant(question.since)),
      questions.map((question) => (question.until === null ? 'infinity' : formatInstant(question.until))),
      BEYOND,
    ],
  });
  return rows;
}

/** Deletes verdicts by series and instant. */
export async function deleteVerdicts(db: Queryable, seriesIds: readonly number[], times: readonly Instant[]): Promise<void> {
  if (seriesIds.length === 0) return;
  await db.query({
    name: 'delete_verdicts',
    text: `
      delete from verdict
       using unnest($1::int[], $2::timestamptz[]) as gone (series_id, time)
       where verdict.series_id = gone.series_id and verdict.time = gone.time`,
    values: [seriesIds, times.map(formatInstant)],
  });
}
