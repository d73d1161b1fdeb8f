import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  type VariableDefinitionNode,
  validate,
  visit,
} from 'graphql';
import { compileOperation, conditionVariables, fragmentsOf } from '../../execution/compile.ts';
import { isWholeConnection, planRows, type RowPlan } from '../../execution/row-plan.ts';
import type { DocumentVariable } from '../../resolvers/document-library.ts';
import type { Refusal } from '../limits.ts';
import { remember } from '../remember.ts';

/** A document that can be exported. */
export interface PreparedDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: readonly DocumentVariable[];
  readonly columns: readonly string[];
}

/** Parameters of an export that are no variables. */
export const OWN_PARAMETERS: readonly string[] = ['bom'];

/** Prepares documents: answers the reason, in words, where one cannot be exported. */
export type PrepareDocument = (text: string) => PreparedDocument | { readonly problem: string };

/** Characters of the texts whose preparation is remembered: what is parsed of one takes up to 50 bytes. */
const REMEMBERED = 1_000_000;

/** The preparation of a schema's documents. `refuse` says which are too large for a request, and so for a document. */
export function createPreparation(schema: GraphQLSchema, refuse: (text: string) => Refusal | null): PrepareDocument {
  return remember((text) => prepare(schema, refuse, text), REMEMBERED);
}

function prepare(schema: GraphQLSchema, refuse: (text: string) => Refusal | null, text: string): ReturnType<PrepareDocument> {
  const refusal = refuse(text);
  if (refusal !== null) return { problem: refusal.message };
  // GraphQL allows it in comments, PostgreSQL nowhere.
  if (text.includes('\u0000')) return { problem: 'it has a character U+0000' };
  const document = parseOrProblem(text);
  if ('problem' in document) return document;
  const [error] = validate(schema, document);
  if (error !== undefined) return { problem: `${error.message}${placeOf(error.locations?.[0])}` };
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operation === undefined || operations.length > 1) return { problem: `it has ${operations.length} operations, but an export is of exactly one` };
  if (operation.operation !== OperationTypeNode.QUERY) return { problem: `it is a ${operation.operation}, but only queries are exported` };
  return prepareQuery(schema, document, operation);
}

function prepareQuery(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): ReturnType<PrepareDocument> {
  const variables = (operation.variableDefinitions ?? []).map(describeVariable);
  const reserved = variables.find(({ name }) => OWN_PARAMETERS.includes(name));
  if (reserved !== undefined) return { problem: `it has a variable $${reserved.name}, but ${reserved.name} is a parameter of every export: name it otherwise` };
  const plan = compileOperation({ schema, fragments: fragmentsOf(document), variables: allIncluded(document), operation });
  if (plan === null) return { problem: 'it asks for the schema itself (__schema or __type), which has no rows' };
  const rows = planRows(plan);
  const problem = problemOf(rows, Object.fromEntries(variables.map(({ name }) => [name, 1])));
  return problem === null ? { document, operation, variables, columns: rows.columns } : { problem };
}

/** Why the rows of a plan cannot be written with these variables; null where they can. */
export function problemOf({ innerConnections }: RowPlan, variables: Readonly<Record<string, unknown>>): string | null {
  const cutOff = innerConnections.find((field) => isWholeConnection(field, variables));
  if (cutOff === undefined) return null;
  return `${cutOff.key} is a connection within the rows, which would be cut off where nobody sees it: give it first or last, or ask for it at the root of the query, where it is exported whole`;
}

/** Values of the variables of @include and @skip with which everything is there. */
function allIncluded(document: DocumentNode): Readonly<Record<string, unknown>> {
  const skipping = new Set<string>();
  visit(document, {
    Directive: ({ name, arguments: given }) => {
      if (name.value === 'skip') for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) skipping.add(value.name.value);
    },
  });
  return Object.fromEntries(conditionVariables(document).map((name) => [name, !skipping.has(name)]));
}

function parseOrProblem(text: string): DocumentNode | { readonly problem: string } {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { problem: `${error.message}${placeOf(error.locations?.[0])}` };
  }
}

function placeOf(location: { readonly line: number; readonly column: number } | undefined): string {
  return location === undefined ? '' : ` (line ${location.line}, column ${location.column})`;
}

function describeVariable({ variable, type, defaultValue }: VariableDefinitionNode): DocumentVariable {
  return {
    name: variable.name.value,
    type: print(type),
    default: defaultValue === undefined ? null : print(defaultValue),
    required: type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined,
  };
}
