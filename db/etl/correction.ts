import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';

/** Measured readings that a batch gives another value, parallel, ordered by series and time. */
export interface CorrectionColumns {
  readonly seriesIds: readonly number[];
  readonly times: readonly Instant[];
  readonly oldValues: readonly number[];
  readonly newValues: readonly number[];
  /** 0: loaded before batches had numbers. */
  readonly oldBatchIds: readonly number[];
}

/** What a measured reading was before a batch gave it another value. */
export interface CorrectionRow {
  readonly seriesId: number;
  readonly time: string;
  readonly batchId: number;
  readonly oldValue: number;
  readonly newValue: number;
  readonly oldBatchId: number | null;
}

/** Notes what readings were before the batch corrected them. */
export async function insertCorrections(db: Queryable, batchId: number, corrections: CorrectionColumns): Promise<void> {
  await db.query({
    text: `
      insert into correction (series_id, time, batch_id, old_value, new_value, old_batch_id)
      select series_id, time, $1, old_value, new_value, nullif(old_batch_id, 0)
        from unnest($2::int[], $3::timestamptz[], $4::double precision[], $5::double precision[], $6::int[]) as noted (series_id, time, old_value, new_value, old_batch_id)`,
    values: [
      batchId,
      `{${corrections.seriesIds.join()}}`,
      `{${corrections.times.map(formatInstant).join()}}`,
      `{${corrections.oldValues.join()}}`,
      `{${corrections.newValues.join()}}`,
      `{${corrections.oldBatchIds.join()}}`,
    ],
  });
}

/** The corrections of a series in a half-open window, in the order of time and then of being made, at most `first`. */
export async function selectCorrectionsOfSeries(
  db: Queryable,
  { seriesId, from, to, first }: { readonly seriesId: number; readonly from: Instant; readonly to: Instant; readonly first: number },
): Promise<readonly CorrectionRow[]> {
  const { rows } = await db.query<CorrectionRow>({
    name: 'select_corrections_of_series',
    text: `
      select series_id as "seriesId", time, batch_id as "batchId", old_value as "oldValue", new_value as "newValue", old_batch_id as "oldBatchId"
        from correction
       where series_id = $1 and time >= $2::timestamptz and time < $3::timestamptz
       order by time, batch_id
       limit $4`,
    values: [seriesId, formatInstant(from), formatInstant(to), first],
  });
  return rows;
}
