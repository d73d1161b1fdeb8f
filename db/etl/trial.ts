import { encodeInstants, encodeIntegers } from '../load/binary-array.ts';
import type { Queryable } from '../pool.ts';
import type { Instant } from '../time/instant.ts';
import type { SeriesSum } from './batch.ts';

/** Rows that the transaction under way, or a part of it, has written: of series that it has locked nobody else writes. */
const OURS = 'age(xmin) <= age(pg_current_xact_id()::xid)';

/** Measured readings that batches of the transaction wrote: values as they were and as they would be; `oldValue` null where there was none. */
export interface TrialReading {
  readonly seriesId: number;
  readonly time: Instant;
  readonly oldValue: number | null;
  readonly value: number;
}

/** What batches of the transaction under way have written, by series and time. */
export async function selectTrialReadings(db: Queryable, batchIds: readonly number[], written: readonly SeriesSum[]): Promise<readonly TrialReading[]> {
  const { rows } = await db.query<TrialReading & Record<string, unknown>>({
    // Not a named statement: its general plan would ask every partition for every series.
    text: `
      with corrected as materialized (
        select distinct on (series_id, time) series_id, time, old_value from correction where batch_id = any ($1::int[]) order by series_id, time, batch_id)
      select reading.series_id as "seriesId", (extract(epoch from reading.time) * 1000000)::bigint as time, corrected.old_value as "oldValue", reading.value
        from unnest($2::int[], $3::timestamptz[], $4::timestamptz[]) as wanted (series_id, since, until)
        join reading on reading.series_id = wanted.series_id and reading.time >= wanted.since and reading.time <= wanted.until
                    and reading.batch_id = any ($1::int[]) and not reading.derived
        left join corrected on corrected.series_id = reading.series_id and corrected.time = reading.time
       order by 1, 2`,
    values: [
      encodeIntegers(batchIds),
      encodeIntegers(written.map((series) => series.seriesId)),
      encodeInstants(written.map((series) => series.firstTime)),
      encodeInstants(written.map((series) => series.lastTime)),
    ],
  });
  return rows;
}

/** An alert as the transaction under way has written it. */
export interface TrialAlert {
  readonly id: string;
  readonly seriesId: number;
  readonly resolved: boolean;
  readonly withdrawn: boolean;
}

/** The alerts of series that the transaction under way has written. */
export async function selectTrialAlerts(db: Queryable, seriesIds: readonly number[]): Promise<readonly TrialAlert[]> {
  const { rows } = await db.query<TrialAlert & Record<string, unknown>>({
    name: 'select_trial_alerts',
    text: `select id::text as id, series_id as "seriesId", resolved_at is not null as resolved, withdrawn from alert where series_id = any ($1::int[]) and ${OURS} order by alert.id`,
    values: [encodeIntegers(seriesIds)],
  });
  return rows;
}

/** Alerts by their ids, as others see them. */
export async function selectAlertStates(db: Queryable, ids: readonly string[]): Promise<readonly TrialAlert[]> {
  const { rows } = await db.query<TrialAlert & Record<string, unknown>>({
    name: 'select_alert_states',
    text: `select id::text as id, series_id as "seriesId", resolved_at is not null as resolved, withdrawn from alert where id = any ($1::bigint[])`,
    values: [ids],
  });
  return rows;
}

/** How many breaches of each kind the transaction under way has recorded. */
export async function selectTrialBreaches(db: Queryable, seriesIds: readonly number[]): Promise<readonly { readonly kind: string; readonly count: number }[]> {
  const { rows } = await db.query<{ kind: string; count: number }>({
    name: 'select_trial_breaches',
    text: `select kind, count(*) as count from breach where series_id = any ($1::int[]) and ${OURS} group by kind order by kind`,
    values: [encodeIntegers(seriesIds)],
  });
  return rows;
}

/** How many readings series have, derived ones too, in the order of the series. */
export async function selectReadingCounts(
  db: Queryable,
  seriesIds: readonly number[],
): Promise<readonly { readonly seriesId: number; readonly readings: number }[]> {
  const { rows } = await db.query<{ seriesId: number; readings: number }>({
    name: 'select_reading_counts',
    text: `select series_id as "seriesId", readings from series_latest where series_id = any ($1::int[]) order by series_id`,
    values: [encodeIntegers(seriesIds)],
  });
  return rows;
}
