import { type GraphQLError, type GraphQLFormattedError, parse, validate } from 'graphql';
import { ThermographError } from '../../db/errors.ts';
import { SeriesSpans } from '../../db/series-spans.ts';
import type { Store } from '../../db/store.ts';
import type { Instant } from '../../db/time/instant.ts';
import { ingest } from '../../etl/ingest.ts';
import type { Limits } from '../../loaders/budget.ts';
import type { Explain } from '../../loaders/explained-plan.ts';
import { createContext } from '../../resolvers/context.ts';
import type { EtlPath } from '../../resolvers/etl-path.ts';
import { createSchema } from '../../resolvers/schema.ts';
import { type ContextSource, createRequestExecutor } from '../../server/execute-request.ts';
import { meteredStore } from '../../server/meter.ts';

/** What a request was answered with, and what it cost. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is the document's, which only the test knows.
  readonly data: any;
  readonly errors: readonly (GraphQLFormattedError & { readonly code: string | null; readonly details: Readonly<Record<string, unknown>> })[];
  readonly statements: number;
}

export interface AskOptions {
  readonly limits?: Partial<Limits>;
  readonly clock?: () => Instant;
  /** Hears how questions were answered. */
  readonly explain?: Explain;
  /** Jobs; none where it is left out. */
  readonly etl?: EtlPath;
}

const schema = createSchema();
const executeRequest = createRequestExecutor(schema);

/** Executes a document in this process, over a store, as the server does but for HTTP. */
export async function execute(store: Store, document: string, variables: Record<string, unknown> = {}, options: AskOptions = {}): Promise<Answer> {
  const meter = { statements: 0, sqlMs: 0 };
  const metered = meteredStore(store, meter);
  const contexts: ContextSource = {
    knownCatalogue: () => store.catalogue.known,
    createContext: (assumed) =>
      createContext(metered, {
        assumed,
        limits: { maxPoints: 100_000, maxReadings: 5_000_000, ...options.limits },
        ingest: (records, { register }) => ingest(metered, oneChunk(records), { register }),
        ...(options.clock === undefined ? {} : { clock: options.clock }),
        explain: options.explain,
        etl: options.etl,
      }),
  };
  const { data, errors = [] } = await executeSource(document, variables, contexts);
  return {
    // Objects of graphql-js have no prototype, which matchers would call a difference.
    data: data === undefined || data === null ? null : JSON.parse(JSON.stringify(data)),
    errors: errors.map((error) => {
      const { originalError } = error;
      const known = originalError instanceof ThermographError ? originalError : null;
      return { ...error.toJSON(), code: known?.code ?? null, details: known?.details ?? {} };
    }),
    statements: meter.statements,
  };
}

async function executeSource(
  source: string,
  variables: Record<string, unknown>,
  contexts: ContextSource,
): Promise<{ data?: unknown; errors?: readonly GraphQLError[] }> {
  const document = parse(source);
  const errors = validate(schema, document);
  return errors.length > 0 ? { errors } : executeRequest({ document, operationName: null, variables }, contexts);
}

/** The same where the answer must have no error: its data. */
// biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is the document's, which only the test knows.
export async function ask(store: Store, document: string, variables: Record<string, unknown> = {}, options: AskOptions = {}): Promise<any> {
  const { data, errors } = await execute(store, document, variables, options);
  if (errors.length > 0) throw new Error(`the answer has errors: ${JSON.stringify(errors)}`);
  return data;
}

/** The same where the answer must be one error of ours: its code, message and details. */
export async function askForError(
  store: Store,
  document: string,
  variables: Record<string, unknown> = {},
  options: AskOptions = {},
): Promise<{ readonly code: string | null; readonly message: string; readonly [detail: string]: unknown }> {
  const { errors } = await execute(store, document, variables, options);
  const [error] = errors;
  if (error === undefined) throw new Error('the answer has no error');
  return { ...error.details, code: error.code, message: error.message };
}

/** The same store, but that it knows of no series yet how much there is of it. */
export function knowingNoSpans(store: Store): Store {
  return { ...store, spans: new SeriesSpans() };
}

async function* oneChunk<T>(records: readonly T[]): AsyncGenerator<readonly T[]> {
  yield await Promise.resolve(records);
}
