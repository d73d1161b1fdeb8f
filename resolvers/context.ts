import type { Pool, Queryable } from '../db/pool.ts';
import type { Store } from '../db/store.ts';
import { type Instant, now } from '../db/time/instant.ts';
import { createBudget, type Limits } from '../loaders/budget.ts';
import { createLoaders, type Loaders } from '../loaders/loaders.ts';
import type { RejectionCode } from './types.generated.ts';

/** One reading of the `ingest` mutation as the loading path takes it: times and values are judged there, one by one. */
export interface IngestRecord {
  readonly index: number;
  readonly sensor: string;
  readonly time: Instant | null;
  readonly timeText: string;
  readonly metrics: readonly string[];
  readonly values: readonly number[];
  readonly texts: readonly string[];
}

/** What the loading path answers. */
export interface IngestAnswer {
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly derived: number;
  readonly rejected: readonly { readonly index: number; readonly code: RejectionCode; readonly message: string }[];
}

/** The loading path, given by the server: resolvers do not know it. */
export type Ingest = (records: readonly IngestRecord[], options: { readonly register: boolean }) => Promise<IngestAnswer>;

export interface ContextOptions {
  /** Answers questions: the store's read pool, or a meter around it. */
  readonly pool: Queryable;
  /** Makes changes: the store's write pool, or a meter around it. */
  readonly writePool: Pool;
  readonly limits: Limits;
  readonly ingest: Ingest;
  /** The present; asked once a request, and again after each change. */
  readonly clock?: () => Instant;
}

/** What resolvers may use. One is made for each request. */
export interface GraphQLContext {
  /** Takes the catalogue as it is now, once a request; every root field awaits it, so that a request which asks for nothing stored sends nothing. */
  readonly open: () => Promise<Loaders>;
  /** The loaders that a root field has opened. */
  readonly loaders: Loaders;
  /** Makes a change, then answers from loaders that see it. */
  readonly change: <T>(work: (pool: Pool, present: Instant) => Promise<T>) => Promise<{ readonly result: T; readonly loaders: Loaders }>;
  readonly ingest: Ingest;
}

/** The context of one request. Nothing is asked of the database before `open` or `change`. */
export function createContext(store: Store, options: ContextOptions): GraphQLContext {
  const { pool, writePool, ingest, clock = now } = options;
  const budget = createBudget(options.limits);
  let opening: Promise<Loaders> | null = null;
  let opened: Loaders | null = null;

  const renew = async (): Promise<Loaders> => {
    const catalogue = await store.catalogue.current(pool);
    opened = createLoaders({ db: pool, catalogue, now: clock(), timezone: store.timezone, engine: store.engine.name, budget });
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
      const result = await work(writePool, clock());
      opening = null;
      return { result, loaders: await open() };
    },
    ingest,
  };
}
