import type pg from 'pg';
import type { Pool } from './pool.ts';

/**
 * Does work on one snapshot of the store: all statements that are sent through the pool that it is given see the same moment. They are sent one after the other, by one connection,
 * which the work holds until it ends; the server must not end it for being idle meanwhile, as a slow reader of what is read may let it be.
 */
export async function withSnapshot<T>(pool: Pool, work: (snapshot: Pool) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let last: Promise<unknown> = Promise.resolve();
  const query = <R extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<pg.QueryResult<R>> => {
    const sent = last.then(() => client.query<R>(statement));
    last = sent.catch(() => undefined);
    return sent;
  };
  let broken: Error | undefined;
  try {
    await client.query('begin isolation level repeatable read read only; set local idle_in_transaction_session_timeout = 0');
    return await work({ query, connect: onlyOne, end: () => Promise.resolve() });
  } finally {
    await last;
    await client.query('rollback').catch((error: Error) => {
      broken = error;
    });
    client.release(broken);
  }
}

function onlyOne(): Promise<never> {
  return Promise.reject(new Error('a snapshot is of one connection'));
}
