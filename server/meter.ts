import type pg from 'pg';
import type { Pool } from '../db/pool.ts';
import type { Store } from '../db/store.ts';

/** What one request asked of the database. Times of statements that ran side by side add up; waiting for a free connection counts. */
export interface Meter {
  statements: number;
  sqlMs: number;
}

/** The same store, with every statement that is sent through it counted and timed. */
export function meteredStore(store: Store, meter: Meter): Store {
  // Written out, as this is done for each request: a spread of so many properties is slow, and what it makes outlives the request.
  return {
    id: store.id,
    engine: store.engine,
    readPool: meteredPool(store.readPool, meter),
    writePool: meteredPool(store.writePool, meter),
    listenPool: store.listenPool,
    catalogue: store.catalogue,
    spans: store.spans,
    timezone: store.timezone,
    lateAfter: store.lateAfter,
    close: () => store.close(),
  };
}

function meteredPool(pool: Pool, meter: Meter): Pool {
  return {
    query: (statement) => timed(meter, () => pool.query(statement)),
    connect: async () => meteredClient(await pool.connect(), meter),
    end: () => pool.end(),
  };
}

/** A client has many ways to be used (promise, stream, events): only `query` is looked at, everything else goes through as it is. */
function meteredClient(client: pg.PoolClient, meter: Meter): pg.PoolClient {
  return new Proxy(client, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      if (property !== 'query') return member.bind(target) as unknown;
      return (...args: unknown[]) => timed(meter, () => Reflect.apply(member, target, args) as unknown);
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
