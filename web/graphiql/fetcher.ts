import { createGraphiQLFetcher, type Fetcher, type FetcherOpts, type FetcherParams, type Observable } from '@graphiql/toolkit';
import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { createTelling } from './tell-frames.ts';

/** Where everything is asked: the page's own origin, which its content security policy holds it to. */
const PATH = '/graphql';

/** How GraphiQL asks: questions by HTTP, subscriptions over a socket, which is there only while one is open. */
export function createFetcher(fetchOverHttp: typeof fetch): Fetcher {
  const overHttp = createGraphiQLFetcher({ url: PATH, fetch: fetchOverHttp });
  const url = new URL(PATH, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  // Another attempt would go on from its own present: what was missed in between is better seen to be missing.
  const client = createClient({ url: url.href, retryAttempts: 0 });
  return (parameters, options) => (isSubscription(parameters, options) ? subscribe(client, parameters) : overHttp(parameters, options));
}

function isSubscription({ operationName }: FetcherParams, options: FetcherOpts | undefined): boolean {
  const operations = options?.documentAST?.definitions.filter((definition) => definition.kind === 'OperationDefinition') ?? [];
  const named = operationName ? operations.filter(({ name }) => name?.value === operationName) : operations;
  return named[0]?.operation === 'subscription';
}

function subscribe(client: Client, { query, operationName, ...parameters }: FetcherParams): Observable<ExecutionResult> {
  return {
    // One form of the type has three functions, the other an object; GraphiQL uses the object.
    subscribe: (observer: unknown) => {
      if (!isObserver(observer)) throw new TypeError('a subscription is told to an object with next, error and complete');
      const telling = createTelling((shown) => observer.next(shown));
      const dispose = client.subscribe<Record<string, unknown>>(
        { query, variables: variablesOf(parameters), operationName: operationName ?? null },
        {
          next: telling.frame,
          error: (error) => {
            telling.flush();
            observer.error(error instanceof CloseEvent ? new Error(wordsOf(error)) : error);
          },
          complete: () => {
            telling.flush();
            observer.complete();
          },
        },
      );
      return { unsubscribe: dispose };
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

/** 4400 and so on with the gateway's words; 1006 and 1001 where it went away. */
function wordsOf({ code, reason }: CloseEvent): string {
  return `The socket was closed (${code}${reason === '' ? '' : ` ${reason}`}). Run it again to go on from now; with the last cursor as "after" nothing is missed.`;
}
