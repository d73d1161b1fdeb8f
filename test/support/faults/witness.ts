import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '../../../db/pool.ts';

/** How many breaches there were at an instant by the clock of the database: all up to `number` were committed before it. */
export interface Witness {
  readonly number: number;
  /** RFC 3339. */
  readonly at: string;
}

const PAUSE_MS = 50;
const TRIES = 200;

/** Looks at the counter of breaches over and over until it is told to stop. While the database is away it sees nothing. */
export async function watchCounter(db: Queryable, signal: AbortSignal): Promise<readonly Witness[]> {
  const witnesses: Witness[] = [];
  while (!signal.aborted) {
    const seen = await look(db).catch(() => null);
    if (seen !== null) witnesses.push(seen);
    await sleep(PAUSE_MS);
  }
  return witnesses;
}

/** The number of the newest breach. */
export async function lastNumber(db: Queryable): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await look(db)).number;
    } catch (error) {
      if (attempt === TRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** The snapshot of a statement is older than any clock it reads. */
async function look(db: Queryable): Promise<Witness> {
  const { rows } = await db.query<Witness>({ text: 'select last_number as number, clock_timestamp() as at from outbox' });
  const [seen] = rows;
  if (seen === undefined) throw new Error('the outbox has no row');
  return seen;
}
