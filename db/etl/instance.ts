import type pg from 'pg';
import type { Pool, Queryable } from '../pool.ts';

/** First number of the advisory locks of instances; the second is the instance's. Not the one of the store's other locks, because it is held for every number there is. */
const INSTANCE_LOCKS = 0x7468726e; // "thrn"

/** A gateway's place among those that run jobs. It has it for as long as its connection lasts. */
export interface InstanceSeat {
  readonly id: number;
  /** Asks the connection something, so that one which went without a word is noticed. Throws where it has. */
  check(): Promise<void>;
  /** Gives the place up: what it was at is taken over by others. */
  close(): void;
}

/** Takes a number and the lock that shows that whoever has it is alive. `onLost` is called once where the connection breaks: from then on others may take over. */
export async function takeInstanceSeat(pool: Pool, host: string, onLost: (error: Error) => void): Promise<InstanceSeat> {
  const client = await pool.connect();
  let isOpen = true;
  const giveUp = (error: Error): boolean => {
    if (!isOpen) return false;
    isOpen = false;
    // A session keeps its advisory locks: nobody else is to get it.
    client.release(error);
    return true;
  };
  const lose = (error: Error) => {
    if (giveUp(error)) onLost(error);
  };
  client.on('error', lose);
  client.on('end', () => lose(new Error('the connection has ended')));
  try {
    const id = await takeNumber(client, host);
    return {
      id,
      check: async () => {
        if (!isOpen) throw new Error('the connection is gone');
        try {
          await client.query('select 1');
        } catch (error) {
          // A database that is only slow has not forgotten who holds what.
          if (isTimeout(error)) return;
          lose(error instanceof Error ? error : new Error(String(error)));
          throw error;
        }
      },
      close: () => void giveUp(new Error('no longer wanted')),
    };
  } catch (error) {
    giveUp(new Error('no number was given', { cause: error }));
    throw error;
  }
}

async function takeNumber(client: pg.PoolClient, host: string): Promise<number> {
  // The server notices within half a minute that the host is gone, rather than after two hours.
  await client.query('set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 4');
  // The lock before anybody can see the number: an instance without one is dead.
  const { rows } = await client.query<{ id: number }>(
    `
    with taken as (select nextval(pg_get_serial_sequence('etl_instance', 'id'))::int as id),
         held as materialized (select id, pg_advisory_lock(${INSTANCE_LOCKS}, id) from taken)
    insert into etl_instance (id, host) overriding system value select id, $1 from held returning id`,
    [host],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('no row of etl_instance came back');
  return id;
}

const QUERY_CANCELED = '57014';

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === QUERY_CANCELED;
}

/** Notes under which name the workers of an instance lock jobs of the queue. */
export async function updateInstancePool(db: Queryable, id: number, pool: string): Promise<void> {
  await db.query({ name: 'update_instance_pool', text: 'update etl_instance set pool = $2 where id = $1', values: [id, pool] });
}

/** The numbers of instances that are alive, as a relation `alive (id)`. */
export const ALIVE = `
  select objid::int as id
    from pg_locks
   where locktype = 'advisory' and classid = ${INSTANCE_LOCKS} and granted
     and database = (select oid from pg_database where datname = current_database())`;

/** Cuts the connection that shows that an instance is alive: it counts as dead, and takes another number if it is not. */
export async function evictInstance(db: Queryable, id: number): Promise<void> {
  await db.query({
    name: 'evict_instance',
    text: `
      select pg_terminate_backend(pid)
        from pg_locks
       where locktype = 'advisory' and classid = ${INSTANCE_LOCKS} and objid = $1 and granted
         and database = (select oid from pg_database where datname = current_database())`,
    values: [id],
  });
}
