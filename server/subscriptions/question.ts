import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  isRequiredArgument,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  separateOperations,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { collectFields } from '../../execution/collect-fields.ts';
import { fragmentsOf } from '../../execution/compile.ts';
import type { CostGuard } from '../cost-guard.ts';
import { createDocumentGuard, type DocumentLimits } from '../limits.ts';
import { remember } from '../remember.ts';
import { RefusedError } from './refused-error.ts';
import type { SubscriptionRequest } from './subscription.ts';

/** What a subscription asks, but for where it begins: all who ask the same get the same frames. */
export interface Question {
  /** The same for the same question, however its document is laid out and wherever its values stand. */
  readonly key: string;
  /** The same for all who want the same fields, whatever the arguments of the root field: one message looks the same for all of them. */
  readonly shape: string;
  /** The name of its root field. */
  readonly field: string;
  /** Of the root field, coerced, without `after`. */
  readonly args: Readonly<Record<string, unknown>>;
  /** One operation and its fragments. Its root field has no arguments that may be left out: what it would resolve is given. */
  readonly document: DocumentNode;
  /** As they were sent, those that the document has. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Characters of all that a group keeps of it. */
  readonly length: number;
}

/** A question and where to begin; null where that is now. */
export interface ReadQuestion {
  readonly question: Question;
  readonly after: string | null;
}

/** Longer documents are read anew each time, so that the few that are remembered stay small. */
const REMEMBERED_LENGTH = 2_000;

/** Where a subscription begins is its subscriber's own. */
const OWN_ARGUMENT = 'after';

/** Reads requests by a schema as HTTP does: the same limits, rules, codes. Throws RefusedError, or CostExceededError. */
export function createQuestionReader(schema: GraphQLSchema, limits: DocumentLimits, costs: CostGuard): (request: SubscriptionRequest) => ReadQuestion {
  const refuse = createDocumentGuard(limits);
  const type = schema.getSubscriptionType();
  if (!type) throw new Error('the schema has no subscriptions');
  const readDocument = (query: string): Reader => {
    const refusal = refuse(query);
    if (refusal !== null) throw new RefusedError([withCode(new GraphQLError(refusal.message, { extensions: { limit: refusal.limit } }), refusal.code)]);
    return createReader(schema, type, costs, readValid(schema, query, limits.maxTokens));
  };
  const known = remember(readDocument);
  return (request) => (request.query.length > REMEMBERED_LENGTH ? readDocument : known)(request.query)(request);
}

type Reader = (request: SubscriptionRequest) => ReadQuestion;

function createReader(schema: GraphQLSchema, type: GraphQLObjectType, costs: CostGuard, document: DocumentNode): Reader {
  const prepared = new Map<string, SharedOperation>();
  return ({ operationName = null, variables, lastEventId }) => {
    const operation = findOperation(document, operationName);
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, { maxErrors: 50 });
    if (errors !== undefined) throw new RefusedError(errors.map((error) => withCode(error, 'BAD_USER_INPUT')));
    const { field, args } = readRootField(schema, type, document, operation, coerced);
    costs.admit({ document, operationName, variables: coerced });
    const name = operation.name?.value ?? '';
    const shared = prepared.get(name) ?? shareOperation(schema, type, separateOperations(document)[name] ?? document);
    prepared.set(name, shared);
    const { [OWN_ARGUMENT]: after = null, ...rest } = args;
    const form = JSON.stringify([shared.text, only(shared.variables, coerced)]);
    const asked = JSON.stringify(rest);
    const shape = digest(form);
    const question: Question = {
      // As soon as subscribers have different rights, what decides over what they see belongs here too.
      key: digest(shape + asked),
      shape,
      length: form.length + asked.length,
      field,
      args: rest,
      document: shared.document,
      variables: only(shared.variables, variables ?? {}),
    };
    return { question, after: lastEventId ?? (typeof after === 'string' ? after : null) };
  };
}

