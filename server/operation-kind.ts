import { type OperationTypeNode, parse } from 'graphql';
import type { DocumentLimits } from './limits.ts';
import { remember } from './remember.ts';

/** What kind of operation a request asks for; null where its document does not say, which whoever answers requests will tell. */
export type OperationKind = (query: string, operationName: string | null) => OperationTypeNode | null;

/** Longer documents are parsed each time, so that few that are remembered stay small. */
const REMEMBERED_LENGTH = 20_000;

/** Finds the kind of operations, so that sockets and event streams know who answers them: the feeds of subscriptions or the service. */
export function createOperationKind({ maxBytes, maxTokens }: Pick<DocumentLimits, 'maxBytes' | 'maxTokens'>): OperationKind {
  const find = (query: string): ReadonlyMap<string | null, OperationTypeNode> => kindsIn(query, maxTokens);
  const known = remember(find);
  return (query, operationName) => {
    if (query.length > maxBytes) return null;
    const kinds = query.length > REMEMBERED_LENGTH ? find(query) : known(query);
    if (operationName !== null) return kinds.get(operationName) ?? null;
    const [only = null] = kinds.values();
    return kinds.size === 1 ? only : null;
  };
}

function kindsIn(query: string, maxTokens: number): ReadonlyMap<string | null, OperationTypeNode> {
  try {
    const { definitions } = parse(query, { noLocation: true, maxLexicalTokens: maxTokens });
    return new Map(
      definitions.flatMap((definition) => (definition.kind === 'OperationDefinition' ? [[definition.name?.value ?? null, definition.operation] as const] : [])),
    );
  } catch {
    return new Map();
  }
}
