import { integers } from '../parameter-text.ts';
import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import type { CorrectionRow } from './correction.ts';

/** Where among all corrections one stands: the order is that of batches, then series, then times. */
export interface CorrectionKey {
  readonly batchId: number;
  readonly seriesId: number;
  readonly time: Instant;
}

/** A page of corrections: what comes before a key, the last first. */
export interface CorrectionPage {
  readonly before: CorrectionKey | null;
  readonly limit: number;
}

/**
 * A log has a row for each batch and series, and is gone through from the last; its corrections are taken out row by row until there are enough. What joins a row with what is
 * taken out of it can only be a nested loop, so the order is that of the rows, and one more sort of the page makes sure.
 */
function pageOf(rows: string): string {
  return `
         select log.series_id as "seriesId", noted.time, log.batch_id as "batchId", noted.old_value as "oldValue", noted.new_value as "newValue", nullif(noted.old_batch_id, 0) as "oldBatchId"
           from (
             select *
               from correction_log as log
              where (log.batch_id, log.series_id) <= ($1::int, $2::int) and ${rows}
              order by log.batch_id desc, log.series_id desc) as log
          cross join lateral (
             select *
               from unnest(log.times, log.old_values, log.new_values, log.old_batch_ids) as noted (time, old_value, new_value, old_batch_id)
              where (log.batch_id, log.series_id, noted.time) < ($1::int, $2::int, $3::timestamptz)
              order by noted.time desc) as noted
          limit $4::int`;
}

const LAST_FIRST = 'order by "batchId" desc, "seriesId" desc, time desc';
const ALL = `select * from (${pageOf('true')}) as page ${LAST_FIRST}`;
const OF_SERIES = `/* select_corrections_of_series */ select * from (${pageOf('log.series_id = any ($5::int[])')}) as page ${LAST_FIRST}`;
const OF_BATCHES = `
      select page.*
        from unnest($5::int[]) as wanted (id)
       cross join lateral (${pageOf('log.batch_id = wanted.id')}) as page
       ${LAST_FIRST}`;

/** The corrections of these series, null being all, the last first. */
export async function selectCorrections(db: Queryable, seriesIds: readonly number[] | null, page: CorrectionPage): Promise<readonly CorrectionRow[]> {
  const values = [...keyOf(page.before), page.limit];
  const { rows } = await db.query<CorrectionRow>(
    seriesIds === null
      ? { name: 'select_corrections', text: ALL, values }
      : // A tag, not a name: whether to go by series or by batches depends on how many series there are.
        { text: OF_SERIES, values: [...values, integers(seriesIds)] },
  );
  return rows;
}

/** Of each batch the corrections that it made, the last first: at most `limit` of each. */
export async function selectCorrectionsOfBatches(db: Queryable, batchIds: readonly number[], page: CorrectionPage): Promise<readonly CorrectionRow[]> {
  const { rows } = await db.query<CorrectionRow>({
    name: 'select_corrections_of_batches',
    text: OF_BATCHES,
    values: [...keyOf(page.before), page.limit, integers(batchIds)],
  });
  return rows;
}

const MOST = 2_147_483_647;

function keyOf(before: CorrectionKey | null): readonly [number, number, string] {
  return before === null ? [MOST, MOST, 'infinity'] : [before.batchId, before.seriesId, formatInstant(before.time)];
}