function readValid(schema: GraphQLSchema, query: string, maxTokens: number): DocumentNode {
  const document = parseOrRefuse(query, maxTokens);
  const errors = findProblems(schema, document);
  if (errors.length > 0) throw new RefusedError(errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')));
  return document;
}

/** graphql-js does not find, but throws, where a variable decides over a root field of a subscription. */
function findProblems(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] {
  try {
    return validate(schema, document);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [
      new GraphQLError('A subscription must select its top level field whatever its variables are, without @skip or @include.', { nodes: error.nodes ?? null }),
    ];
  }
}

function parseOrRefuse(query: string, maxTokens: number): DocumentNode {
  try {
    return parse(query, { maxLexicalTokens: maxTokens });
  } catch (error) {
    throw error instanceof GraphQLError ? new RefusedError([withCode(error, 'GRAPHQL_PARSE_FAILED')]) : error;
  }
}

function findOperation(document: DocumentNode, operationName: string | null): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    const why = operationName === null ? 'Must provide operation name if query contains multiple operations.' : `Unknown operation named "${operationName}".`;
    throw new RefusedError([withCode(new GraphQLError(why), 'OPERATION_RESOLUTION_FAILURE')]);
  }
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return operation;
  throw new RefusedError([withCode(new GraphQLError(`this is a ${operation.operation}, but only subscriptions are answered by a feed`), 'BAD_REQUEST')]);
}

function readRootField(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): { readonly field: string; readonly args: Record<string, unknown> } {
  const [nodes, ...others] = collectFields({ schema, fragments: fragmentsOf(document), variables }, type, [operation.selectionSet]).values();
  const node = nodes?.[0];
  const field = node === undefined ? undefined : type.getFields()[node.name.value];
  // Validation has seen to it but for what @skip and @include leave of it.
  if (node === undefined || field === undefined || others.length > 0) {
    throw new RefusedError([
      withCode(new GraphQLError('A subscription must select one top level field, whatever its variables are.', { nodes: operation }), 'BAD_USER_INPUT'),
    ]);
  }
  try {
    return { field: field.name, args: getArgumentValues(field, node, variables) };
  } catch (error) {
    throw error instanceof GraphQLError ? new RefusedError([error]) : error;
  }
}

/** What of an operation its subscribers share. */
interface SharedOperation {
  readonly document: DocumentNode;
  readonly text: string;
  /** The names of its variables. */
  readonly variables: readonly string[];
}

function shareOperation(schema: GraphQLSchema, type: GraphQLObjectType, operation: DocumentNode): SharedOperation {
  const info = new TypeInfo(schema);
  const withoutArguments = visit(
    operation,
    visitWithTypeInfo(info, {
      Field(node) {
        if (info.getParentType() !== type) return undefined;
        const required = new Set(info.getFieldDef()?.args.flatMap((argument) => (isRequiredArgument(argument) ? [argument.name] : [])));
        return { ...node, arguments: (node.arguments ?? []).filter(({ name }) => required.has(name.value)) };
      },
    }),
  );
  const variables = usedVariables(withoutArguments);
  const text = print(visit(withoutArguments, { VariableDefinition: (node) => (variables.has(node.variable.name.value) ? false : null) }));
  return { document: (text.length > REMEMBERED_LENGTH ? parseShape : knownShape)(text), text, variables: [...variables].sort() };
}

/** Without locations, which would be others than in what the client has sent, and keep every token. */
function parseShape(text: string): DocumentNode {
  return parse(text, { noLocation: true });
}

/** Documents that differ in their filters alone have one shape, which is kept, and compiled, once. */
const knownShape = remember(parseShape);

function usedVariables(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, {
    [Kind.VARIABLE_DEFINITION]: () => false,
    [Kind.VARIABLE]: (node) => {
      names.add(node.name.value);
    },
  });
  return names;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function only(names: readonly string[], values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name]] as const] : [])));
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  error.extensions.code ??= code;
  return error;
}
