import type { Catalogue } from '../db/catalogue.ts';
import type { Pool } from '../db/pool.ts';
import type { Store } from '../db/store.ts';
import { type Instant, now } from '../db/time/instant.ts';
import { createBudget, type Limits } from '../loaders/budget.ts';
import type { Explain } from '../loaders/explained-plan.ts';
import { lazily } from '../loaders/lazily.ts';
import { createLoaders, type Loaders } from '../loaders/loaders.ts';
import { createWitness } from '../loaders/witness.ts';
import { type DocumentLibrary, NO_LIBRARY } from './document-library.ts';
import { type EtlPath, type JobView, NO_ETL } from './etl-path.ts';
import type { Ingest } from './ingest-path.ts';

/** What a request needs beside its store. */
export interface ContextOptions {
  readonly limits: Limits;
  readonly ingest: Ingest;
  /** Left out where no document asks for documents. */
  readonly documents?: DocumentLibrary | undefined;
  /** Left out where nothing asks for jobs. */
  readonly etl?: EtlPath | undefined;
  /** The catalogue as it was known last, to be answered from unless `holds` says that it has changed. Where it is left out, the database is asked first. */
  readonly assumed?: Catalogue | null;
  /** The catalogue as the database has just told it: later changes do not matter. */
  readonly current?: Catalogue;
  /** The present; asked once a request, and again after each change. */
  readonly clock?: () => Instant;
  /** Hears how questions are answered; left out where the client did not ask. */
  readonly explain?: Explain | undefined;
}

/** What resolvers may use. One is made for each request. */
export interface GraphQLContext {
  /** Takes the catalogue, once a request. Every root field awaits it, so a request that asks for nothing stored sends nothing. */
  readonly open: () => Promise<Loaders>;
  /** The loaders that a root field has opened. */
  readonly loaders: Loaders;
  /** Makes a change, then renews the loaders so that the rest of the request sees it. */
  readonly change: <T>(work: (pool: Pool, present: Instant, lateAfter: number) => Promise<T>) => Promise<{ readonly result: T; readonly loaders: Loaders }>;
  readonly ingest: Ingest;
  /** The query documents that are known by name. */
  readonly documents: DocumentLibrary;
  /** What starts jobs. */
  readonly etl: Pick<EtlPath, 'start' | 'replay'>;
  /** The jobs that are declared, by id, the same for every field of a request. */
  readonly jobs: () => Promise<ReadonlyMap<string, JobView>>;
  /** Asked when all fields are resolved: whether the catalogue that was assumed was the current one while they were. If not, the answer is to be made again. */
  readonly holds: () => Promise<boolean>;
}

/** The context of one request over a store, which may have a meter around its pools. Nothing is asked of the database before `open` or `change`. */
export function createContext(
  store: Store,
  { limits, ingest, documents = NO_LIBRARY, etl = NO_ETL, assumed = null, current, clock = now, explain }: ContextOptions,
): GraphQLContext {
  const budget = createBudget(limits);
  const witness = createWitness(assumed);
  let catalogue = assumed;
  let opening: Promise<Loaders> | null = null;

  const openWith = (opened: Catalogue): Loaders => {
    catalogue = opened;
    const { id: storeId, readPool: db, timezone, spans } = store;
    context.loaders = createLoaders({ db, storeId, catalogue: opened, now: clock(), timezone, engine: store.engine.name, budget, spans, witness, explain });
    return context.loaders;
  };
  const context: { -readonly [key in keyof GraphQLContext]: GraphQLContext[key] } = {
    open: () => {
      const given = current ?? assumed;
      opening ??= given === null ? store.catalogue.current(store.readPool).then(openWith) : Promise.resolve(openWith(given));
      return opening;
    },
    loaders: UNOPENED,
    change: async (work) => {
      const result = await work(store.writePool, clock(), store.lateAfter);
      const loaders = openWith(await store.catalogue.current(store.readPool));
      opening = Promise.resolve(loaders);
      return { result, loaders };
    },
    ingest,
    documents,
    etl,
    jobs: lazily(async () => new Map((await etl.jobs()).map((job) => [job.id, job]))),
    holds: async () => opening === null || catalogue === null || (witness.verdict() ?? (await store.catalogue.isCurrent(store.readPool, catalogue))),
  };
  return context;
}

function unopened(): never {
  throw new Error('a field was resolved before its root field opened the loaders');
}

/** What the loaders are before there are any. Made once: an object literal with getters, made anew for each request, would keep each in memory for long. */
const UNOPENED: Loaders = {
  get places() {
    return unopened();
  },
  get values() {
    return unopened();
  },
  get ranges() {
    return unopened();
  },
  get breaches() {
    return unopened();
  },
  get alerts() {
    return unopened();
  },
  get runs() {
    return unopened();
  },
  get freshness() {
    return unopened();
  },
  get lineage() {
    return unopened();
  },
  get savedDocuments() {
    return unopened();
  },
  get now() {
    return unopened();
  },
  get timezone() {
    return unopened();
  },
  get engine() {
    return unopened();
  },
  charged: unopened,
  rejectedReadings: unopened,
  storeStats: unopened,
};
