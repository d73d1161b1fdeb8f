import type pg from 'pg';
import { CatalogueCache } from '../../db/catalogue-cache.ts';
import { createEngine } from '../../db/engines/choose.ts';
import type { Store } from '../../db/store.ts';

/** What a transaction of a load says, and what it says instead inside of a greater one. */
const NESTED: Readonly<Record<string, string>> = {
  begin: 'savepoint trial',
  commit: 'release savepoint trial',
  rollback: 'rollback to savepoint trial',
};

/**
 * Does `work` with a store whose loads change nothing in the end: all of them are parts of one transaction, each seeing what the ones before it did, and that
 * is rolled back. Until then it holds what it has locked. Nothing else is to be done with the store at the same time.
 */
export async function withTrialStore<T>(store: Store, work: (trial: Store, client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await store.writePool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    // The catalogue that the trial makes is nobody else's, and neither is the room that it makes for readings, which an engine remembers.
    return await work({ ...store, catalogue: new CatalogueCache(), engine: createEngine(store.engine.name), writePool: nestedPool(client) }, client);
  } finally {
    await client.query('rollback').catch((error: Error) => {
      broken = error;
    });
    client.release(broken);
  }
}

function nestedPool(client: pg.PoolClient): Store['writePool'] {
  const nested = new Proxy(client, {
    get: (target, name) => {
      if (name === 'release') return () => undefined;
      const found: unknown = Reflect.get(target, name, target);
      if (!isMethod(found)) return found;
      return (...given: unknown[]) => found.apply(target, name === 'query' ? nestedIn(given) : given);
    },
  });
  return { query: client.query.bind(client), connect: () => Promise.resolve(nested), end: () => Promise.resolve() };
}

function isMethod(value: unknown): value is (...given: unknown[]) => unknown {
  return typeof value === 'function';
}

function nestedIn([statement, ...rest]: readonly unknown[]): unknown[] {
  return [(typeof statement === 'string' ? NESTED[statement] : undefined) ?? statement, ...rest];
}
