import type { HTTPGraphQLRequest } from '@apollo/server';
import { type DocumentNode, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { ValidRequest } from './execute-request.ts';
import { isRecord, readParameters } from './graphql-parameters.ts';

/** A request for a query whose document was found valid before. */
export interface KnownRequest extends ValidRequest {
  /** Of the operation, as the document has it; null where it has none. */
  readonly name: string | null;
}

/** Queries that came before, by the text of their document and the name that was asked for: what comes again need not be looked at again. */
export interface KnownOperations {
  /** null where the operation is not known, or the request has something about it that Apollo is to judge. */
  find(request: HTTPGraphQLRequest): KnownRequest | null;
  /** Takes in an operation whose document was found valid. */
  add(source: string, operationName: string | null, document: DocumentNode, operation: OperationDefinitionNode): void;
}

interface KnownOperation {
  readonly document: DocumentNode;
  readonly name: string | null;
}

/** As many documents as a guard of documents remembers, and of the same length. */
const MOST_DOCUMENTS = 500;
const LONGEST_DOCUMENT = 20_000;
/** Of all documents together: what is parsed and planned of one takes up to 50 bytes a character, and long ones are rare. */
const MOST_CHARACTERS = 1_000_000;

/** For one schema, by which the documents are validated. */
export function createKnownOperations(): KnownOperations {
  const documents = new Map<string, Map<string | null, KnownOperation>>();
  let characters = 0;
  return {
    find(request) {
      if (request.method !== 'POST' || !isRecord(request.body) || (request.body.extensions ?? null) !== null) return null;
      const asked = readParameters(request);
      if (asked === null) return null;
      const operationName = asked.operationName ?? null;
      const known = documents.get(asked.query)?.get(operationName);
      return known === undefined ? null : { document: known.document, operationName, variables: asked.variables ?? {}, name: known.name };
    },
    add(source, operationName, document, operation) {
      if (operation.operation !== OperationTypeNode.QUERY || source.length > LONGEST_DOCUMENT) return;
      const operations = documents.get(source) ?? new Map<string | null, KnownOperation>();
      operations.set(operationName, { document, name: operation.name?.value ?? null });
      if (!documents.has(source)) characters += source.length;
      if (characters > MOST_CHARACTERS || (!documents.has(source) && documents.size >= MOST_DOCUMENTS)) {
        documents.clear();
        characters = source.length;
      }
      documents.set(source, operations);
    },
  };
}
