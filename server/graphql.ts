import { ApolloServer, type ApolloServerOptionsWithGateway, type ApolloServerPlugin, type GraphQLResponse, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLError, GraphQLSchema } from 'graphql';
import Negotiator from 'negotiator';
import type { Logger } from 'pino';
import type { ExecutedAnswer } from '../execution/executor.ts';
import { stringifyAnswer } from '../execution/json-text.ts';
import { MAX_ERRORS } from '../execution/json-writer.ts';
import { createRequestExecutor, type RequestExecutor } from './execute-request.ts';
import { formatError } from './format-error.ts';
import type { Endpoint } from './http.ts';
import { HttpError } from './http-error.ts';
import { createDocumentGuard, type DocumentLimits } from './limits.ts';
import { remember } from './remember.ts';
import { readContentType, readTextBody } from './request-body.ts';
import { createRequestScope, type RequestNotes, RequestScope, type ScopeOptions } from './request-scope.ts';
import { type Exchange, sendErrors, sendText } from './respond.ts';

/** How GraphQL is served. */
export interface GraphqlOptions extends ScopeOptions {
  readonly schema: GraphQLSchema;
  readonly log: Logger;
  readonly documentLimits: DocumentLimits;
  readonly maxRequestBytes: number;
  /** Answers a browser that asks for a page. */
  readonly page: (exchange: Exchange) => void;
}

/** Time for the body of a request to arrive, whole. */
const BODY_MS = 30_000;

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';

/** GraphQL over HTTP by the draft of its specification: a thin adapter between node:http and Apollo Server. `stop` belongs to the end of the process. */
export async function createGraphqlEndpoint(options: GraphqlOptions): Promise<{ readonly endpoint: Endpoint; stop(): Promise<void> }> {
  const apollo = createApollo(options);
  await apollo.start();
  const refuse = createDocumentGuard(options.documentLimits);
  const handle = async (exchange: Exchange): Promise<void> => {
    const { request, search } = exchange;
    const isPost = request.method === 'POST';
    if (!isPost && prefersPage(exchange)) return options.page(exchange);
    const mediaType = chooseMediaType(exchange);
    const body = isPost ? await readJsonBody(exchange, options.maxRequestBytes) : undefined;
    const refusal = refuse(documentIn(isPost ? body : Object.fromEntries(new URLSearchParams(search))));
    if (refusal !== null) {
      const { code, message, limit } = refusal;
      return sendErrors(exchange, 400, [{ message, extensions: { code, limit } }], { 'content-type': mediaType });
    }
    const notes: RequestNotes = { exchange, answer: null, isRefused: false, isUnavailable: false };
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: isPost ? 'POST' : 'GET', headers: headersOf(exchange), search, body },
      context: () => Promise.resolve(createRequestScope(options, notes)),
    });
    if (answer.body.kind !== 'complete') throw new Error('the schema has no incremental delivery, but the answer came in parts');
    sendText(exchange, statusOf(answer.status ?? 200, mediaType, notes), answer.body.string, Object.fromEntries(answer.headers));
  };
  return { endpoint: { methods: ['GET', 'POST'], handle }, stop: () => apollo.stop() };
}

