import type { Queryable } from '../pool.ts';
import type { Instant } from '../time/instant.ts';

/** The earliest touched instant of each touched (series, UTC day), ordered by series and time, each day once. */
export interface TouchedDays {
  readonly seriesIds: readonly number[];
  readonly since: readonly Instant[];
}

/** Says that the rollups of these days are behind. Instants go as numbers, which are many and quicker than texts. Raising the generation tells a refresher that read the marker before that its work is not the last word. */
export async function markStaleDays(db: Queryable, days: TouchedDays): Promise<void> {
  await db.query({
    name: 'mark_stale_days',
    text: `
      insert into stale_day (series_id, day, since, touched_since)
      select series_id, (since at time zone 'UTC')::date, since, since
        from unnest($1::int[], $2::bigint[]) as touched (series_id, micros)
       cross join lateral (select timestamptz '1970-01-01 00:00:00Z' + micros * interval '1 microsecond') as day (since)
          on conflict (series_id, day) do update 
            set generation = stale_day.generation + 1, since = least(stale_day.since, excluded.since),
                touched_since = least(stale_day.touched_since, excluded.touched_since)`,
    values: [`{${days.seriesIds.join()}}`, `{${days.since.join()}}`],
  });
}
