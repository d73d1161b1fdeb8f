import type { TestDatabase } from './database.ts';

/** Breaches of the sensors whose ids begin so, by number, as `10:05:00 OPENED s1 NORMAL>WARNING 40 by 7`; a dash where there is none. `by` the threshold. */
export async function toldOf({ pool }: TestDatabase, prefix = ''): Promise<readonly string[]> {
  const { rows } = await pool.query<{ told: string }>({
    text: `
      select concat_ws(' ', to_char(breach.time, 'HH24:MI:SS'), breach.kind, series.sensor_id, coalesce(previous, '-') || '>' || coalesce(status, '-'),
                       coalesce(value::text, '-'), 'by', coalesce(breach.threshold_id::text, '-')) as told
        from breach
        join series on series.id = breach.series_id
       where starts_with(series.sensor_id, $1)
       order by number`,
    values: [prefix],
  });
  return rows.map(({ told }) => told);
}

/** Alerts of the sensors whose ids begin so, by opening, as `BAND s1 WARNING 10:05:00-10:10:00`, without the end where they are open. */
export async function alertsOf({ pool }: TestDatabase, prefix = ''): Promise<readonly string[]> {
  const { rows } = await pool.query<{ told: string }>({
    text: `
      select concat_ws(' ', alert.kind, series.sensor_id, alert.level, to_char(opened_at, 'HH24:MI:SS') || '-' || coalesce(to_char(resolved_at, 'HH24:MI:SS'), '')) as told
        from alert
        join series on series.id = alert.series_id
       where starts_with(series.sensor_id, $1) and not withdrawn
       order by opened_at, alert.id`,
    values: [prefix],
  });
  return rows.map(({ told }) => told);
}

/** Whether the numbers of all breaches are 1, 2, 3 … up to the outbox's counter. */
export async function areNumbersDense({ pool }: TestDatabase): Promise<boolean> {
  const { rows } = await pool.query<{ dense: boolean }>(
    `select coalesce(array_agg(number order by number), '{}') = array(select generate_series(1, (select last_number from outbox))) as dense from breach`,
  );
  return rows[0]?.dense === true;
}
