import { encodeDoubles, encodeInstants, encodeIntegers } from '../load/binary-array.ts';
import type { Queryable } from '../pool.ts';
import { formatInstant, type Instant } from '../time/instant.ts';

/** Measured readings that a batch gives another value, parallel, ordered by series and time. */
export interface CorrectionColumns {
  readonly seriesIds: Int32Array;
  readonly times: Float64Array;
  readonly oldValues: Float64Array;
  readonly newValues: Float64Array;
  /** 0: loaded before batches had numbers. */
  readonly oldBatchIds: Int32Array;
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
  const { seriesIds, times } = corrections;
  const firsts: number[] = [];
  for (let at = 0; at < seriesIds.length; at += 1) if (at === 0 || seriesIds[at] !== seriesIds[at - 1]) firsts.push(at);
  const lasts = firsts.map((_first, rank) => (firsts[rank + 1] ?? seriesIds.length) - 1);
  await db.query({
    name: 'insert_corrections',
    text: `
      insert into correction_log (batch_id, series_id, first_time, last_time, times, old_values, new_values, old_batch_ids)
      select $1::int, series_id, first_time, last_time, ($6::timestamptz[])[first:last], ($7::double precision[])[first:last], ($8::double precision[])[first:last], ($9::int[])[first:last]
        from unnest($2::int[], $3::int[], $4::int[], $5::timestamptz[], $10::timestamptz[]) as noted (series_id, first, last, first_time, last_time)`,
    values: [
      batchId,
      encodeIntegers(firsts.map((first) => seriesIds[first] ?? 0)),
      encodeIntegers(firsts.map((first) => first + 1)),
      encodeIntegers(lasts.map((last) => last + 1)),
      encodeInstants(firsts.map((first) => times[first] ?? 0)),
      encodeInstants(times),
      encodeDoubles(corrections.oldValues),
      encodeDoubles(corrections.newValues),
      encodeIntegers(corrections.oldBatchIds),
      encodeInstants(lasts.map((last) => times[last] ?? 0)),
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
       where series_id = $1 and time >= $2::timestamptz and time < $3::timestamptz and last_time >= $2::timestamptz and first_time < $3::timestamptz
       order by time, batch_id
       limit $4`,
    values: [seriesId, formatInstant(from), formatInstant(to), first],
  });
  return rows;
}
