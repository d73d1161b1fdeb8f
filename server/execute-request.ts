import { type DocumentNode, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql';
import type { Catalogue } from '../db/catalogue.ts';
import { createExecutor, type ExecutedAnswer } from '../execution/executor.ts';
import type { GraphQLContext } from '../resolvers/context.ts';
import { forms } from '../resolvers/forms.ts';

/** A request whose document was validated. */
export interface ValidRequest {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Where contexts come from: `createContext` is called once, and again where what the first assumed turns out to be old. */
export interface ContextSource {
  readonly knownCatalogue: () => Catalogue | null;
  readonly createContext: (assumed: Catalogue | null) => GraphQLContext;
}

/** Executes a request over the store. */
export type RequestExecutor = (request: ValidRequest, contexts: ContextSource) => Promise<ExecutedAnswer>;

/**
 * Queries assume that the catalogue is as this process knows it, and the statements that read values tell whether it is; so most take a single statement.
 * If it has changed, the answer is made again, and this time the database is asked first, as for mutations.
 */
export function createRequestExecutor(schema: GraphQLSchema): RequestExecutor {
  const execute = createExecutor(schema, forms);
  return async (request, { knownCatalogue, createContext }) => {
    const known = knownCatalogue();
    const { document, operationName, variables } = request;
    const isQuery = getOperationAST(document, operationName)?.operation === OperationTypeNode.QUERY;
    if (isQuery && known !== null) {
      const context = createContext(known);
      const answer = await execute({ document, operationName, variables, context });
      if (await context.holds()) return answer;
    }
    return execute({ document, operationName, variables, context: createContext(null) });
  };
}
