import {
  ApolloServer,
  type ApolloServerOptionsWithGateway,
  type ApolloServerPlugin,
  type GraphQLResponse,
  HeaderMap,
  type HTTPGraphQLRequest,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type FormattedExecutionResult, GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import { CostExceededError, InvalidArgumentError } from '../db/errors.ts';
import type { ExecutedAnswer } from '../execution/executor.ts';
import { stringifyAnswer } from '../execution/json-text.ts';
import { MAX_ERRORS } from '../execution/json-writer.ts';
import type { CostGuard } from './cost-guard.ts';
import { createRequestExecutor, type RequestExecutor } from './execute-request.ts';
import { asksToBeExplained, Explanation } from './explanation.ts';
import type { FindOperation } from './find-operation.ts';
import { formatError } from './format-error.ts';
import { readParameters } from './graphql-parameters.ts';
import { createKnownOperations, type KnownOperations } from './known-operations.ts';
import { createDocumentGuard, type DocumentLimits } from './limits.ts';
import { createRequestScope, type RequestNotes, RequestScope, type RequestTrace, type ScopeOptions } from './request-scope.ts';

/** How requests are answered, whatever they came by. */
export interface ServiceOptions extends ScopeOptions {
  readonly schema: GraphQLSchema;
  readonly log: Logger;
  readonly documentLimits: DocumentLimits;
  readonly costs: CostGuard;
  readonly findOperation: FindOperation;
}

/** The answer to a request. */
export interface GraphqlAnswer {
  /** JSON and the end of its line. */
  readonly text: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly notes: RequestNotes;
}

/** Queries and mutations, whatever they came by: the same limits, validation, execution, masking of errors and figures for the log. */
export interface GraphqlService {
  /** Never throws for what a client sent: `method` is POST where `body` has the parameters, GET where `search` has. */
  answer(request: HTTPGraphQLRequest, trace: RequestTrace): Promise<GraphqlAnswer>;
  /** Belongs to the end of the process. */
  stop(): Promise<void>;
}

/** Builds the service over its schema and store. */
export async function createGraphqlService(options: ServiceOptions): Promise<GraphqlService> {
  const execute = createRequestExecutor(options.schema);
  const operations = createKnownOperations();
  const apollo = createApollo(options, execute, operations);
  await apollo.start();
  const refuse = createDocumentGuard(options.documentLimits);
  /** Executes at once what was found valid before and does not cost too much. Where something is wrong with the answer it gives null, and Apollo is given that answer to tell. */
  const answerKnown = async (request: HTTPGraphQLRequest, notes: RequestNotes): Promise<GraphqlAnswer | null> => {
    const known = operations.find(request);
    if (known === null || !options.costs.allows(known)) return null;
    notes.trace.record.operation = known.name;
    notes.answer = execute(known, createRequestScope(options, notes));
    const data = await faultlessData(notes.answer);
    if (data === null) return null;
    notes.hasData = true;
    return { text: stringifyAnswer({ data }), status: 200, headers: NO_HEADERS, notes };
  };
  return {
    async answer(request, trace) {
      const notes: RequestNotes = { trace, answer: null, hasData: false, isRefused: false, isUnavailable: false, explanation: null };
      const answered = await answerKnown(request, notes);
      if (answered !== null) return answered;
      const refusal = refuse(documentIn(request.method === 'POST' ? request.body : Object.fromEntries(new URLSearchParams(request.search))));
      if (refusal !== null) {
        const { code, message, limit } = refusal;
        return refused({ message, extensions: { code, limit } }, notes);
      }
      const asked = readParameters(request);
      // Before it is validated: graphql-js throws where a variable decides over the root field of a subscription, and Apollo has another word for one by GET.
      const operation = asked?.query.includes('subscription') === true ? options.findOperation(asked.query, asked.operationName ?? null) : null;
      if (operation?.isSubscription === true) {
        trace.record.operation = operation.name;
        notes.isRefused = true;
        return refused({ message: NEEDS_STREAM, extensions: { code: NEEDS_STREAM_CODE } }, notes);
      }
      const {
        status = 200,
        headers,
        body,
      } = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: request,
        context: () => Promise.resolve(createRequestScope(options, notes)),
      });
      if (body.kind !== 'complete') throw new Error('the schema has no incremental delivery, but the answer came in parts');
      return { text: body.string, status, headers: Object.fromEntries(headers), notes };
    },
    stop: () => apollo.stop(),
  };
}

/** What an answer adds to the headers that every answer has: nothing. */
const NO_HEADERS = {};

/** The answer to a request that is refused before Apollo sees it. */
function refused(error: { readonly message: string; readonly extensions: object }, notes: RequestNotes): GraphqlAnswer {
  return { text: `${JSON.stringify({ errors: [error] })}\n`, status: 400, headers: {}, notes };
}

