import type { Store } from '../db/store.ts';
import { ingest } from '../etl/ingest.ts';
import type { ExecutedAnswer } from '../execution/executor.ts';
import type { Limits } from '../loaders/budget.ts';
import { createContext } from '../resolvers/context.ts';
import type { DocumentLibrary } from '../resolvers/document-library.ts';
import type { EtlPath } from '../resolvers/etl-path.ts';
import type { Ingest } from '../resolvers/ingest-path.ts';
import type { ContextSource } from './execute-request.ts';
import type { Explanation } from './explanation.ts';
import { meteredStore } from './meter.ts';
import type { Exchange } from './respond.ts';

/** Where the log of a request goes, and what is told there at its end. */
export type RequestTrace = Pick<Exchange, 'log' | 'record'>;

/** What the server knows of a GraphQL request while it runs. */
export interface RequestNotes {
  readonly trace: RequestTrace;
  /** What it is answered with; null until it is executed. */
  answer: Promise<ExecutedAnswer> | null;
  /** It was executed, or tried to be: its answer has data, which may be null. */
  hasData: boolean;
  /** Its document or variables were refused before anything ran. */
  isRefused: boolean;
  /** Told with the answer; null where the client did not ask. */
  explanation: Explanation | null;
  /** It got no data because the database could not be reached. */
  isUnavailable: boolean;
}

/** What a request is executed with. A class, because Apollo hands it on as any object, and it must be known again. */
export class RequestScope implements ContextSource {
  readonly notes: RequestNotes;
  readonly knownCatalogue: ContextSource['knownCatalogue'];
  readonly createContext: ContextSource['createContext'];

  constructor(notes: RequestNotes, { knownCatalogue, createContext: create }: ContextSource) {
    this.notes = notes;
    this.knownCatalogue = knownCatalogue;
    this.createContext = create;
  }

  /** What Apollo calls a context. */
  static of(context: unknown): RequestScope {
    if (context instanceof RequestScope) return context;
    throw new Error('a request came without its scope');
  }
}

/** What every GraphQL request is answered with. */
export interface ScopeOptions {
  readonly store: Store;
  readonly limits: Limits;
  readonly batchSize: number;
  /** Left out where no request asks for documents. */
  readonly documents?: DocumentLibrary;
  /** Left out where no request asks for jobs. */
  readonly etl?: EtlPath;
}

/** The scope of one request: statements are counted, and readings of the `ingest` mutation take the loading path. */
export function createRequestScope({ store, limits, batchSize, documents, etl }: ScopeOptions, notes: RequestNotes): RequestScope {
  const metered = meteredStore(store, notes.trace.record.meter);
  const watched = () => notes.explanation?.watch(metered) ?? metered;
  const load: Ingest = (records, { register }) =>
    ingest(watched(), oneChunk(records), { register, batchSize, origin: { source: 'mutation ingest', run: null, reader: { format: 'json', register } } });
  return new RequestScope(notes, {
    knownCatalogue: () => store.catalogue.known,
    createContext: (assumed) => createContext(watched(), { limits, ingest: load, documents, etl, assumed, explain: notes.explanation?.hear }),
  });
}

async function* oneChunk<T>(records: readonly T[]): AsyncGenerator<readonly T[]> {
  yield await Promise.resolve(records);
}
