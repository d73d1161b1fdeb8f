import {
  type DocumentNode,
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLField,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  getArgumentValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  TypeNameMetaFieldDef,
  type ValueNode,
  valueFromAST,
  visit,
} from 'graphql';
import { type CollectScope, collectFields } from './collect-fields.ts';
import { createLeafWriter, isLeaf, quote } from './leaf.ts';
import type { FieldPlan, SelectionPlan, Shape } from './operation-plan.ts';

/** A validated operation and what its selections depend on. */
export interface CompileScope extends CollectScope {
  readonly operation: OperationDefinitionNode;
}

/** Thrown where an operation has something that is left to graphql-js: introspection, and fields of abstract types, of which this schema has none. */
class NotCompilable extends Error {
  override readonly name = 'NotCompilable';
}

/** The fragments of a document by name. */
export function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  return Object.fromEntries(document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])));
}

/** The names of the variables that decide with @skip and @include which fields there are; an operation is compiled once for each set of their values. */
export function conditionVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: (directive) => {
      for (const { value } of directive.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names].sort();
}

/** Whether an operation can be executed field by field in any order: a query, or one event of a subscription. Mutations go one after the other. */
export function isCompilable({ operation }: OperationDefinitionNode): boolean {
  return operation === OperationTypeNode.QUERY || operation === OperationTypeNode.SUBSCRIPTION;
}

/** Prepares an operation so that a request need not look at the document any more; null where it is left to graphql-js. */
export function compileOperation(scope: CompileScope): SelectionPlan | null {
  const type = scope.schema.getRootType(scope.operation.operation);
  if (!isCompilable(scope.operation) || !type) return null;
  try {
    return compileSelection(scope, type, [scope.operation]);
  } catch (error) {
    if (error instanceof NotCompilable) return null;
    throw error;
  }
}

function compileSelection(scope: CompileScope, type: GraphQLObjectType, nodes: readonly (FieldNode | OperationDefinitionNode)[]): SelectionPlan {
  // An operation always selects; a field of an object type does, because it was validated.
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  return { fields: [...collectFields(scope, type, sets)].flatMap(([key, fieldNodes]) => compileField(scope, type, key, fieldNodes) ?? []) };
}

function compileField(scope: CompileScope, parentType: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): FieldPlan | null {
  const { schema, fragments, operation } = scope;
  const node = nodes[0];
  if (node === undefined) return null;
  const name = node.name.value;
  const definition = name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : parentType.getFields()[name];
  if (definition === undefined) throw new NotCompilable(name);
  return {
    key,
    firstText: `{${quote(key)}:`,
    nextText: `,${quote(key)}:`,
    parentType,
    nodes,
    resolve: definition.resolve ?? defaultFieldResolver,
    argumentsFor: createArguments(definition, node),
    info: {
      fieldName: name,
      fieldNodes: nodes,
      returnType: definition.type,
      parentType,
      // Of the field in the document; where in the lists of an answer a parent stands is not told, and nothing here asks.
      path: { prev: undefined, key, typename: parentType.name },
      schema,
      fragments,
      rootValue: undefined,
      operation,
    },
    shape: compileShape(scope, definition.type, nodes),
  };
}

const NO_ARGUMENTS: Record<string, unknown> = {};

/** Arguments without variables are read once. */
function createArguments(definition: GraphQLField<unknown, unknown>, node: FieldNode): FieldPlan['argumentsFor'] {
  if (definition.args.length === 0) return () => NO_ARGUMENTS;
  const read = (variables: Readonly<Record<string, unknown>>) => getArgumentValues(definition, node, variables);
  if (hasVariables(node)) return createVariableArguments(definition, node, read);
  try {
    const constant = Object.freeze(read({}));
    return () => constant;
  } catch {
    // Told by the request that meets it, with its place in the answer.
    return read;
  }
}

/** One argument: always the same, or what a variable gives. */
type ArgumentSource = { readonly name: string; readonly value: unknown } | { readonly name: string; readonly variable: string; readonly isNullable: boolean };

/**
 * Arguments that are all constants or variables need not be found in the document again for each request. Who leaves a variable out, or gives null where there must be something, is answered by
 * `read`, which knows defaults and tells what is wrong.
 */
function createVariableArguments(definition: GraphQLField<unknown, unknown>, node: FieldNode, read: FieldPlan['argumentsFor']): FieldPlan['argumentsFor'] {
  const sources = definition.args.flatMap((argument) => argumentSource(argument, node) ?? []);
  const names = new Set(node.arguments?.map(({ name }) => name.value));
  const isKnown = definition.args.every(
    ({ name, defaultValue }) => sources.some((source) => source.name === name) || (!names.has(name) && defaultValue === undefined),
  );
  if (!isKnown) return read;
  return (variables) => {
    const given: Record<string, unknown> = {};
    for (const source of sources) {
      const value = 'variable' in source ? variables[source.variable] : source.value;
      if (value === undefined || (value === null && 'variable' in source && !source.isNullable)) return read(variables);
      given[source.name] = value;
    }
    return given;
  };
}

/** null where the argument has no value, or one that has to be looked for in the document. */
function argumentSource({ name, type, defaultValue }: GraphQLArgument, node: FieldNode): ArgumentSource | null {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value === undefined) return defaultValue === undefined ? null : { name, value: defaultValue };
  if (value.kind === Kind.VARIABLE) return { name, variable: value.name.value, isNullable: !(type instanceof GraphQLNonNull) };
  const constant: unknown = isConstant(value) ? valueFromAST(value, type) : undefined;
  return constant === undefined ? null : { name, value: constant };
}

function hasVariables(node: FieldNode): boolean {
  return node.arguments?.some(({ value }) => !isConstant(value)) ?? false;
}

function isConstant(value: ValueNode): boolean {
  let found = false;
  visit(value, {
    Variable: () => {
      found = true;
    },
  });
  return !found;
}

function compileShape(scope: CompileScope, type: GraphQLOutputType, nodes: readonly FieldNode[], isNullable = true): Shape {
  if (type instanceof GraphQLNonNull) return compileShape(scope, type.ofType, nodes, false);
  if (type instanceof GraphQLList) return { kind: 'list', isNullable, item: compileShape(scope, type.ofType, nodes) };
  if (isLeaf(type)) return { kind: 'leaf', isNullable, write: createLeafWriter(type) };
  if (type instanceof GraphQLObjectType && !type.isTypeOf) return { kind: 'object', isNullable, selection: compileSelection(scope, type, nodes) };
  throw new NotCompilable(String(type));
}
