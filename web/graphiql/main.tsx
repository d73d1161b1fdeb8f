import { GraphiQL } from 'graphiql';
import type * as Monaco from 'monaco-editor';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './page.css';
import { isStoreSummary, type StoreSummary } from './choose-variables.ts';
import { exampleTabs } from './example-tabs.ts';
import { createFetcher } from './fetcher.ts';
import { fitVariables } from './fit-variables.ts';
import { openTabs, type Tab } from './open-tabs.ts';
import { ownStorage } from './own-storage.ts';
import storeSummary from './store-summary.graphql';

/** The editor does its work in workers: files of ours beside this one, so that the page's content security policy may stay strict. */
self.MonacoEnvironment = {
  getWorker: (_id: string, label: string) => new Worker(`/graphiql/${label === 'json' || label === 'graphql' ? label : 'editor'}.worker.js`),
};

const element = document.getElementById('graphiql');
if (element === null) throw new Error('the page has no element with the id graphiql');
void open(element);

async function open(root: HTMLElement): Promise<void> {
  // GraphiQL asks for its editor only when it is on the page; that takes no longer than the question here.
  const editor = import('monaco-graphql/esm/monaco-editor.js');
  const storage = ownStorage();
  const examples = exampleTabs(await askStore(), location.origin);
  const opening = openTabs(storage, examples, linkedTab());
  createRoot(root).render(
    <GraphiQL
      fetcher={createFetcher(fetchAsDrafted)}
      {...opening}
      onEditQuery={(query, document) => {
        // While it is being typed it cannot be told what belongs to it.
        if (document !== undefined) void editor.then((monaco) => showFittingVariables(monaco, query, examples));
      }}
      defaultEditorToolsVisibility="variables"
      schemaDescription
      shouldPersistHeaders={false}
      storage={storage}
    >
      <GraphiQL.Logo>Thermograph</GraphiQL.Logo>
    </GraphiQL>,
  );
}

function showFittingVariables(monaco: typeof Monaco, query: string, examples: readonly Tab[]): void {
  const pane = monaco.editor.getModels().find(({ uri }) => uri.path.endsWith('variables.json'));
  const fitting = pane === undefined ? null : fitVariables(query, pane.getValue(), examples);
  if (fitting !== null && fitting !== pane?.getValue()) pane?.setValue(fitting);
}

/** What the examples are chosen by; null where the gateway does not say, and then GraphiQL opens all the same. */
async function askStore(): Promise<StoreSummary | null> {
  try {
    const response = await fetchAsDrafted('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: storeSummary }),
    });
    const answer: unknown = await response.json();
    return typeof answer === 'object' && answer !== null && 'data' in answer && isStoreSummary(answer.data) ? answer.data : null;
  } catch {
    return null;
  }
}

/** A link can carry a query and its variables: /graphql?query=…&variables=… */
function linkedTab(): Tab | null {
  const parameters = new URLSearchParams(location.search);
  const query = parameters.get('query');
  return query === null ? null : { name: 'linked', query, variables: parameters.get('variables') ?? '' };
}

/** Asks for the media type of the specification's draft first, whose status codes tell refusals from answers. */
function fetchAsDrafted(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  headers.set('accept', 'application/graphql-response+json, application/json;q=0.9');
  return fetch(input, { ...init, headers });
}
