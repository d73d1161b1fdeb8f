import { OperationTypeNode, parse } from 'graphql';
import type { DocumentLimits } from './limits.ts';
import { remember } from './remember.ts';

/** The operation that a request asks for. */
export interface FoundOperation {
  readonly name: string | null;
  readonly isSubscription: boolean;
}

/** Finds the operation of a request; null where its document does not say, which whoever answers requests will tell. */
export type FindOperation = (query: string, operationName: string | null) => FoundOperation | null;

/** Longer documents are parsed each time, so that those that are remembered stay small. */
const REMEMBERED_LENGTH = 20_000;

/** Lets sockets and event streams know who answers a request: the feeds of subscriptions or the service. */
export function createFindOperation({ maxBytes, maxTokens }: Pick<DocumentLimits, 'maxBytes' | 'maxTokens'>): FindOperation {
  const read = (query: string): readonly FoundOperation[] => operationsIn(query, maxTokens);
  const known = remember(read);
  return (query, operationName) => {
    if (query.length > maxBytes) return null;
    const operations = query.length > REMEMBERED_LENGTH ? read(query) : known(query);
    if (operationName !== null) return operations.find(({ name }) => name === operationName) ?? null;
    return operations.length === 1 ? (operations[0] ?? null) : null;
  };
}

function operationsIn(query: string, maxTokens: number): readonly FoundOperation[] {
  try {
    const { definitions } = parse(query, { noLocation: true, maxLexicalTokens: maxTokens });
    const operations = definitions.filter((definition) => definition.kind === 'OperationDefinition');
    return operations.map(({ name, operation }) => ({ name: name?.value ?? null, isSubscription: operation === OperationTypeNode.SUBSCRIPTION }));
  } catch {
    return [];
  }
}
