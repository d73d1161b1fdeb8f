import { createHash } from 'node:crypto';
import { createClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { HttpError } from '../server/http-error.ts';
import { createDocumentGuard } from '../server/limits.ts';
import { createPersistedDocuments } from '../server/persisted-documents.ts';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';
import { usePlant } from './support/subscriptions.ts';

const db = useDatabase();
usePlant(db);
const gateway = useGateway(db, { MAX_QUERY_DEPTH: '4' });

const hashOf = (query: string) => createHash('sha256').update(query).digest('hex');
const extensionsOf = (hash: string) => ({ persistedQuery: { version: 1, sha256Hash: hash } });

interface Asked {
  readonly query?: string;
  readonly extensions: object;
  readonly variables?: object;
}

type Transport = (asked: Asked, accept?: string) => Promise<Response>;

const post: Transport = (asked, accept = 'application/json') =>
  fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json', accept }, body: JSON.stringify(asked) });

const get: Transport = (asked, accept = 'application/json') => {
  const texts = Object.entries(asked).map(([name, value]): [string, string] => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  return fetch(`${gateway.url}?${new URLSearchParams(texts).toString()}`, { headers: { accept } });
};

const NOT_FOUND = { errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] };

describe.each([
  ['POST', post],
  ['GET', get],
])('by %s', (name, ask) => {
  it('asks for a document that it does not know, then answers to its hash', async () => {
    const query = `query ($id: ID!) { by${name}: sensor(id: $id) { id } }`;
    const extensions = extensionsOf(hashOf(query));
    const variables = { id: 'S1' };

    expect(await (await ask({ extensions, variables })).json()).toEqual(NOT_FOUND);
    expect(await (await ask({ query, extensions, variables })).json()).toEqual({ data: { [`by${name}`]: { id: 'S1' } } });
    expect(await (await ask({ extensions, variables })).json()).toEqual({ data: { [`by${name}`]: { id: 'S1' } } });
    expect(await (await ask({ extensions, variables: { id: 'none' } })).json()).toEqual({ data: { [`by${name}`]: null } });
  });

  it('refuses the hash of another document, and keeps neither', async () => {
    const query = `{ wrong${name}: __typename }`;
    const extensions = extensionsOf(hashOf(`${query} `));

    const refused = await ask({ query, extensions });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { errors: [{ message: 'provided sha does not match query', extensions: { code: 'BAD_REQUEST' } }] },
    ]);
    expect(await (await ask({ extensions })).json()).toEqual(NOT_FOUND);
    expect(await (await ask({ extensions: extensionsOf(hashOf(query)) })).json()).toEqual(NOT_FOUND);
  });

  it('does not keep a document that the guard of documents refuses', async () => {
    const query = `{ deep${name}: locations { edges { node { sensors { id } } } } }`;
    const extensions = extensionsOf(hashOf(query));

    expect(await (await ask({ query, extensions })).json()).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_DEEP', limit: 4 } }] });
    expect(await (await ask({ extensions })).json()).toEqual(NOT_FOUND);
  });

  it.each([
    ['another version', { version: 2, sha256Hash: hashOf('') }],
    ['no hash', { version: 1 }],
    ['a hash that is none', { version: 1, sha256Hash: 'abc' }],
    ['no map', 'abc'],
  ])('refuses %s', async (_claim, persistedQuery) => {
    const refused = await ask({ query: '{ __typename }', extensions: { persistedQuery } });

    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { errors: [{ message: expect.stringContaining('persistedQuery'), extensions: { code: 'BAD_REQUEST' } }] },
    ]);
  });

  it('asks for a document with 200 as application/json, and with 400 where no data is no success', async () => {
    const extensions = extensionsOf(hashOf(`{ never${name}: __typename }`));

    const plain = await ask({ extensions });
    const strict = await ask({ extensions }, 'application/graphql-response+json');

    expect([plain.status, plain.headers.get('content-type'), await plain.json()]).toEqual([200, 'application/json; charset=utf-8', NOT_FOUND]);
    expect([strict.status, strict.headers.get('content-type'), await strict.json()]).toEqual([
      400,
      'application/graphql-response+json; charset=utf-8',
      NOT_FOUND,
    ]);
  });
});

it('knows by POST what it was told by GET, and the other way round', async () => {
  const [one, other] = ['{ one: __typename }', '{ other: __typename }'];
  await get({ query: one, extensions: extensionsOf(hashOf(one)) });
  await post({ query: other, extensions: extensionsOf(hashOf(other)) });

  expect(await (await post({ extensions: extensionsOf(hashOf(one)) })).json()).toEqual({ data: { one: 'Query' } });
  expect(await (await get({ extensions: extensionsOf(hashOf(other).toUpperCase()) })).json()).toEqual({ data: { other: 'Query' } });
});

