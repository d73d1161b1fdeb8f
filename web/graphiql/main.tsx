import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import type {} from 'monaco-editor';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import analyst from './examples/analyst.graphql';
import engineer from './examples/engineer.graphql';
import operator from './examples/operator.graphql';
import safety from './examples/safety.graphql';
import steward from './examples/steward.graphql';

/** The editor does its work in workers: files of ours beside this one, so that the page's content security policy may stay strict. */
self.MonacoEnvironment = {
  getWorker: (_id: string, label: string) => new Worker(`/graphiql/${label === 'json' || label === 'graphql' ? label : 'editor'}.worker.js`),
};

const root = document.getElementById('graphiql');
if (root === null) throw new Error('the page has no element with the id graphiql');

/** A link can carry a query: /graphql?query=… */
const linked = new URLSearchParams(location.search).get('query');
const examples = [operator, engineer, safety, analyst, steward].map((query) => ({ query }));

createRoot(root).render(
  <GraphiQL
    fetcher={createGraphiQLFetcher({ url: '/graphql', fetch: fetchAsDrafted })}
    defaultTabs={linked === null ? examples : [{ query: linked }]}
    shouldPersistHeaders={false}
  />,
);

/** Asks for the media type of the specification's draft first, whose status codes tell refusals from answers. */
function fetchAsDrafted(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  headers.set('accept', 'application/graphql-response+json, application/json;q=0.9');
  return fetch(input, { ...init, headers });
}
