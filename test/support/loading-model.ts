import { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../../db/pool.ts';

/** One stored reading with its series spelled out. */
export interface StoredReading {
  readonly sensor: string;
  readonly metric: string;
  readonly location: string | null;
  readonly time: string;
  readonly value: number;
  readonly derived: boolean;
}

/** Every stored reading, by sensor, metric and time. */
export async function storedReadings(db: Queryable): Promise<StoredReading[]> {
  const { rows } = await db.query<StoredReading>({
    text: `
      select series.sensor_id as sensor, series.metric_id as metric, series.location_id as location, reading.time, reading.value, reading.derived
        from reading join series on series.id = reading.series_id
       order by sensor_id collate "C", metric_id collate "C", time`,
  });
  return rows;
}

/** All that a load may change, as text: equal before and after means that nothing was. */
export async function fingerprint(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ text: string }>({
    text: `
      select concat_ws(' ',
        (select md5(string_agg(reading::text, ',' order by series_id, time)) from reading),
        (select md5(string_agg(series_latest::text || xmin::text, ',' order by series_id)) from series_latest),
        (select md5(string_agg(stale_day::text || xmin::text, ',' order by series_id, day)) from stale_day),
        (select version from catalogue)) as text`,
  });
  return rows[0]?.text ?? '';
}

/** What is wrong with what the store knows of its series beside their readings: nothing, if all is well. */
export async function inconsistencies(db: Queryable): Promise<unknown[]> {
  const { rows } = await db.query<{ series_id: number }>({
    text: `
      select coalesce(truth.series_id, known.series_id) as series_id, truth.*, known.time as known_time, known.readings as known_readings
        from (select series_id, count(*) as n, min(time) as first_time, max(time) as time,
                     (array_agg(value order by time desc))[1] as value, (array_agg(derived order by time desc))[1] as derived
                from reading group by series_id) as truth
        full join series_latest as known on known.series_id = truth.series_id
       where known.series_id is null
          or known.readings <> coalesce(truth.n, 0)
          or (known.time, known.value, known.first_time) is distinct from (truth.time, truth.value, truth.first_time)
          or (truth.n > 0 and known.derived <> truth.derived)`,
  });
  return rows;
}

/** (series, day) pairs that have readings and no marker, or one that begins after a reading; after a load and before a refresh there are none. */
export async function unmarked(db: Queryable): Promise<unknown[]> {
  const { rows } = await db.query<{ series_id: number }>({
    text: `
      select r.series_id, (r.time at time zone 'UTC')::date as day
        from reading as r
        left join stale_day as s on s.series_id = r.series_id and s.day = (r.time at time zone 'UTC')::date
       where s.series_id is null or s.since > r.time`,
  });
  return rows;
}

const keyOf = (sensor: string, metric: string, time: string): string => `${sensor} ${metric} ${time}`;

/** Derived readings that differ from what the measured ones give by the published formulas, written out again here and evaluated from scratch. */
export function wronglyDerived(stored: readonly StoredReading[], zoneOf: (sensor: string) => string = () => 'UTC'): string[] {
  const measured = new Map(stored.filter((row) => !row.derived).map((row) => [keyOf(row.sensor, row.metric, row.time), row.value]));
  const expected = new Map<string, number>();
  for (const instant of new Set(stored.map((row) => `${row.sensor} ${row.time}`))) {
    const [sensor = '', time = ''] = instant.split(' ');
    const get = (metric: string) => measured.get(keyOf(sensor, metric, time)) ?? expected.get(keyOf(sensor, metric, time));
    const expect = (metric: string, value: number | undefined, min: number, max: number) => {
      if (value !== undefined && value >= min && value <= max && get(metric) === undefined) expected.set(keyOf(sensor, metric, time), value);
    };
    expect('humidity', humidityOf(get('temperature'), get('dew_point')), 0, 100);
    const { month } = Temporal.Instant.from(time).toZonedDateTimeISO(zoneOf(sensor));
    const felt = [5, 6, 7, 8, 9].includes(month) ? summerOf(get('temperature'), get('humidity')) : winterOf(get('temperature'), get('wind_speed'));
    expect('perceived_temperature', felt, -100, 100);
  }
  const derived = new Map(stored.filter((row) => row.derived).map((row) => [keyOf(row.sensor, row.metric, row.time), row.value]));
  const wrong: string[] = [];
  for (const [key, value] of expected)
    if (Math.abs((derived.get(key) ?? Number.POSITIVE_INFINITY) - value) > 1e-9) wrong.push(`${key} is ${derived.get(key)}, not ${value}`);
  for (const [key, value] of derived) if (!expected.has(key)) wrong.push(`${key} is ${value}, but nothing can be derived`);
  return wrong;
}

function humidityOf(t?: number, d?: number): number | undefined {
  if (t === undefined || d === undefined || t < -45 || t > 60 || d < -45 || d > 60) return undefined;
  const pressure = (celsius: number) => 6.112 * Math.exp((17.62 * celsius) / (243.12 + celsius));
  return (100 * pressure(d)) / pressure(t);
}

function summerOf(t?: number, rh?: number): number | undefined {
  if (t === undefined || rh === undefined) return undefined;
  const tw =
    t * Math.atan(0.151977 * (rh + 8.313659) ** 0.5) +
    Math.atan(t + rh) -
    Math.atan(rh - 1.67633) +
    0.00391838 * rh ** (3 / 2) * Math.atan(0.023101 * rh) -
    4.686035;
  return -0.2442 + 0.55399 * tw + 0.45535 * t - 0.0022 * tw * tw + 0.00278 * tw * t + 3.0;
}

function winterOf(t?: number, metresPerSecond?: number): number | undefined {
  if (t === undefined || metresPerSecond === undefined || t > 10 || metresPerSecond < 1.3) return undefined;
  const kmh = metresPerSecond * 3.6;
  return 13.12 + 0.6215 * t - 11.37 * kmh ** 0.16 + 0.3965 * kmh ** 0.16 * t;
}

/** Rollup buckets that are not what the readings give, by relation. */
export async function wrongRollups(db: Queryable): Promise<string[]> {
  const wrong: string[] = [];
  for (const [relation, width] of [
    ['rollup_15m', '15 minutes'],
    ['rollup_1h', '1 hour'],
    ['rollup_1d', '1 day'],
  ]) {
    const { rows } = await db.query<{ series_id: number; bucket: string }>({
      text: `
        select series_id, bucket
          from ${relation} as rollup
          full join (select series_id, date_bin('${width}', time, timestamptz '2000-01-01 00:00:00+00') as bucket, count(*) as n, sum(value) as sum,
                            min(value) as min, max(value) as max, max(time) as last_time from reading group by 1, 2) as truth using (series_id, bucket)
         where (rollup.n, rollup.min, rollup.max, rollup.last_time) is distinct from (truth.n, truth.min, truth.max, truth.last_time)
            or abs(rollup.sum - truth.sum) > 1e-9 * greatest(1, abs(truth.sum))
         limit 10`,
    });
    wrong.push(...rows.map((row) => `${relation} ${row.series_id} ${row.bucket}`));
  }
  return wrong;
}
