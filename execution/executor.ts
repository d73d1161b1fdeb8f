import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { resolveSelection } from './columns.ts';
import { compileQuery, conditionVariables, fragmentsOf } from './compile.ts';
import { JsonText } from './json-text.ts';
import { writeData } from './json-writer.ts';
import type { SelectionPlan } from './operation-plan.ts';

/** A validated document and what a request says beside it. */
export interface ExecutionRequest {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
}

/** Like the result of graphql-js, but that the data of a query are JSON already. */
export interface ExecutedAnswer {
  readonly data?: JsonText | ExecutionResult['data'];
  readonly errors?: readonly GraphQLError[];
}

/** Executes a document that was validated against the schema. */
export type Executor = (request: ExecutionRequest) => Promise<ExecutedAnswer>;

/** An operation prepared once, for as long as its document is kept. */
interface PreparedOperation {
  readonly operation: OperationDefinitionNode;
  readonly conditions: readonly string[];
  /** By the values of `conditions`, so at most two for each; null: left to graphql-js. */
  readonly plans: Map<string, SelectionPlan | null>;
}

/** A document that is sent with other values for @skip and @include each time does not fill the memory. */
const MAX_PLANS = 16;

/**
 * The executor of a schema (docs/adr/0008). Queries are compiled once a document and executed level by level straight into text; what is not compiled,
 * mutations and introspection, graphql-js executes. Both call the same resolvers and give the same answer.
 */
export function createExecutor(schema: GraphQLSchema): Executor {
  const prepared = new WeakMap<DocumentNode, Map<string | null, PreparedOperation | null>>();
  const prepare = (document: DocumentNode, operationName: string | null): PreparedOperation | null => {
    const operations = prepared.get(document) ?? new Map<string | null, PreparedOperation | null>();
    prepared.set(document, operations);
    const known = operations.get(operationName);
    if (known !== undefined) return known;
    const operation = getOperationAST(document, operationName);
    // A name that the document does not have is not worth remembering.
    if (!operation) return null;
    const fresh = operation.operation === 'query' ? { operation, conditions: conditionVariables(document), plans: new Map() } : null;
    operations.set(operationName, fresh);
    return fresh;
  };

  return async ({ document, operationName, variables: inputs, context }) => {
    const asGraphqlJs = () => execute({ schema, document, operationName, variableValues: inputs, contextValue: context });
    const query = prepare(document, operationName);
    if (query === null) return asGraphqlJs();
    const { coerced, errors } = getVariableValues(schema, query.operation.variableDefinitions ?? [], inputs, { maxErrors: 50 });
    if (errors !== undefined) return { errors };
    // A condition that is null is an error, which graphql-js tells; so are the conditions of a plan always true or false.
    if (query.conditions.some((name) => typeof coerced[name] !== 'boolean')) return asGraphqlJs();
    const plan = planFor(schema, document, query, coerced);
    if (plan === null) return asGraphqlJs();
    const { text, errors: met } = writeData(plan, await resolveSelection({ context, variables: coerced }, plan, [undefined]));
    const data = text === 'null' ? null : new JsonText(text);
    return met.length === 0 ? { data } : { errors: met, data };
  };
}

function planFor(schema: GraphQLSchema, document: DocumentNode, query: PreparedOperation, variables: Record<string, unknown>): SelectionPlan | null {
  const key = query.conditions.map((name) => (variables[name] === true ? '1' : '0')).join('');
  const known = query.plans.get(key);
  if (known !== undefined) return known;
  const plan = compileQuery({ schema, fragments: fragmentsOf(document), variables, operation: query.operation });
  if (query.plans.size >= MAX_PLANS) query.plans.clear();
  query.plans.set(key, plan);
  return plan;
}
