import {
  type ConstDirectiveNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql';

/** What `@listSize` says of a field. */
export interface ListSize {
  readonly assumedSize: number | null;
  readonly slicingArguments: readonly string[];
  readonly sizedFields: readonly string[];
}

/** What `@cost` and `@listSize` of a schema say of its fields and types. */
export interface CostDirectives {
  /** Of asking for a field once. */
  fieldWeight(field: GraphQLField<unknown, unknown>): number;
  /** Of one object or value of a type. */
  typeWeight(type: GraphQLNamedType): number;
  /** Of giving an argument. */
  argumentWeight(argument: GraphQLArgument): number;
  /** null where nothing is said. */
  listSize(field: GraphQLField<unknown, unknown>): ListSize | null;
}

/** Reads the directives of a schema, all of them at once: throws where one says what is not counted or cannot be. */
export function readCostDirectives(schema: GraphQLSchema): CostDirectives {
  const read: ReadDirectives = { types: new Map(), fields: new Map(), argumentWeights: new Map() };
  for (const type of Object.values(schema.getTypeMap())) if (!isIntrospectionType(type)) readType(read, type);
  return {
    fieldWeight: (field) => read.fields.get(field)?.weight ?? 0,
    typeWeight: (type) => read.types.get(type) ?? 0,
    argumentWeight: (argument) => read.argumentWeights.get(argument) ?? 0,
    listSize: (field) => read.fields.get(field)?.size ?? null,
  };
}

interface ReadDirectives {
  readonly types: Map<GraphQLNamedType, number>;
  readonly fields: Map<GraphQLField<unknown, unknown>, { readonly weight: number; readonly size: ListSize | null }>;
  readonly argumentWeights: Map<GraphQLArgument, number>;
}

function readType({ types, fields, argumentWeights }: ReadDirectives, type: GraphQLNamedType): void {
  types.set(type, weightOf(type.name, type) ?? defaultWeight(type));
  if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) refuseWeight(`${type.name}.${field.name}`, field);
  if (!isObjectType(type) && !isInterfaceType(type)) return;
  for (const field of Object.values(type.getFields())) {
    const name = `${type.name}.${field.name}`;
    fields.set(field, { weight: weightOf(name, field) ?? defaultWeight(getNamedType(field.type)), size: listSizeOf(name, field) });
    for (const argument of field.args) argumentWeights.set(argument, weightOf(`${name}(${argument.name})`, argument) ?? 0);
  }
}

/** Whether a type is a list, of whatever and however deep. */
export function isList(type: GraphQLField<unknown, unknown>['type']): boolean {
  return isListType(getNullableType(type));
}

/** By the specification of the directives. */
function defaultWeight(type: GraphQLNamedType): number {
  return isCompositeType(type) ? 1 : 0;
}

interface Definition {
  readonly astNode?: { readonly directives?: readonly ConstDirectiveNode[] | undefined } | null | undefined;
  readonly extensionASTNodes?: readonly { readonly directives?: readonly ConstDirectiveNode[] | undefined }[];
}

function weightOf(name: string, definition: Definition): number | null {
  const weight = argumentsOf(definition, 'cost')?.weight;
  if (weight === undefined) return null;
  const value = typeof weight === 'string' && weight.trim() !== '' ? Number(weight) : Number.NaN;
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`@cost of ${name} has weight ${JSON.stringify(weight)}, but a weight is a number from 0 on, written as text`);
}

/** The specification allows it, but values of inputs are not looked into here. */
function refuseWeight(name: string, definition: Definition): void {
  if (weightOf(name, definition) !== null) throw new Error(`${name} has @cost, but fields of inputs are not counted`);
}

function listSizeOf(name: string, field: GraphQLField<unknown, unknown>): ListSize | null {
  const given = argumentsOf(field, 'listSize');
  if (given === null) return null;
  const size: ListSize = {
    assumedSize: typeof given.assumedSize === 'number' ? given.assumedSize : null,
    slicingArguments: texts(given.slicingArguments),
    sizedFields: texts(given.sizedFields),
  };
  checkNames(name, 'slicingArguments', size.slicingArguments, new Set(field.args.map((argument) => argument.name)));
  const type = getNamedType(field.type);
  const below = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
  checkNames(name, 'sizedFields', size.sizedFields, new Set(Object.keys(below)));
  if (given.requireOneSlicingArgument !== false && size.slicingArguments.length > 0)
    throw new Error(`@listSize of ${name} requires a slicing argument, but that is not asked for: say requireOneSlicingArgument: false`);
  return size;
}

function checkNames(name: string, what: string, given: readonly string[], known: ReadonlySet<string>): void {
  const unknown = given.find((each) => !known.has(each));
  if (unknown !== undefined) throw new Error(`@listSize of ${name} has ${what} with ${JSON.stringify(unknown)}, which is not there`);
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The arguments of a directive that stands on a definition; null where it does not. */
function argumentsOf({ astNode, extensionASTNodes = [] }: Definition, directive: string): Readonly<Record<string, unknown>> | null {
  const nodes = [astNode, ...extensionASTNodes].flatMap((node) => node?.directives ?? []);
  const found = nodes.find(({ name }) => name.value === directive);
  if (found === undefined) return null;
  return Object.fromEntries((found.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}
