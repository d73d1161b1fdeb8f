import { BREACH_COLUMNS, type BreachRow } from '../../db/breach.ts';
import { IDLE, type Judgement, selectJudgements } from '../../db/judgement.ts';
import type { TestDatabase } from './database.ts';

/** The breaches of a sensor, by number. */
export async function breachesOf(db: TestDatabase, sensor: string): Promise<readonly BreachRow[]> {
  const { rows } = await db.pool.query<BreachRow>(
    `select ${BREACH_COLUMNS} from breach join series on series.id = series_id where sensor_id = $1 order by number`,
    [sensor],
  );
  return rows;
}

/** Its alerts, by opening. */
export async function alertsOf(db: TestDatabase, sensor: string) {
  const { rows } = await db.pool.query(
    `select alert.kind, level, threshold_id::text as threshold, opened_at as opened, resolved_at as resolved, peak, withdrawn
       from alert join series on series.id = series_id where sensor_id = $1 order by opened_at, alert.id`,
    [sensor],
  );
  return rows;
}

/** Its verdicts as [time, status, thresholds], by time. */
export async function verdictsOf(db: TestDatabase, sensor: string) {
  const { rows } = await db.pool.query(
    `select time, status, active::text[] as active from verdict join series on series.id = series_id where sensor_id = $1 order by time`,
    [sensor],
  );
  return rows.map(({ time, status, active }) => [time, status, active]);
}

/** The id of its only series. */
export async function seriesOf(db: TestDatabase, sensor: string): Promise<number> {
  const { rows } = await db.pool.query<{ id: number }>('select id from series where sensor_id = $1', [sensor]);
  return rows[0]?.id ?? 0;
}

/** Where the judging of its only series stands. */
export async function stateOf(db: TestDatabase, sensor: string): Promise<Judgement> {
  const id = await seriesOf(db, sensor);
  return (await selectJudgements(db.pool, [id])).get(id) ?? IDLE;
}

/** Everything that judging writes, and by which transaction. */
export async function written(db: TestDatabase) {
  const { rows } = await db.pool.query(`
    select 'alert' as relation, xmin::text, ctid::text from alert union all select 'breach', xmin::text, ctid::text from breach
    union all select 'verdict', xmin::text, ctid::text from verdict union all select 'judgement', xmin::text, ctid::text from judgement
    union all select 'outbox', xmin::text, ctid::text from outbox union all select 'series_latest', xmin::text, ctid::text from series_latest
     order by 1, 2, 3`);
  return rows;
}
