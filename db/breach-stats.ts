import type { Queryable } from './pool.ts';

/** How many breaches and alerts there are. */
export interface BreachStats {
  /** Of the last breach that was recorded; 0 where none was. */
  readonly lastNumber: number;
  /** Of the last that is not kept any more; 0 where all are. */
  readonly expiredThrough: number;
  readonly openAlerts: number;
}

/** Reads them in one statement; numbers are dense, so that no breach is counted. */
export async function selectBreachStats(db: Queryable): Promise<BreachStats> {
  const { rows } = await db.query<BreachStats>({
    name: 'select_breach_stats',
    text: `
      select last_number as "lastNumber", expired_through as "expiredThrough",
             (select count(*) from alert where resolved_at is null) as "openAlerts"
        from outbox`,
    values: [],
  });
  const [stats] = rows;
  if (stats === undefined) throw new Error('the relation outbox has no row');
  return stats;
}
