import { encodeInstants, encodeIntegers } from '../load/binary-array.ts';
import type { Queryable } from '../pool.ts';
import type { Instant } from '../time/instant.ts';
import { type RunClaim, RunLostError } from './run-claim.ts';

/** A batch as it is kept. */
export interface BatchRow {
  readonly id: number;
  readonly runId: number | null;
  readonly source: string;
  readonly positionFrom: string | null;
  readonly positionTo: string | null;
  readonly committedAt: string;
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly derived: number;
  readonly rejected: number;
  readonly breaches: number;
}

/** What one batch did. */
export type BatchRecord = Omit<BatchRow, 'runId' | 'committedAt'>;

/** What a batch brings of a series that is new, for the freshness of its job; only where there is something. */
export interface BroughtSeries {
  readonly seriesId: number;
  readonly firstTime: Instant;
  readonly lastTime: Instant;
  readonly readings: number;
  readonly late: number;
}

/** Measured readings of one series: how many, their sum, the sum of their magnitudes (which bounds by how much two sums of them may differ), and between which times. */
export interface SeriesSum {
  readonly seriesId: number;
  readonly count: number;
  readonly sum: number;
  readonly magnitude: number;
  readonly firstTime: Instant;
  readonly lastTime: Instant;
}

/** Raises the run's counts, which fails where the run is no longer this attempt's, writes the record of the batch, and notes how fresh the job now is. Locks the row of the run until the transaction ends. */
export async function recordBatch(db: Queryable, batch: BatchRecord, run: RunClaim | null, brought: readonly BroughtSeries[]): Promise<void> {
  const counts = [batch.received, batch.loaded, batch.corrected, batch.unchanged, batch.derived, batch.rejected, batch.breaches];
  const record = [batch.id, batch.source, batch.positionFrom, batch.positionTo, ...counts];
  if (run === null) {
    await db.query({ name: 'record_batch', text: INSERT_BATCH, values: record });
    return;
  }
  const { rows } = await db.query<{ runs: number }>({
    name: 'record_batch_of_run',
    text: RECORD_BATCH_OF_RUN,
    values: [
      ...record,
      run.runId,
      run.attempt,
      run.instanceId,
      run.jobId,
      encodeIntegers(brought.map((series) => series.seriesId)),
      encodeInstants(brought.map((series) => series.firstTime)),
      encodeInstants(brought.map((series) => series.lastTime)),
      encodeIntegers(brought.map((series) => series.readings)),
      encodeIntegers(brought.map((series) => series.late)),
    ],
  });
  if (rows[0]?.runs !== 1) throw new RunLostError(run);
}

const COLUMNS = 'id, source, position_from, position_to, received, loaded, corrected, unchanged, derived, rejected, breaches';

const INSERT_BATCH = `
  insert into batch (${COLUMNS}) overriding system value
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

const RECORD_BATCH_OF_RUN = `
  with claimed as (
    update etl_run
       set received = received + $5, loaded = loaded + $6, corrected = corrected + $7, unchanged = unchanged + $8,
           derived = derived + $9, rejected = rejected + $10, breaches = breaches + $11
     where id = $12 and attempt = $13 and instance_id = $14 and state = 'RUNNING'
    returning id),
  recorded as (
    insert into batch (run_id, ${COLUMNS}) overriding system value
    select id, $1::int, $2, $3, $4, $5::int, $6::int, $7::int, $8::int, $9::int, $10::int, $11::int from claimed),
  freshened as (
    insert into etl_series (job_id, series_id, first_time, last_time, readings, late)
    select $15, brought.*
      from claimed, unnest($16::int[], $17::timestamptz[], $18::timestamptz[], $19::int[], $20::int[]) as brought (series_id, first_time, last_time, readings, late)
        on conflict (job_id, series_id) do update
          set first_time = least(etl_series.first_time, excluded.first_time), last_time = greatest(etl_series.last_time, excluded.last_time),
              readings = etl_series.readings + excluded.readings, late = etl_series.late + excluded.late, loaded_at = now())
  select count(*) as runs, max(pg_notify('thermograph_etl', id::text)::text) as notified from claimed`;

/** What batches wrote, all of them together. */
export interface Written {
  readonly batchIds: readonly number[];
  readonly series: readonly SeriesSum[];
}

/**
 * What is stored, or was until later batches corrected it, of what batches wrote: exactly what their outcomes say was written, whatever was loaded since.
 * `series` names the series and the times between which to look.
 */
export async function selectStoredOfBatches(
  db: Queryable,
  batchIds: readonly number[],
  series: readonly Pick<SeriesSum, 'seriesId' | 'firstTime' | 'lastTime'>[],
): Promise<readonly Pick<SeriesSum, 'seriesId' | 'count' | 'sum' | 'magnitude'>[]> {
  const { rows } = await db.query<Pick<SeriesSum, 'seriesId' | 'count' | 'sum' | 'magnitude'>>({
    // Not a named statement: its general plan would ask every partition for every series.
    text: `
      select wanted.series_id as "seriesId", count(found.value) as count, coalesce(sum(found.value), 0) as sum, coalesce(sum(abs(found.value)), 0) as magnitude
        from unnest($2::int[], $3::timestamptz[], $4::timestamptz[]) as wanted (series_id, since, until)
        left join lateral (
          select value
            from reading
           where reading.series_id = wanted.series_id and reading.time >= wanted.since and reading.time <= wanted.until
             and not derived and batch_id = any ($1::int[])
          union all
          select old_value
            from correction
           where correction.series_id = wanted.series_id and correction.time >= wanted.since and correction.time <= wanted.until
             and correction.last_time >= wanted.since and correction.first_time <= wanted.until
             and old_batch_id = any ($1::int[])) as found (value) on true
       group by wanted.series_id
       order by wanted.series_id`,
    values: [
      encodeIntegers(batchIds),
      encodeIntegers(series.map(({ seriesId }) => seriesId)),
      encodeInstants(series.map(({ firstTime }) => firstTime)),
      encodeInstants(series.map(({ lastTime }) => lastTime)),
    ],
  });
  return rows;
}
