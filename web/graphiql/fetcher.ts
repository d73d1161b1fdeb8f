import { createGraphiQLFetcher, type Fetcher, type FetcherParams, type Observable } from '@graphiql/toolkit';
import type { DocumentNode, ExecutionResult, FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { createClient } from 'graphql-ws';
import { explained, isToBeExplained } from './explained.ts';
import { createResumable } from './resumable.ts';
import { createTelling } from './tell-frames.ts';

/** Where everything is asked: the page's own origin, which its content security policy holds it to. */
const PATH = '/graphql';
const RETRY_MS = 1_000;
const AWAY = 'The gateway does not answer. It is asked again every second, and what is missed meanwhile is told then.';

/** How GraphiQL asks: questions by HTTP, subscriptions over a socket, which is there only while one is open. */
export function createFetcher(fetchOverHttp: typeof fetch): Fetcher {
  const overHttp = createGraphiQLFetcher({ url: PATH, fetch: fetchOverHttp });
  const isExplaining = isToBeExplained(location.search);
  const url = new URL(PATH, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  return (parameters, options) => {
    const document = options?.documentAST;
    if (document !== undefined && isSubscription(parameters, document)) return subscribe(url.href, parameters);
    return overHttp(isExplaining ? explained(parameters) : parameters, options);
  };
}

function isSubscription({ operationName }: FetcherParams, document: DocumentNode): boolean {
  const operations = document.definitions.filter((definition) => definition.kind === 'OperationDefinition');
  const named = operationName ? operations.filter(({ name }) => name?.value === operationName) : operations;
  return named[0]?.operation === 'subscription';
}

function subscribe(url: string, { query, operationName, ...parameters }: FetcherParams): Observable<ExecutionResult> {
  return {
    // One form of the type has three functions, the other an object; GraphiQL uses the object.
    subscribe: (observer: unknown) => {
      if (!isObserver(observer)) throw new TypeError('a subscription is told to an object with next, error and complete');
      const telling = createTelling((shown) => observer.next(shown));
      const asked = createResumable({ query, variables: variablesOf(parameters), operationName: operationName ?? null });
      const client = createClient({
        url,
        retryAttempts: Number.POSITIVE_INFINITY,
        retryWait: () => new Promise((resolve) => setTimeout(resolve, RETRY_MS)),
        // While the gateway restarts there is no close code but an error; what has no cursor would go on from its own present, and miss what was in between.
        shouldRetry: () => asked.goesOn,
        on: { closed: () => telling.interrupted(AWAY) },
      });
      const dispose = client.subscribe<Record<string, unknown>>(asked.payload, {
        next: (frame: FormattedExecutionResult) => {
          asked.saw(frame.data);
          telling.frame(frame);
        },
        error: (error) => {
          telling.failed(errorsOf(error));
          telling.stop();
          observer.complete();
        },
        complete: () => {
          telling.flush();
          telling.stop();
          observer.complete();
        },
      });
      return {
        unsubscribe: () => {
          telling.stop();
          dispose();
        },
      };
    },
  };
}

/** The page makes them of what stands in its pane. */
function variablesOf({ variables }: { readonly variables?: unknown }): Record<string, unknown> | null {
  return typeof variables === 'object' && variables !== null ? { ...variables } : null;
}

interface Observer {
  readonly next: (shown: FormattedExecutionResult) => void;
  readonly error: (error: unknown) => void;
  readonly complete: () => void;
}

function isObserver(value: unknown): value is Observer {
  return typeof value === 'object' && value !== null && 'next' in value && 'error' in value && 'complete' in value;
}

/** Errors of the gateway as they are; a stack would tell a reader nothing. */
function errorsOf(error: unknown): readonly GraphQLFormattedError[] {
  if (isListOfErrors(error)) return error;
  return [{ message: error instanceof CloseEvent ? wordsOf(error) : 'The gateway does not answer. Run it again when it is back.' }];
}

function isListOfErrors(error: unknown): error is readonly GraphQLFormattedError[] {
  return Array.isArray(error);
}

/** 4400 and so on with the gateway's words; 1006 and 1001 where it went away. */
function wordsOf({ code, reason }: CloseEvent): string {
  return `The socket was closed (${code}${reason === '' ? '' : ` ${reason}`}). Run it again to go on from now; where frames ask for their cursor it goes on by itself.`;
}
