import type { Queryable } from '../../../db/pool.ts';
import type { FaultFilter } from './fault-world.ts';

/** A breach in one line, as the store has it or as a client was told it: equal where they agree. */
export function textOf(breach: {
  readonly number: number;
  readonly kind: string;
  readonly time: string;
  readonly status: string | null;
  readonly previous: string | null;
  readonly value: number | null;
  readonly late: boolean;
  readonly sensor: string;
  readonly metric: string;
  readonly location: string | null;
}): string {
  const { number, kind, time, status, previous, value, late, sensor, metric, location } = breach;
  return [number, kind, new Date(time).toISOString(), status, previous, value, late, sensor, metric, location].join(' ');
}

/** Every breach up to a number as text, by number. */
export async function storedBreaches(db: Queryable, upTo: number): Promise<ReadonlyMap<number, string>> {
  const { rows } = await db.query<Parameters<typeof textOf>[0]>({
    text: `
      select breach.number, breach.kind, breach.time, breach.status, breach.previous, breach.value, breach.late,
             series.sensor_id as sensor, series.metric_id as metric, series.location_id as location
        from breach join series on series.id = breach.series_id
       where breach.number <= $1
       order by breach.number`,
    values: [upTo],
  });
  return new Map(rows.map((row) => [row.number, textOf(row)]));
}

/** The numbers of the breaches behind a number and up to another that fit a filter, in order. */
export async function numbersThatFit(db: Queryable, { where, sensors, metrics, levels }: FaultFilter, after: number, upTo: number): Promise<readonly number[]> {
  const { rows } = await db.query<{ number: number }>({
    text: `
      select breach.number
        from breach
        join series on series.id = breach.series_id
        join alert on alert.id = breach.alert_id
        left join location on location.id = series.location_id
       where breach.number > $1 and breach.number <= $2
         and ($3::text[] is null or series.location_id = any ($3))
         and ($4::text[] is null or location.factory = any ($4))
         and ($5::int[] is null or location.floor = any ($5))
         and ($6::text[] is null or series.sensor_id = any ($6))
         and ($7::text[] is null or series.metric_id = any ($7))
         and ($8::text[] is null or breach.status = any ($8) or breach.previous = any ($8)
              or (alert.kind = 'NO_DATA' and alert.level = any ($8))
              -- The level of an alert when it was corrected is only known by what was recorded then.
              or (breach.kind = 'CORRECTED' and breach.levels && $8))
       order by breach.number`,
    values: [after, upTo, where?.ids ?? null, where?.factories ?? null, where?.floors ?? null, sensors ?? null, metrics ?? null, levels ?? null],
  });
  return rows.map(({ number }) => number);
}

/** What is wrong with the record itself: gaps in the numbers, clocks that go back, lives that do not agree with what was told of them. Nothing, if all is well. */
export async function flawsOfRecord(db: Queryable): Promise<readonly string[]> {
  const { rows } = await db.query<{ flaw: string }>({
    text: `
      select format('%s breaches, but the counter stands at %s', count(*), max(last_number)) as flaw
        from outbox left join breach on true
      having count(breach.number) <> max(last_number) or count(breach.number) <> coalesce(max(breach.number), 0)
      union all
      select format('%s was recorded at %s, after %s', number, recorded_at, before)
        from (select number, recorded_at, lag(recorded_at) over (order by number) as before from breach) as following
       where recorded_at < before
      union all
      select format('alert %s, now %s: %s', alert.id, alert, life)
        from alert
        join (select alert_id, count(*) filter (where kind = 'OPENED') as opened, count(*) filter (where kind = 'CLEARED') as cleared,
                     count(*) filter (where kind = 'CORRECTED') as corrected,
                     string_agg(concat_ws(' ', number, kind, time, previous, '>', status, value, recorded_at), '; ' order by number) as life
                from breach group by alert_id) as told on told.alert_id = alert.id
       where opened > 1 or (corrected = 0 and (opened <> 1 or cleared > 1 or (alert.resolved_at is null) <> (cleared = 0)))`,
  });
  return rows.map(({ flaw }) => flaw);
}

/** Readings that are not stored, of those given as `sensor metric time`, the time as JavaScript writes it. */
export async function missingReadings(db: Queryable, acknowledged: ReadonlySet<string>): Promise<readonly string[]> {
  const { rows } = await db.query<{ sensor: string; metric: string; time: string }>({
    text: `
      select series.sensor_id as sensor, series.metric_id as metric, reading.time
        from reading join series on series.id = reading.series_id
       where not reading.derived`,
  });
  const stored = new Set(rows.map(({ sensor, metric, time }) => `${sensor} ${metric} ${new Date(time).toISOString()}`));
  return [...acknowledged].filter((reading) => !stored.has(reading));
}
