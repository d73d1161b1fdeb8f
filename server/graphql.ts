import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import Negotiator from 'negotiator';
import { bareAccept } from './bare-accept.ts';
import type { EventStreams } from './event-stream.ts';
import { normaliseRequest } from './graphql-parameters.ts';
import type { GraphqlService } from './graphql-service.ts';
import type { Endpoint } from './http.ts';
import { HttpError } from './http-error.ts';
import { NOT_FOUND_CODE, type PersistedDocuments } from './persisted-documents.ts';
import { remember } from './remember.ts';
import { readContentType, readTextBody } from './request-body.ts';
import type { RequestNotes } from './request-scope.ts';
import { type Exchange, sendErrors, sendText } from './respond.ts';

/** How GraphQL is served over HTTP. */
export interface GraphqlEndpointOptions {
  readonly service: GraphqlService;
  /** Answers who takes an event stream. */
  readonly streams: Pick<EventStreams, 'answer' | 'isForStream'>;
  readonly persisted: PersistedDocuments;
  readonly maxRequestBytes: number;
  /** Answers a browser that asks for a page. */
  readonly page: (exchange: Exchange) => void;
}

/** Time for the body of a request to arrive, whole. */
const BODY_MS = 30_000;

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';
const STREAM_TYPE = 'text/event-stream';

/** GraphQL over HTTP by the draft of its specification: a thin adapter between node:http and the service. */
export function createGraphqlEndpoint({ service, streams, persisted, maxRequestBytes, page }: GraphqlEndpointOptions): Endpoint {
  const handle = async (exchange: Exchange): Promise<void> => {
    const isPost = exchange.request.method === 'POST';
    if (!isPost && prefersPage(exchange)) return page(exchange);
    const { mediaType, takesStream } = readWish(exchange);
    const body = isPost ? await readJsonBody(exchange, maxRequestBytes) : undefined;
    const method = isPost ? 'POST' : 'GET';
    const request = requestOf({ method, headers: headersOf(mediaType, method), search: exchange.search, body }, persisted);
    if (request === null) return askForDocument(exchange, mediaType);
    if (mediaType === STREAM_TYPE || (takesStream && streams.isForStream(request))) return streams.answer(exchange, request);
    const { text, status, headers, notes } = await service.answer(request, exchange);
    sendText(exchange, statusOf(status, mediaType, notes), text, { 'content-type': mediaType, ...headers });
  };
  return { methods: ['GET', 'POST'], handle };
}

/** The request with its document; null where that is known to nobody yet. */
function requestOf(request: HTTPGraphQLRequest, { resolve }: PersistedDocuments): HTTPGraphQLRequest | null {
  try {
    return normaliseRequest(request, resolve);
  } catch (error) {
    if (error instanceof HttpError && error.extensions.code === NOT_FOUND_CODE) return null;
    throw error;
  }
}

/** In the words that clients of persisted queries know. The request is well-formed, so application/json says it with 200; an answer without data is otherwise no 200. */
function askForDocument(exchange: Exchange, mediaType: string): void {
  const error = { message: 'PersistedQueryNotFound', extensions: { code: NOT_FOUND_CODE } };
  sendErrors(exchange, mediaType === JSON_TYPE ? 200 : 400, [error], { 'content-type': mediaType === STREAM_TYPE ? JSON_TYPE : mediaType });
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

/** How a client wants to be answered. */
interface Wish {
  readonly mediaType: string;
  /** It takes an event stream where what it asks for is one. */
  readonly takesStream: boolean;
}

/** Refused here, before anything runs: Apollo would find out only when the answer, of a mutation even, is there. */
function readWish({ request: { headers, method } }: Exchange): Wish {
  const wish = headers.accept === undefined ? ANYTHING : wishOf(headers.accept);
  return method === 'HEAD' && wish.mediaType === STREAM_TYPE ? ANYTHING : wish;
}

const ANYTHING: Wish = { mediaType: JSON_TYPE, takesStream: false };

const wishOf = remember((accept): Wish => {
  const negotiator = new Negotiator({ headers: { accept: bareAccept(accept) } });
  const mediaType = negotiator.mediaType([JSON_TYPE, GRAPHQL_TYPE, STREAM_TYPE]);
  // Who takes everything does not say that it can read a stream.
  if (mediaType !== undefined) return { mediaType, takesStream: accept.includes(STREAM_TYPE) && negotiator.mediaType([STREAM_TYPE]) !== undefined };
  throw new HttpError(
    406,
    'NOT_ACCEPTABLE',
    `accept is ${JSON.stringify(accept)}, but answers are application/graphql-response+json, application/json or, for subscriptions too, text/event-stream`,
  );
});

/** None of them can a page send to another origin without asking first. The second is from before there was a draft. */
const JSON_REQUESTS = ['application/json', 'application/graphql+json'];

const UTF_8 = ['utf-8', 'utf8'];

async function readJsonBody({ request }: Exchange, maxBytes: number): Promise<unknown> {
  const type = readContentType(request);
  if (!JSON_REQUESTS.includes(type?.type ?? '') || !UTF_8.includes(type?.charset ?? 'utf-8')) {
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

/** Those that Apollo looks at: what the answer and the body of a request are has been seen to, and a GET has no body, whatever it says. */
function headersOf(mediaType: string, method: 'GET' | 'POST'): HeaderMap {
  const looked = new HeaderMap([['accept', mediaType]]);
  if (method === 'POST') looked.set('content-type', 'application/json');
  return looked;
}
