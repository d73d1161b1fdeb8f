import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { expect, it } from 'vitest';
import { createKnownOperations, type KnownOperations } from '../server/known-operations.ts';

/** A query of so many characters, another one for each number. */
function queryOf(number: number, length: number): string {
  return `{ a${number} }`.padEnd(length, ' ');
}

function add(operations: KnownOperations, source: string): void {
  const document = parse(source);
  const operation = document.definitions.find((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('a document of no operation');
  operations.add(source, null, document, operation);
}

function isKnown(operations: KnownOperations, query: string): boolean {
  const request: HTTPGraphQLRequest = { method: 'POST', headers: new HeaderMap(), search: '', body: { query } };
  return operations.find(request) !== null;
}

const LONGEST = 20_000;

it('remembers documents of a million characters together, and begins anew with the one that would be more', () => {
  const operations = createKnownOperations();
  const documents = Array.from({ length: 51 }, (_, number) => queryOf(number, LONGEST));
  const known = () => documents.filter((document) => isKnown(operations, document)).length;
  for (const document of documents.slice(0, 50)) add(operations, document);
  expect(known()).toBe(50);

  add(operations, documents[50] ?? '');
  expect([known(), isKnown(operations, documents[50] ?? '')]).toEqual([1, true]);

  // What is left counts on.
  for (const document of documents.slice(0, 49)) add(operations, document);
  expect(known()).toBe(50);
  add(operations, documents[49] ?? '');
  expect(known()).toBe(1);
});

it('counts a document once, however often it comes', () => {
  const operations = createKnownOperations();
  const [first, other] = [queryOf(1, LONGEST), queryOf(2, LONGEST)];
  add(operations, first);
  for (let time = 0; time < 200; time++) add(operations, other);

  expect([first, other].map((document) => isKnown(operations, document))).toEqual([true, true]);
});

it('remembers five hundred documents, and none of more than 20,000 characters', () => {
  const operations = createKnownOperations();
  const documents = Array.from({ length: 501 }, (_, number) => queryOf(number, 10));
  const known = () => documents.filter((document) => isKnown(operations, document)).length;
  for (const document of documents.slice(0, 500)) add(operations, document);
  add(operations, queryOf(1, LONGEST + 1));
  expect([known(), isKnown(operations, queryOf(1, LONGEST + 1))]).toEqual([500, false]);

  add(operations, documents[500] ?? '');
  expect(known()).toBe(1);
});