it('refuses a mutation by GET also where it is known by its hash', async () => {
  const query = 'mutation { saveMetrics(metrics: []) { id } }';
  const extensions = extensionsOf(hashOf(query));
  await post({ query, extensions });

  const refused = await get({ extensions });

  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
});

it('does what else the extensions say', async () => {
  const query = '{ explained: __typename }';
  await post({ query, extensions: extensionsOf(hashOf(query)) });

  const answer = await (await post({ extensions: { ...extensionsOf(hashOf(query)), explain: true } })).json();

  expect(answer).toMatchObject({ data: { explained: 'Query' }, extensions: { explain: { cost: expect.any(Number) } } });
});

it('answers HEAD to a hash as GET', async () => {
  const query = '{ head: __typename }';
  await post({ query, extensions: extensionsOf(hashOf(query)) });

  const response = await fetch(`${gateway.url}?extensions=${encodeURIComponent(JSON.stringify(extensionsOf(hashOf(query))))}`, { method: 'HEAD' });

  expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, String('{"data":{"head":"Query"}}\n'.length), '']);
});

describe('streams', () => {
  const query = 'subscription { latest(sensors: ["S1"]) { sensor { id } } }';
  const extensions = extensionsOf(hashOf(query));

  beforeAll(() => post({ query, extensions }));

  it('says of a subscription that is known by its hash that it needs a stream', async () => {
    expect(await (await post({ extensions })).json()).toMatchObject({ errors: [{ extensions: { code: 'SUBSCRIPTION_NEEDS_STREAM' } }] });
  });

  it('begins an event stream by the hash alone', async () => {
    const client = createClient({ url: gateway.url, retryAttempts: 0 });
    const frames = client.iterate({ query: '', extensions });

    const { value } = await frames.next();
    await frames.return?.();
    client.dispose();

    expect(value.errors).toBeUndefined();
    expect(value.data).toHaveProperty('latest');
  });

  it('answers an operation on a socket by the hash with an empty document, and a hash that nobody knows with the errors that say so', async () => {
    const client = createSocketClient({ url: gateway.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
    const asked = '{ socket: __typename }';
    const ask = async (document: string) => {
      const answers = client.iterate({ query: document, extensions: extensionsOf(hashOf(asked)) });
      const { value } = await answers.next();
      await answers.return?.();
      return value;
    };

    await expect(ask('')).rejects.toEqual(NOT_FOUND.errors);
    expect(await ask(asked)).toEqual({ data: { socket: 'Query' } });
    expect(await ask('')).toEqual({ data: { socket: 'Query' } });
    await client.dispose();
  });
});

describe('memory', () => {
  const refuse = createDocumentGuard({ maxBytes: 10_000, maxTokens: 1_000, maxDepth: 12, maxRootFields: 30, maxAliases: 30, maxFields: 100 });
  const documentOf = (number: number, padding = 0) => `{ d${number}: __typename }${' '.repeat(padding)}`;

  const tell = ({ resolve }: ReturnType<typeof createPersistedDocuments>, query: string) => resolve({ query, extensions: extensionsOf(hashOf(query)) });
  const knows = ({ resolve }: ReturnType<typeof createPersistedDocuments>, query: string): boolean => {
    try {
      return resolve({ extensions: extensionsOf(hashOf(query)) }).query === query;
    } catch (error) {
      expect((error as HttpError).extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
      return false;
    }
  };

  it('keeps as many documents as it may, those used last', () => {
    const documents = createPersistedDocuments({ refuse, maxDocuments: 3 });
    for (const number of [1, 2, 3]) tell(documents, documentOf(number));
    expect(knows(documents, documentOf(1))).toBe(true);

    tell(documents, documentOf(4));

    expect([1, 2, 3, 4].filter((number) => knows(documents, documentOf(number)))).toEqual([1, 3, 4]);
  });

  it('keeps as many characters as it may, and no document that is longer by itself', () => {
    const documents = createPersistedDocuments({ refuse, maxCharacters: 1_000 });
    const long = documentOf(9, 1_000);
    for (const number of [1, 2, 3, 3, 3]) tell(documents, documentOf(number, 300));
    tell(documents, long);

    expect([1, 2, 3].filter((number) => knows(documents, documentOf(number, 300)))).toEqual([1, 2, 3]);
    expect(knows(documents, long)).toBe(false);

    tell(documents, documentOf(4, 300));

    expect([1, 2, 3, 4].filter((number) => knows(documents, documentOf(number, 300)))).toEqual([2, 3, 4]);
  });
});
