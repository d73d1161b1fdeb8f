import type pg from 'pg';
import type { Pool } from '../pool.ts';

/** A name that one instance alone holds, for as long as its connection lasts. */
export interface HeldName {
  readonly name: string;
  /** Aborts when the connection is gone, and the name with it. */
  readonly lost: AbortSignal;
  readonly release: () => void;
}

/** Takes the first of the names that nobody holds; null: each is held. Keeps a connection. */
export async function holdFreeName(pool: Pool, names: readonly string[]): Promise<HeldName | null> {
  const client = await pool.connect();
  try {
    for (const name of names) {
      const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', [`thermograph ${name}`]);
      if (rows[0]?.held === true) return heldBy(client, name);
    }
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
  return null;
}

function heldBy(client: pg.PoolClient, name: string): HeldName {
  const lost = new AbortController();
  let isReleased = false;
  const onEnd = () => lost.abort();
  const release = () => {
    if (isReleased) return;
    isReleased = true;
    client.off('end', onEnd);
    client.off('error', onEnd);
    // The lock ends with the connection.
    client.release(true);
  };
  client.on('end', onEnd);
  client.on('error', onEnd);
  return { name, lost: lost.signal, release };
}
