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

/** The last verdict of each series at or before its instant, and all after it, by series and time. */
export async function selectVerdictsSince(db: Queryable, seriesIds: readonly number[], since: readonly Instant[]): Promise<readonly VerdictRow[]> {
  const { rows } = await db.query<VerdictRow & Record<string, unknown>>({
    name: 'select_verdicts_since',
    text: `
      select ${COLUMNS}
        from unnest($1::int[], $2::timestamptz[]) as wanted (wanted_series, since)
        join verdict on verdict.series_id = wanted_series
       where verdict.time >= coalesce((select max(before.time) from verdict as before where before.series_id = wanted_series and before.time <= since), since)
       order by verdict.series_id, verdict.time`,
    values: [seriesIds, since.map(formatInstant)],
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
