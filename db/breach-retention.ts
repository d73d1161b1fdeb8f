import type { Pool } from './pool.ts';
import { formatInstant, type Instant } from './time/instant.ts';

/** So many are deleted at once: the counter of the outbox, which every new breach needs, is held while they are. */
const BATCH = 1_000;

/**
 * Deletes the oldest breaches as far as they were recorded before an instant, at most 1,000 of them, and notes that cursors before them have expired.
 * Answers whether there may be more. Alerts stay, also without a breach left to tell of them: late readings still correct them.
 */
export async function deleteExpiredBreaches(pool: Pool, before: Instant): Promise<boolean> {
  // Numbers and times of recording ascend together, unless the server's clock was set back: then what lies between waits for its neighbours.
  const { rows } = await pool.query<{ deleted: number }>({
    name: 'delete_expired_breaches',
    text: `
      with oldest as materialized (
        select series_id, number, recorded_at < $1::timestamptz as is_expired from breach order by number limit $2),
      gone as (
        delete from breach
         using oldest
         where breach.series_id = oldest.series_id and breach.number = oldest.number
           and oldest.is_expired and not exists (select from oldest as kept where not kept.is_expired and kept.number < oldest.number)
        returning breach.number),
      noted as (
        update outbox set expired_through = greatest(expired_through, (select max(number) from gone)) where exists (select from gone))
      select count(*) as deleted from gone`,
    values: [formatInstant(before), BATCH],
  });
  return rows[0]?.deleted === BATCH;
}
