import type { Queryable } from '../pool.ts';

/** Whether anybody in this database waits for what somebody else has locked, such as the series that another load is writing. */
export async function doesAnybodyWait(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ waits: boolean }>({
    name: 'does_anybody_wait',
    text: `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waits`,
    values: [],
  });
  return rows[0]?.waits === true;
}
