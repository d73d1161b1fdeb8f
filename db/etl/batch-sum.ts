import { encodeDoubles, encodeInstants, encodeIntegers } from '../load/binary-array.ts';
import type { Queryable } from '../pool.ts';
import type { SeriesSum, Written } from './batch.ts';

/** Notes what a batch of a run wrote, in the transaction of the batch. */
export async function insertBatchSum(db: Queryable, runId: number, batchId: number, written: readonly SeriesSum[]): Promise<void> {
  await db.query({
    name: 'insert_batch_sum',
    text: `
      insert into batch_sum (batch_id, run_id, series_ids, counts, sums, magnitudes, first_times, last_times)
      values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    values: [
      batchId,
      runId,
      encodeIntegers(written.map((series) => series.seriesId)),
      encodeIntegers(written.map((series) => series.count)),
      encodeDoubles(written.map((series) => series.sum)),
      encodeDoubles(written.map((series) => series.magnitude)),
      encodeInstants(written.map((series) => series.firstTime)),
      encodeInstants(written.map((series) => series.lastTime)),
    ],
  });
}

/** What all batches of a run wrote so far, over all of its attempts. */
export async function selectWrittenOfRun(db: Queryable, runId: number): Promise<Written> {
  const { rows: batches } = await db.query<{ id: number }>({
    name: 'select_batches_of_sums',
    text: 'select batch_id as id from batch_sum where run_id = $1 order by batch_id',
    values: [runId],
  });
  const { rows: series } = await db.query<SeriesSum>({
    name: 'select_written_of_run',
    text: `
      select series_id as "seriesId", sum(count) as count, sum(sum) as sum, sum(magnitude) as magnitude,
             (extract(epoch from min(first_time)) * 1000000)::bigint as "firstTime", (extract(epoch from max(last_time)) * 1000000)::bigint as "lastTime"
        from batch_sum
       cross join lateral unnest(series_ids, counts, sums, magnitudes, first_times, last_times) as written (series_id, count, sum, magnitude, first_time, last_time)
       where run_id = $1
       group by series_id
       order by series_id`,
    values: [runId],
  });
  return { batchIds: batches.map(({ id }) => id), series };
}