function createApollo(
  { schema, log, documentLimits, costs }: ServiceOptions,
  execute: RequestExecutor,
  operations: KnownOperations,
): ApolloServer<RequestScope> {
  const logs = new WeakMap<object, Logger>();
  return new ApolloServer<RequestScope>({
    gateway: withTroubledAnswers(schema),
    stringifyResult: stringifyAnswer,
    // Nothing is to depend on NODE_ENV, and nothing is to be sent to anybody.
    nodeEnv: 'production',
    apollo: {},
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // A foreign page can send without asking first only a GET, which changes nothing, or a POST that is no JSON, which is refused before it comes here.
    csrfPrevention: false,
    // Whoever takes requests puts the document for its hash, so that it is guarded here like any other: persisted-documents.ts.
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxLexicalTokens: documentLimits.maxTokens },
    logger: { debug: (text) => log.debug(text), info: (text) => log.info(text), warn: (text) => log.warn(text), error: (text) => log.error(text) },
    formatError: (formatted, error) => formatError(formatted, error, (isObject(error) ? logs.get(error) : undefined) ?? log),
    plugins: [
      createHooks(logs, costs, execute, operations),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

/**
 * Apollo's way to be given an executor. What was executed comes here only where something is wrong with it, so that the care for errors stays Apollo's: what Apollo makes
 * to call an executor costs a small question as much as the executor, and an object literal with a getter is among it (docs/adr/0008).
 */
function withTroubledAnswers(schema: GraphQLSchema): ApolloServerOptionsWithGateway<RequestScope>['gateway'] {
  return {
    onSchemaLoadOrUpdate(tell) {
      tell({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    load: () =>
      Promise.resolve({
        executor: async ({ context }) => {
          const { answer } = RequestScope.of(context).notes;
          if (answer === null) throw new Error('a request was not executed');
          const { data, errors } = await answer;
          return { ...(errors === undefined ? {} : { errors }), ...(data === undefined ? {} : { data }) };
        },
      }),
    stop: () => Promise.resolve(),
  };
}

/** The data of an answer with which there is nothing wrong; else null. */
async function faultlessData(answer: Promise<ExecutedAnswer>): Promise<NonNullable<ExecutedAnswer['data']> | null> {
  try {
    const { data, errors } = await answer;
    return errors === undefined ? (data ?? null) : null;
  } catch {
    // Told by the executor, which is given the same answer.
    return null;
  }
}

/** The same as Apollo wants it. */
async function faultless(answer: Promise<ExecutedAnswer>): Promise<GraphQLResponse | null> {
  const data = await faultlessData(answer);
  return data === null ? null : { http: NO_HEAD, body: { kind: 'single', singleResult: { data } } };
}

/** What an answer adds to the status and the headers: nothing. */
const NO_HEAD = { headers: new HeaderMap() };

/** Executes requests. Apollo formats errors without saying whose they are: here they are tied to the log of their request. */
function createHooks(logs: WeakMap<object, Logger>, costs: CostGuard, execute: RequestExecutor, operations: KnownOperations): ApolloServerPlugin<RequestScope> {
  return {
    requestDidStart: ({ contextValue: { notes } }) =>
      Promise.resolve({
        didResolveOperation: ({ document, operation, operationName, request: { variables, extensions } }) => {
          notes.trace.record.operation = operationName;
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION) return Promise.reject(needsStream());
          try {
            const cost = costs.admit({ document, operationName, variables: variables ?? {} });
            if (asksToBeExplained(extensions)) notes.explanation = new Explanation(cost, costs.limit);
            return Promise.resolve();
          } catch (error) {
            return Promise.reject(asClientError(error));
          }
        },
        responseForOperation: ({ source, document, operation, request: { operationName = null, variables = {} }, contextValue }) => {
          if (operation) operations.add(source, operationName, document, operation);
          notes.answer ??= execute({ document, operationName, variables }, contextValue);
          return faultless(notes.answer);
        },
        didEncounterErrors: ({ errors }) => {
          for (const error of errors) logs.set(error, notes.trace.log);
          notes.isRefused = errors.some(isRefusal);
          return Promise.resolve();
        },
        willSendResponse: ({ response: { body } }) => {
          if (body.kind === 'single') body.singleResult = finish(body.singleResult, notes);
          return Promise.resolve();
        },
      }),
  };
}

/** A result as it is sent: with no more errors than anybody reads, and explained where that was asked for. Notes what it says of its request. */
function finish(result: FormattedExecutionResult, notes: RequestNotes): FormattedExecutionResult {
  const { data, errors, extensions } = result;
  notes.hasData = data !== undefined;
  if ((data ?? null) === null) notes.isUnavailable = errors?.some((error) => error.extensions?.code === 'DATABASE_UNAVAILABLE') ?? false;
  if (notes.explanation === null && (errors?.length ?? 0) <= MAX_ERRORS) return result;
  return {
    ...result,
    ...(errors === undefined ? {} : { errors: errors.slice(0, MAX_ERRORS) }),
    ...(notes.explanation === null ? {} : { extensions: { ...extensions, explain: notes.explanation } }),
  };
}

const NEEDS_STREAM_CODE = 'SUBSCRIPTION_NEEDS_STREAM';

const COST_EXCEEDED_CODE = 'COST_EXCEEDED';

/** Codes of a well-formed request whose document or variables do not fit the schema. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
  NEEDS_STREAM_CODE,
  COST_EXCEEDED_CODE,
]);

function isRefusal({ extensions }: GraphQLError): boolean {
  return REFUSALS.has(extensions.code);
}

/** Of one that is found only when its document has been validated. Sockets and event streams hand subscriptions to their feeds. */
function needsStream(): GraphQLError {
  return new GraphQLError(NEEDS_STREAM, { extensions: { code: NEEDS_STREAM_CODE, http: { status: 400 } } });
}

/** What a client did wrong has its status: Apollo would take whatever is thrown for a failure of the server. */
function asClientError(error: unknown): Error {
  if (error instanceof CostExceededError || error instanceof InvalidArgumentError)
    return new GraphQLError(error.message, { originalError: error, extensions: { code: error.code, http: { status: 400 } } });
  return error instanceof Error ? error : new Error('a cost could not be reckoned', { cause: error });
}

const NEEDS_STREAM = 'a subscription is answered as a stream: send it by WebSocket (graphql-transport-ws), or by POST or GET with accept: text/event-stream';

/** The document of a request, where it has one; what is wrong with a request without is Apollo's to say. */
function documentIn(parameters: unknown): string {
  return isObject(parameters) && 'query' in parameters && typeof parameters.query === 'string' ? parameters.query : '';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
