import type pg from 'pg';
import type { Pool } from '../db/pool.ts';
import type { Store } from '../db/store.ts';

/** What one request asked of the database. Times of statements that ran side by side add up; waiting for a free connection counts. */
export interface Meter {
  statements: number;
  sqlMs: number;
}

/** Stands around a statement: sends it and gives what sending gave, mostly a promise. */
export type Watch = <T>(statement: unknown, send: () => T) => T;

/** The same store, with every statement that is sent through it counted and timed. */
export function meteredStore(store: Store, meter: Meter): Store {
  return watchedStore(store, (_statement, send) => timed(meter, send));
}

/** The same store, with something standing around every statement that is sent through it. */
export function watchedStore(store: Store, watch: Watch): Store {
  // Written out, as this is done for each request: a spread of so many properties is slow, and what it makes outlives the request.
  return {
    id: store.id,
    engine: store.engine,
    readPool: watchedPool(store.readPool, watch),
    writePool: watchedPool(store.writePool, watch),
    listenPool: store.listenPool,
    queuePool: store.queuePool,
    catalogue: store.catalogue,
    spans: store.spans,
    timezone: store.timezone,
    lateAfter: store.lateAfter,
    close: () => store.close(),
  };
}

function watchedPool(pool: Pool, watch: Watch): Pool {
  return {
    query: (statement) => watch(statement, () => pool.query(statement)),
    connect: async () => watchedClient(await pool.connect(), watch),
    end: () => pool.end(),
  };
}

/** A client has many ways to be used (promise, stream, events): only `query` is looked at, everything else goes through as it is. */
function watchedClient(client: pg.PoolClient, watch: Watch): pg.PoolClient {
  return new Proxy(client, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      if (property !== 'query') return member.bind(target) as unknown;
      return (...args: unknown[]) => watch(args[0], () => Reflect.apply(member, target, args) as unknown);
    },
  });
}

function timed<T>(meter: Meter, send: () => T): T {
  const startedAt = performance.now();
  const done = () => {
    meter.sqlMs += performance.now() - startedAt;
  };
  meter.statements += 1;
  const sent = send();
  if (sent instanceof Promise) sent.then(done, done);
  return sent;
}
