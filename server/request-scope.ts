import type { Store } from '../db/store.ts';
import { ingest } from '../etl/ingest.ts';
import type { Limits } from '../loaders/budget.ts';
import { createContext, type GraphQLContext } from '../resolvers/context.ts';
import type { Ingest } from '../resolvers/ingest-path.ts';
import { meteredStore } from './meter.ts';
import type { Exchange } from './respond.ts';

/** What the server knows of a GraphQL request while it runs. */
export interface RequestNotes {
  readonly exchange: Exchange;
  /** Its document or variables were refused before anything ran. */
  isRefused: boolean;
  /** It got no data because the database could not be reached. */
  isUnavailable: boolean;
}

/** What resolvers may use, and the server's notes on the request. A class, because Apollo copies the context's own properties and would call getters among them. */
export class RequestScope implements GraphQLContext {
  readonly context: GraphQLContext;
  readonly notes: RequestNotes;

  constructor(context: GraphQLContext, notes: RequestNotes) {
    this.context = context;
    this.notes = notes;
  }

  get open() {
    return this.context.open;
  }

  get loaders() {
    return this.context.loaders;
  }

  get change() {
    return this.context.change;
  }

  get ingest() {
    return this.context.ingest;
  }
}

/** What every GraphQL request is answered with. */
export interface ScopeOptions {
  readonly store: Store;
  readonly limits: Limits;
  readonly batchSize: number;
}

/** The scope of one request: statements are counted, and readings of the `ingest` mutation take the loading path. */
export function createRequestScope({ store, limits, batchSize }: ScopeOptions, notes: RequestNotes): RequestScope {
  const metered = meteredStore(store, notes.exchange.record.meter);
  const load: Ingest = (records, { register }) => ingest(metered, oneChunk(records), { register, batchSize });
  return new RequestScope(createContext(metered, { limits, ingest: load }), notes);
}

async function* oneChunk<T>(records: readonly T[]): AsyncGenerator<readonly T[]> {
  yield await Promise.resolve(records);
}
