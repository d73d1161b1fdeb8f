import type { Pool } from '../db/pool.ts';
import type { Store } from '../db/store.ts';
import { type Instant, now } from '../db/time/instant.ts';
import { createBudget, type Limits } from '../loaders/budget.ts';
import { createLoaders, type Loaders } from '../loaders/loaders.ts';
import type { Ingest } from './ingest-path.ts';

/** What a request needs beside its store. */
export interface ContextOptions {
  readonly limits: Limits;
  readonly ingest: Ingest;
  /** The present; asked once a request, and again after each change. */
  readonly clock?: () => Instant;
}

/** What resolvers may use. One is made for each request. */
export interface GraphQLContext {
  /** Takes the catalogue as it is now, once a request. Every root field awaits it, so a request that asks for nothing stored sends nothing. */
  readonly open: () => Promise<Loaders>;
  /** The loaders that a root field has opened. */
  readonly loaders: Loaders;
  /** Makes a change, then renews the loaders so that the rest of the request sees it. */
  readonly change: <T>(work: (pool: Pool, present: Instant) => Promise<T>) => Promise<{ readonly result: T; readonly loaders: Loaders }>;
  readonly ingest: Ingest;
}

/** The context of one request over a store, which may have a meter around its pools. Nothing is asked of the database before `open` or `change`. */
export function createContext(store: Store, { limits, ingest, clock = now }: ContextOptions): GraphQLContext {
  const budget = createBudget(limits);
  let opening: Promise<Loaders> | null = null;
  let opened: Loaders | null = null;

  const renew = async (): Promise<Loaders> => {
    const catalogue = await store.catalogue.current(store.readPool);
    opened = createLoaders({ db: store.readPool, catalogue, now: clock(), timezone: store.timezone, engine: store.engine.name, budget });
    return opened;
  };
  const open = (): Promise<Loaders> => {
    opening ??= renew();
    return opening;
  };
  return {
    open,
    get loaders() {
      if (opened === null) throw new Error('a field was resolved before its root field opened the loaders');
      return opened;
    },
    async change(work) {
      const result = await work(store.writePool, clock());
      opening = null;
      return { result, loaders: await open() };
    },
    ingest,
  };
}
