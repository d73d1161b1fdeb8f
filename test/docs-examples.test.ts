import { Kind, OperationTypeNode, parse } from 'graphql';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../db/store.ts';
import { ingest } from '../etl/ingest.ts';
import { readRecords } from '../etl/open-input.ts';
import { saveSourceCatalogue } from '../etl/save-source-catalogue.ts';
import { parseSourceDefinition, type SourceDefinition } from '../etl/source-definition.ts';
import type { Gateway } from '../server/gateway.ts';
import { documentedDownloads, documentedRequests } from './support/documented-curl.ts';
import { type Fence, fencesOf, listPages } from './support/markdown.ts';
import { useSampleStores } from './support/sample-database.ts';
import { postTo, serve } from './support/served-gateway.ts';

/*
 * What a reader is shown is run in the order of the page, on a gateway of the page's own that holds the sample:
 * - ```graphql is asked. Variables are the ```json variables that follows, the answer, where one is shown, the ```json after that. Of a subscription the first frame has to come.
 * - ```csv and ```ndjson are files: a curl in the ```sh that follows posts them and gets the ```json that follows, else they have to load without a rejection.
 * - A curl -s in a ```sh that gets a file of /export gets the ```text that follows.
 * - ```yaml with readings is a source definition, by which a ```csv that follows is read.
 */
const samples = useSampleStores();

const FILES = ['csv', 'ndjson'];

for (const page of listPages()) {
  const examples = fencesOf(page).flatMap((fence, at, all) => exampleOf(fence, at, all));
  if (examples.length === 0) continue;
  describe(`the examples of ${page.path}`, () => {
    let store: Store | null = null;
    let gateway: Gateway | null = null;
    beforeAll(async () => {
      store = await samples.open();
      gateway = await serve(store, []);
    }, 120_000);
    afterAll(async () => {
      await gateway?.stop();
      await store?.close();
    });
    for (const { claim, run } of examples) {
      it(`holds at ${claim}`, async () => {
        if (store === null || gateway === null) throw new Error('the gateway of the page has not started');
        await run({ store, url: gateway.url });
      });
    }
  });
}

interface Place {
  readonly store: Store;
  readonly url: string;
}

interface Example {
  readonly claim: string;
  readonly run: (place: Place) => Promise<void>;
}

function exampleOf(fence: Fence, at: number, all: readonly Fence[]): readonly Example[] {
  const where = `line ${fence.line}`;
  const next = all[at + 1];
  switch (fence.language) {
    case 'graphql':
      return graphqlExamples(where, fence, all.slice(at + 1, at + 3));
    case 'yaml':
      return isDefinition(fence) ? [{ claim: `${where}: the source definition is valid`, run: async () => void definitionOf(fence) }] : [];
    case 'sh':
      return [...requestExamples(where, fence, all.slice(0, at), next), ...downloadExamples(where, fence, next)];
    case 'csv':
    case 'ndjson':
      return next?.language === 'sh' && documentedRequests(next.text, '').length > 0 ? [] : [fileExample(where, fence, all[at - 1])];
    default:
      return [];
  }
}

/** A document of types is no question. */
function graphqlExamples(where: string, fence: Fence, following: readonly Fence[]): readonly Example[] {
  const [operation] = parse(fence.text).definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? [definition.operation] : []));
  if (operation === undefined) return [];
  return [operation === OperationTypeNode.SUBSCRIPTION ? subscriptionExample(where, fence) : queryExample(where, fence, following)];
}

function subscriptionExample(where: string, { text }: Fence): Example {
  return {
    claim: `${where}: the subscription begins without an error`,
    run: async ({ url }) => {
      const client = createClient({ url, retryAttempts: 0 });
      const frames = client.iterate({ query: text });

      const { value } = await frames.next();
      await frames.return?.();
      client.dispose();

      expect(value.errors).toBeUndefined();
      expect(value.data).toEqual(expect.any(Object));
    },
  };
}

function queryExample(where: string, fence: Fence, following: readonly Fence[]): Example {
  const [variables, answer] = following[0]?.note === 'variables' ? following : [undefined, following[0]];
  const shown = answer?.language === 'json' ? answer : undefined;
  return {
    claim: `${where}: the query is answered ${shown === undefined ? 'without an error' : 'as shown'}`,
    run: async ({ url }) => {
      const { body } = await postTo(url, fence.text, variables === undefined ? {} : JSON.parse(variables.text));

      if (shown === undefined) expect(body.errors).toBeUndefined();
      else expect(comparable(body)).toEqual(comparable(JSON.parse(shown.text)));
    },
  };
}

function requestExamples(where: string, fence: Fence, before: readonly Fence[], answer: Fence | undefined): readonly Example[] {
  const file = before.findLast(({ language }) => FILES.includes(language));
  return documentedRequests(fence.text, file?.text ?? '').map(({ url: documented, headers, body }, number) => ({
    claim: `${where}: request ${number + 1} is answered as shown`,
    run: async ({ url }) => {
      const response = await fetch(new URL(`${documented.pathname}${documented.search}`, url), { method: 'POST', headers, body });
      const answered: unknown = await response.json();

      if (answer?.language === 'json') expect(comparable(answered)).toEqual(comparable(JSON.parse(answer.text)));
      else expect(answered).toMatchObject({ rejectedCount: 0 });
    },
  }));
}

/** What is shown is a ```text. */
function downloadExamples(where: string, fence: Fence, shown: Fence | undefined): readonly Example[] {
  if (shown?.language !== 'text') return [];
  return documentedDownloads(fence.text).map(({ url: documented }, number) => ({
    claim: `${where}: download ${number + 1} is the file that is shown`,
    run: async ({ url }) => {
      const response = await fetch(new URL(`${documented.pathname}${documented.search}`, url));

      expect(withoutLastDigits((await response.text()).replaceAll('\r\n', '\n'))).toBe(withoutLastDigits(shown.text));
    },
  }));
}

/** In which order readings are added up is the database's to choose, and the last of seventeen digits depends on it. */
function withoutLastDigits(text: string): string {
  return text.replace(/-?\d+\.\d{6,}/g, (number) => Number(number).toPrecision(12));
}

/** Without the last digits, and without how long a statement took, which is another time each time. */
function comparable(answer: unknown): unknown {
  return JSON.parse(withoutLastDigits(JSON.stringify(answer)), (key, value: unknown) =>
    key === 'durationMs' && typeof value === 'number' ? 0 : value,
  ) as unknown;
}

function fileExample(where: string, fence: Fence, before: Fence | undefined): Example {
  return {
    claim: `${where}: the file loads without a rejection`,
    run: async ({ store }) => {
      const definition = before !== undefined && before.language === 'yaml' && isDefinition(before) ? definitionOf(before) : null;
      if (definition?.catalogue) await saveSourceCatalogue(store, definition.catalogue);
      const { metrics } = await store.catalogue.current(store.writePool);
      const format =
        definition === null ? { kind: fence.language === 'csv' ? ('csv' as const) : ('ndjson' as const) } : { kind: 'source' as const, definition };

      const { received, rejected } = await ingest(store, readRecords(bytesOf(fence.text), format, { knownMetrics: new Set(metrics.keys()) }), {
        register: true,
      });

      expect(rejected).toEqual([]);
      expect(received).toBeGreaterThan(0);
    },
  };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

function isDefinition({ text }: Fence): boolean {
  return /^readings:/m.test(text);
}

function definitionOf({ text }: Fence): SourceDefinition {
  return parseSourceDefinition(text, 'own.yaml');
}
