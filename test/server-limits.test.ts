import { getIntrospectionQuery } from 'graphql';
import { expect, it } from 'vitest';
import { createDocumentGuard } from '../server/limits.ts';
import { useDatabase } from './support/database.ts';
import { useGateway } from './support/served-gateway.ts';

const db = useDatabase();
const gateway = useGateway(db);

/** `{ a { a { … } } }`, so many levels deep. */
const nested = (depth: number, field = 'a') => `${`{ ${field} `.repeat(depth)}${'}'.repeat(depth)}`;

const refuse = createDocumentGuard({ maxBytes: 100_000, maxTokens: 10_000, maxDepth: 12, maxRootFields: 30, maxAliases: 100, maxFields: 1_000 });

it.each([
  ['a document that is too long', `{ __typename } # ${'a'.repeat(100_000)}`, 'DOCUMENT_TOO_LARGE', 100_000],
  ['too many tokens', `{ ${'a '.repeat(10_001)} }`, 'DOCUMENT_TOO_LARGE', 10_000],
  ['too many fragments', `{ a } ${Array.from({ length: 501 }, (_, i) => `fragment F${i} on Query { a }`).join(' ')}`, 'DOCUMENT_TOO_LARGE', 500],
  ['fields that are too deep', nested(13), 'QUERY_TOO_DEEP', 12],
  ['fields that are too deep by fragments', `{ a { ...F } } fragment F on A ${nested(12)}`, 'QUERY_TOO_DEEP', 12],
  ['too many fields in a fragment that nothing uses', `{ a } fragment F on A { ${'a '.repeat(1_001)} }`, 'TOO_MANY_FIELDS', 1_000],
  ['introspection that is too deep', `{ __schema { types ${nested(30, 'ofType')} } }`, 'QUERY_TOO_DEEP', 20],
  ['lists in lists', `{ a(b: ${'['.repeat(4_000)}) }`, 'QUERY_TOO_DEEP', 100],
  ['too many root fields', `{ ${Array.from({ length: 31 }, (_, i) => `a${i}`).join(' ')} }`, 'TOO_MANY_ROOT_FIELDS', 30],
  ['too many root fields by a fragment', `{ ...F } fragment F on Query { ${'a '.repeat(31)} }`, 'TOO_MANY_ROOT_FIELDS', 30],
  ['too many aliases', `{ a { ${Array.from({ length: 101 }, (_, i) => `a${i}: __typename`).join(' ')} } }`, 'TOO_MANY_ALIASES', 100],
  ['too many fields', `{ a { ${'a '.repeat(1_001)} } }`, 'TOO_MANY_FIELDS', 1_000],
  [
    'fragments that double thirty times',
    `{ a { ...F0 } } ${Array.from({ length: 30 }, (_, i) => `fragment F${i} on A { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F30 on A { a }`,
    'TOO_MANY_FIELDS',
    1_000,
  ],
])('refuses %s', (_name, document, code, limit) => {
  const refusal = refuse(document);

  expect(refusal).toEqual({ code, limit, message: expect.stringContaining(limit.toLocaleString('en')) });
});

it.each([
  ['the deepest that is allowed', nested(12)],
  [
    'what GraphiQL asks to learn the schema',
    getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true }),
  ],
  ['fragments that hold each other, which validation refuses', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
  ['what cannot be parsed, which the parser refuses', '{ a'],
  ['a fragment that is not there, which validation refuses', '{ ...A }'],
])('lets pass %s', (_name, document) => {
  expect(refuse(document)).toBeNull();
  expect(refuse(document)).toBeNull();
});

it.each([
  ['application/json', 400],
  ['application/graphql-response+json', 400],
])('answers a refused document with 400 and its code, as %s', async (accept, status) => {
  const answer = await gateway.ask(nested(13), {}, { accept });

  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain(accept);
  expect(answer.body).toEqual({
    errors: [{ message: 'the document is 13 levels deep, but the limit is 12', extensions: { code: 'QUERY_TOO_DEEP', limit: 12 } }],
  });
});

it('answers introspection as GraphiQL asks it', async () => {
  const { status, body } = await gateway.ask(
    getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true }),
  );

  expect(status).toBe(200);
  expect(body.data.__schema.queryType.name).toBe('Query');
});

it('answers fragments that hold each other at once, as a failure of validation', async () => {
  const { status, body } = await gateway.ask('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }');

  expect(status).toBe(200);
  expect(body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});

it('validates what is as large as may be and compares every field with every other', async () => {
  const document = `{ metrics { ${'id '.repeat(998)} } } fragment Unused on Metric { ${'id '.repeat(999)} }`;

  const { body } = await gateway.ask(document);

  expect(body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});
