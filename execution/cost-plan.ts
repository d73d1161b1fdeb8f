import {
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';
import { type CollectScope, collectFields } from './collect-fields.ts';
import { type CostDirectives, isList, type ListSize } from './cost-directives.ts';

/** Variables of a request, as they were sent or coerced. */
export type Variables = Readonly<Record<string, unknown>>;

/** What one field of an operation costs each parent. */
export interface CostNode {
  /** Names in the response, from the root on, joined by dots. */
  readonly path: string;
  /** Of the field itself and the arguments that it was given. */
  readonly own: number;
  /** Of each object or value, without its fields. */
  readonly each: number;
  /** How many objects or values there are; a function where variables decide. */
  readonly size: number | ((variables: Variables) => number);
  /** The fields below, for each object type that a value may have. */
  readonly below: readonly (readonly CostNode[])[];
  /** The cost, where no variable decides over it; else null. */
  readonly fixed: number | null;
}

/** What an operation is taken apart with. */
export interface CostScope extends CollectScope {
  readonly operation: OperationDefinitionNode;
  readonly directives: CostDirectives;
}

/** The fields of an operation with their weights and sizes. Introspection is free: it is answered from memory, and has a limit of depth. */
export function planCost(scope: CostScope): readonly CostNode[] {
  const type = scope.schema.getRootType(scope.operation.operation);
  return type ? planSelection(scope, type, [scope.operation], '', NO_SIZES) : [];
}

/** What fields cost together with all that is below them. */
export function costOf(nodes: readonly CostNode[], variables: Variables): number {
  let sum = 0;
  for (const node of nodes) sum += node.fixed ?? costOfField(node, variables);
  return sum;
}

/** How many objects or values a field gives each parent. */
export function sizeOf({ size }: CostNode, variables: Variables): number {
  return typeof size === 'number' ? size : size(variables);
}

function costOfField(node: CostNode, variables: Variables): number {
  let most = 0;
  for (const fields of node.below) most = Math.max(most, costOf(fields, variables));
  return node.own + sizeOf(node, variables) * (node.each + most);
}

/** Of lists below a field that sizes them: by the name of the field, the size that its arguments give; null where they give none. */
type GivenSizes = ReadonlyMap<string, Sizing>;

const NO_SIZES: GivenSizes = new Map();

/** A size, or how it comes from variables; null where nothing says it. */
type Sizing = number | null | ((variables: Variables) => number | null);

function planSelection(
  scope: CostScope,
  type: GraphQLObjectType,
  parents: readonly (FieldNode | OperationDefinitionNode)[],
  path: string,
  sizes: GivenSizes,
): readonly CostNode[] {
  const sets = parents.flatMap(({ selectionSet }) => selectionSet ?? []);
  return [...collectFields(scope, type, sets)].flatMap(([key, nodes]) => planField(scope, type, path === '' ? key : `${path}.${key}`, nodes, sizes) ?? []);
}

function planField(scope: CostScope, parent: GraphQLObjectType, path: string, nodes: readonly FieldNode[], sizes: GivenSizes): CostNode | null {
  const { directives } = scope;
  const node = nodes[0];
  const field = node === undefined ? undefined : parent.getFields()[node.name.value];
  // What is not a field of the type is introspection.
  if (node === undefined || field === undefined) return null;
  const type = getNamedType(field.type);
  const listSize = directives.listSize(field);
  const sliced = listSize === null ? null : slicedSize(field, node, listSize);
  const below = possibleTypes(scope, type).map((possible) => planSelection(scope, possible, nodes, path, sizesBelow(field, listSize, sliced)));
  const planned = {
    path,
    own: directives.fieldWeight(field) + argumentsWeight(directives, field, node),
    each: directives.typeWeight(type),
    size: sizeOfField(field, listSize, sliced, sizes.get(field.name) ?? null),
    below,
  };
  const isFixed = typeof planned.size === 'number' && below.every((fields) => fields.every(({ fixed }) => fixed !== null));
  return { ...planned, fixed: isFixed ? costOfField({ ...planned, fixed: null }, {}) : null };
}

function possibleTypes({ schema }: CostScope, type: GraphQLNamedType): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

function argumentsWeight(directives: CostDirectives, field: GraphQLField<unknown, unknown>, { arguments: given = [] }: FieldNode): number {
  const names = new Set(given.map(({ name }) => name.value));
  return field.args.reduce((sum, argument) => sum + (names.has(argument.name) ? directives.argumentWeight(argument) : 0), 0);
}

/** What the slicing arguments of a field say for the fields that they size. */
function sizesBelow(field: GraphQLField<unknown, unknown>, listSize: ListSize | null, sliced: Sizing): GivenSizes {
  if (listSize === null || listSize.sizedFields.length === 0) return NO_SIZES;
  // Of a field that is no list itself the assumed size can only be meant for them.
  const size = isList(field.type) ? sliced : orElse(sliced, listSize.assumedSize);
  return new Map(listSize.sizedFields.map((name) => [name, size]));
}

function sizeOfField(field: GraphQLField<unknown, unknown>, listSize: ListSize | null, sliced: Sizing, given: Sizing): CostNode['size'] {
  if (!isList(field.type)) return 1;
  const own = listSize === null || listSize.sizedFields.length > 0 ? null : sliced;
  return always(orElse(given, orElse(own, listSize?.assumedSize ?? null)));
}

/** A list that nothing is known of counts once. */
function always(sizing: Sizing): CostNode['size'] {
  return typeof sizing === 'function' ? (variables) => sizing(variables) ?? 1 : (sizing ?? 1);
}

function orElse(first: Sizing, second: Sizing): Sizing {
  if (first === null) return second;
  if (typeof first === 'number') return first;
  return (variables) => first(variables) ?? (typeof second === 'function' ? second(variables) : second);
}

/** The largest of the slicing arguments that are given; if none is, the largest default. */
function slicedSize(field: GraphQLField<unknown, unknown>, node: FieldNode, { slicingArguments }: ListSize): Sizing {
  const slicing = field.args.filter(({ name }) => slicingArguments.includes(name));
  const given = slicing.map((argument) => givenSize(argument, node)).reduce(larger, null);
  return orElse(given, slicing.map(({ defaultValue }) => countIn(defaultValue)).reduce<number | null>(largerOf, null));
}

function givenSize({ name }: GraphQLArgument, { arguments: given = [] }: FieldNode): Sizing {
  const value = given.find((argument) => argument.name.value === name)?.value;
  if (value === undefined) return null;
  if (value.kind !== Kind.VARIABLE) return countOf(value);
  const variable = value.name.value;
  return (variables) => countIn(variables[variable]);
}

/** What is written in the document: a number, or a list, of whatever. */
function countOf(value: ValueNode): number | null {
  if (value.kind === Kind.INT) return countIn(Number(value.value));
  return value.kind === Kind.LIST ? value.values.length : null;
}

/** null for what is no count: execution will refuse it, or has nothing to say. */
function countIn(value: unknown): number | null {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'number' && Number.isInteger(value) ? Math.max(0, value) : null;
}

function larger(a: Sizing, b: Sizing): Sizing {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === 'number' && typeof b === 'number') return Math.max(a, b);
  return (variables) => largerOf(numberOf(a, variables), numberOf(b, variables));
}

function numberOf(sizing: Sizing, variables: Variables): number | null {
  return typeof sizing === 'function' ? sizing(variables) : sizing;
}

function largerOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
