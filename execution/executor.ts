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
import { type ApplyForms, createApplyForms } from './apply-forms.ts';
import { type Column, resolveSelection } from './columns.ts';
import { compileOperation, conditionVariables, fragmentsOf, isCompilable } from './compile.ts';
import { type Forms, NO_FORMS } from './forms.ts';
import { JsonText } from './json-text.ts';
import { writeData } from './json-writer.ts';
import type { SelectionPlan } from './operation-plan.ts';

/** A validated document and what a request says beside it. */
export interface ExecutionRequest {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
  /** An event of a subscription: what its root field is resolved from. */
  readonly event?: unknown;
}

/** Like the result of graphql-js, but that the data of a query are JSON already. */
export interface ExecutedAnswer {
  readonly data?: JsonText | ExecutionResult['data'];
  readonly errors?: readonly GraphQLError[];
}

/** Executes a document that was validated against the schema. */
export type Executor = (request: ExecutionRequest) => Promise<ExecutedAnswer>;

/** The same, but that the answer is there at once where nothing had to be waited for. */
export type DirectExecutor = (request: ExecutionRequest) => ExecutedAnswer | Promise<ExecutedAnswer>;

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
export function createExecutor(schema: GraphQLSchema, forms: Forms = NO_FORMS): Executor {
  const prepare = createPreparation(schema, forms);
  return async (request) => {
    const prepared = prepare(request);
    if (prepared === null) return asGraphqlJs(schema, request);
    return 'errors' in prepared ? prepared : toAnswer(prepared, await resolve(prepared, request));
  };
}

/** The executor of the events of subscriptions, which are compiled and executed as queries are. */
export function createDirectExecutor(schema: GraphQLSchema): DirectExecutor {
  const prepare = createPreparation(schema);
  return (request) => {
    const prepared = prepare(request);
    if (prepared === null) return asGraphqlJs(schema, request);
    if ('errors' in prepared) return prepared;
    const columns = resolve(prepared, request);
    return columns instanceof Promise ? columns.then((settled) => toAnswer(prepared, settled)) : toAnswer(prepared, columns);
  };
}

function asGraphqlJs(schema: GraphQLSchema, { document, operationName, variables, context, event }: ExecutionRequest): ReturnType<typeof execute> {
  return execute({ schema, document, operationName, variableValues: variables, contextValue: context, rootValue: event });
}

function resolve({ plan, variables }: PreparedRequest, { context, event }: ExecutionRequest): ReturnType<typeof resolveSelection> {
  return resolveSelection({ context, variables }, plan, [event]);
}

function toAnswer({ plan }: PreparedRequest, columns: readonly Column[]): ExecutedAnswer {
  const { text, errors } = writeData(plan, columns);
  const data = text === 'null' ? null : new JsonText(text);
  return errors.length === 0 ? { data } : { errors, data };
}

/** A request whose operation is compiled, with its variables coerced. */
export interface PreparedRequest {
  readonly plan: SelectionPlan;
  readonly variables: Record<string, unknown>;
}

/** Prepares requests; null where one is left to graphql-js. */
export function createPreparation(
  schema: GraphQLSchema,
  forms: Forms = NO_FORMS,
): (request: Pick<ExecutionRequest, 'document' | 'operationName' | 'variables'>) => PreparedRequest | { readonly errors: readonly GraphQLError[] } | null {
  const applyForms = createApplyForms(schema, forms);
  const prepared = new WeakMap<DocumentNode, Map<string | null, PreparedOperation | null>>();
  const prepare = (document: DocumentNode, operationName: string | null): PreparedOperation | null => {
    const operations = prepared.get(document) ?? new Map<string | null, PreparedOperation | null>();
    prepared.set(document, operations);
    const known = operations.get(operationName);
    if (known !== undefined) return known;
    const operation = getOperationAST(document, operationName);
    // A name that the document does not have is not worth remembering.
    if (!operation) return null;
    const fresh = isCompilable(operation) ? { operation, conditions: conditionVariables(document), plans: new Map() } : null;
    operations.set(operationName, fresh);
    return fresh;
  };
  return ({ document, operationName, variables: inputs }) => {
    const known = prepare(document, operationName);
    if (known === null) return null;
    const { coerced: variables, errors } = getVariableValues(schema, known.operation.variableDefinitions ?? [], inputs, { maxErrors: 50 });
    if (errors !== undefined) return { errors };
    // A condition that is null is an error, which graphql-js tells; so are the conditions of a plan always true or false.
    if (known.conditions.some((name) => typeof variables[name] !== 'boolean')) return null;
    const plan = planFor(schema, document, known, variables, applyForms);
    return plan === null ? null : { plan, variables };
  };
}

function planFor(
  schema: GraphQLSchema,
  document: DocumentNode,
  query: PreparedOperation,
  variables: Record<string, unknown>,
  applyForms: ApplyForms,
): SelectionPlan | null {
  const key = query.conditions.map((name) => (variables[name] === true ? '1' : '0')).join('');
  const known = query.plans.get(key);
  if (known !== undefined) return known;
  const compiled = compileOperation({ schema, fragments: fragmentsOf(document), variables, operation: query.operation });
  const plan = compiled === null ? null : applyForms(compiled);
  if (query.plans.size >= MAX_PLANS) query.plans.clear();
  query.plans.set(key, plan);
  return plan;
}