function createApollo({ schema, log, documentLimits }: GraphqlOptions): ApolloServer<RequestScope> {
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
    stopOnTerminationSignals: false,
    parseOptions: { maxLexicalTokens: documentLimits.maxTokens },
    logger: { debug: (text) => log.debug(text), info: (text) => log.info(text), warn: (text) => log.warn(text), error: (text) => log.error(text) },
    formatError: (formatted, error) => formatError(formatted, error, (isObject(error) ? logs.get(error) : undefined) ?? log),
    plugins: [
      createHooks(logs, createRequestExecutor(schema)),
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

/** The answer as Apollo wants it where there is nothing wrong with it; else null. */
async function faultless(answer: Promise<ExecutedAnswer>): Promise<GraphQLResponse | null> {
  try {
    const { data, errors } = await answer;
    if (errors !== undefined || data === undefined) return null;
    return { http: NO_HEAD, body: { kind: 'single', singleResult: { data } } };
  } catch {
    // Told by the executor, which is given the same answer.
    return null;
  }
}

/** What an answer adds to the status and the headers: nothing. */
const NO_HEAD = { headers: new HeaderMap() };

/** Executes requests. Apollo formats errors without saying whose they are: here they are tied to the log of their request. */
function createHooks(logs: WeakMap<object, Logger>, execute: RequestExecutor): ApolloServerPlugin<RequestScope> {
  return {
    requestDidStart: ({ contextValue: { notes } }) =>
      Promise.resolve({
        didResolveOperation: ({ operationName }) => {
          notes.exchange.record.operation = operationName;
          return Promise.resolve();
        },
        responseForOperation: ({ document, request: { operationName, variables }, contextValue }) => {
          notes.answer = execute({ document, operationName: operationName ?? null, variables: variables ?? {} }, contextValue);
          return faultless(notes.answer);
        },
        didEncounterErrors: ({ errors }) => {
          for (const error of errors) logs.set(error, notes.exchange.log);
          notes.isRefused = errors.some(isRefusal);
          return Promise.resolve();
        },
        willSendResponse: ({ response: { body } }) => {
          if (body.kind === 'single' && (body.singleResult.errors?.length ?? 0) > MAX_ERRORS) {
            body.singleResult = { ...body.singleResult, errors: body.singleResult.errors?.slice(0, MAX_ERRORS) ?? [] };
          }
          if (body.kind === 'single' && (body.singleResult.data ?? null) === null) {
            notes.isUnavailable = body.singleResult.errors?.some(({ extensions }) => extensions?.code === 'DATABASE_UNAVAILABLE') ?? false;
          }
          return Promise.resolve();
        },
      }),
  };
}

/** Codes of a well-formed request whose document or variables do not fit the schema. */
const REFUSALS: ReadonlySet<unknown> = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'OPERATION_RESOLUTION_FAILURE']);

function isRefusal({ extensions }: GraphQLError): boolean {
  return REFUSALS.has(extensions.code);
}

/** The draft wants 200 where application/json answers a well-formed request, whatever came of it; Apollo sends 400 for both media types (audits 572B, FDE2, 7B9B). */
function statusOf(status: number, mediaType: string, { isRefused, isUnavailable }: RequestNotes): number {
  if (isUnavailable) return 503;
  return status === 400 && isRefused && mediaType === JSON_TYPE ? 200 : status;
}

function prefersPage({ request: { headers } }: Exchange): boolean {
  return headers.accept !== undefined && acceptsPage(headers.accept);
}

const acceptsPage = remember(
  (accept) => new Negotiator({ headers: { accept } }).mediaType(['application/json', 'application/graphql-response+json', 'text/html']) === 'text/html',
);

/** Refused here, before anything runs: Apollo would find out only when the answer, of a mutation even, is there. */
function chooseMediaType({ request: { headers } }: Exchange): string {
  return headers.accept === undefined ? JSON_TYPE : mediaTypeFor(headers.accept);
}

const mediaTypeFor = remember((accept) => {
  const chosen = new Negotiator({ headers: { accept } }).mediaType([JSON_TYPE, GRAPHQL_TYPE]);
  if (chosen !== undefined) return chosen;
  throw new HttpError(406, 'NOT_ACCEPTABLE', `accept is ${JSON.stringify(accept)}, but answers are application/graphql-response+json or application/json`);
});

async function readJsonBody({ request }: Exchange, maxBytes: number): Promise<unknown> {
  const type = readContentType(request);
  if (type?.type !== 'application/json' || (type.charset ?? 'utf-8') !== 'utf-8') {
    throw new HttpError(
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      `content-type is ${JSON.stringify(request.headers['content-type'] ?? null)}, but a GraphQL request is application/json in UTF-8`,
    );
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new HttpError(
      415,
      'UNSUPPORTED_ENCODING',
      `content-encoding is ${JSON.stringify(request.headers['content-encoding'])}, but a GraphQL request is sent as it is`,
      {
        'accept-encoding': 'identity',
      },
    );
  }
  const text = await readTextBody(request, { maxBytes, timeoutMs: BODY_MS });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new HttpError(400, 'BAD_REQUEST', 'the body is not JSON', {}, { cause: error });
  }
}

/** The document of a request, where it has one; what is wrong with a request without is Apollo's to say. */
function documentIn(parameters: unknown): string {
  return isObject(parameters) && 'query' in parameters && typeof parameters.query === 'string' ? parameters.query : '';
}

/** Those that Apollo looks at. */
function headersOf({ request: { headers } }: Exchange): HeaderMap {
  const looked = new HeaderMap();
  if (headers.accept !== undefined) looked.set('accept', headers.accept);
  if (headers['content-type'] !== undefined) looked.set('content-type', headers['content-type']);
  return looked;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
