import {
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type TypeDefinitionNode,
  type TypeExtensionNode,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql';

type Values = Readonly<Record<string, unknown>>;

/** A type as the SDL has it: its weight, its fields, and what implements or belongs to it. */
interface WrittenType {
  readonly isComposite: boolean;
  readonly weight: number;
  readonly fields: ReadonlyMap<string, FieldDefinitionNode>;
  readonly members: readonly string[];
}

/** What a document costs, by the words of docs/cost.md alone: from the text of the SDL, by one recursion over the document, with nothing prepared or remembered. */
export function reckonCost(sdl: DocumentNode, document: DocumentNode, given: Values): number {
  const types = writtenTypes(sdl);
  const fragments = new Map(document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])));
  const operation = document.definitions.find((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('a document without an operation costs nothing');
  const variables = valuesOf(operation, given);
  const root = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[operation.operation];

  const costOf = (type: string, sets: readonly SelectionSetNode[], sizes: ReadonlyMap<string, number | null>): number => {
    const byKey = new Map<string, FieldNode[]>();
    for (const set of sets) for (const node of fieldsIn(set, type)) byKey.set(keyOf(node), [...(byKey.get(keyOf(node)) ?? []), node]);
    return [...byKey.values()].reduce((sum, nodes) => sum + fieldCost(type, nodes, sizes), 0);
  };

  const fieldsIn = (set: SelectionSetNode, type: string): FieldNode[] =>
    set.selections.flatMap((node) => {
      if (!isIncluded(node.directives ?? [], variables)) return [];
      if (node.kind === Kind.FIELD) return [node];
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
      return fragment !== undefined && isMeant(fragment.typeCondition?.name.value ?? type, type) ? fieldsIn(fragment.selectionSet, type) : [];
    });
  const isMeant = (condition: string, type: string): boolean => condition === type || typeNamed(types, condition).members.includes(type);

  const fieldCost = (parent: string, nodes: readonly FieldNode[], sizes: ReadonlyMap<string, number | null>): number => {
    const [node] = nodes;
    const field = types.get(parent)?.fields.get(node?.name.value ?? '');
    if (node === undefined || field === undefined) return 0;
    const name = namedType(field.type);
    const type = typeNamed(types, name);
    const { own, below, size } = reckonField(field, node, type.isComposite, sizes, variables);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const most = type.isComposite ? Math.max(...(type.members.length > 0 ? type.members : [name]).map((each) => costOf(each, sets, below))) : 0;
    return own + size * (type.weight + most);
  };

  return costOf(root, [operation.selectionSet], new Map());
}

/** What a field costs by itself, how many members it has, and how many the lists just below it have. */
function reckonField(
  field: FieldDefinitionNode,
  node: FieldNode,
  isComposite: boolean,
  sizes: ReadonlyMap<string, number | null>,
  variables: Values,
): { readonly own: number; readonly below: ReadonlyMap<string, number | null>; readonly size: number } {
  const given = new Set(node.arguments?.map(({ name }) => name.value));
  const ofArguments = (field.arguments ?? []).map(({ name, directives }) => (given.has(name.value) ? (weightIn(directives) ?? 0) : 0));
  const own = ofArguments.reduce((sum, weight) => sum + weight, weightIn(field.directives) ?? (isComposite ? 1 : 0));
  const said = directiveIn(field.directives, 'listSize') ?? {};
  const assumed = typeof said.assumedSize === 'number' ? said.assumedSize : null;
  const sized = listIn(said.sizedFields);
  const sliced = slicedBy(field, node, listIn(said.slicingArguments), variables);
  const isList = textOf(field.type).startsWith('[');
  const below = new Map(sized.map((each): [string, number | null] => [String(each), isList ? sliced : (sliced ?? assumed)]));
  const ofItself = sized.length === 0 ? (sliced ?? assumed) : assumed;
  return { own, below, size: isList ? (sizes.get(field.name.value) ?? ofItself ?? 1) : 1 };
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function typeNamed(types: ReadonlyMap<string, WrittenType>, name: string): WrittenType {
  return types.get(name) ?? { isComposite: false, weight: 0, fields: new Map(), members: [] };
}

function writtenTypes(sdl: DocumentNode): ReadonlyMap<string, WrittenType> {
  const types = new Map<string, WrittenType>();
  for (const node of sdl.definitions) {
    if (!isTypeDefinitionNode(node) && !isTypeExtensionNode(node)) continue;
    const isComposite = /^(Object|Interface|Union)Type/.test(node.kind);
    const known = typeNamed(types, node.name.value);
    const fields = 'fields' in node && isComposite ? ((node.fields ?? []) as readonly FieldDefinitionNode[]) : [];
    types.set(node.name.value, {
      isComposite,
      weight: weightIn(node.directives) ?? (isComposite ? 1 : 0),
      fields: new Map([...known.fields, ...fields.map((field) => [field.name.value, field] as const)]),
      members: [...new Set([...known.members, ...membersOf(sdl, node)])],
    });
  }
  return types;
}

/** The types that implement an interface, or that a union unites. */
function membersOf(sdl: DocumentNode, node: TypeDefinitionNode | TypeExtensionNode): readonly string[] {
  if (node.kind === Kind.UNION_TYPE_DEFINITION) return (node.types ?? []).map(({ name }) => name.value);
  return sdl.definitions.flatMap((each) =>
    each.kind === Kind.OBJECT_TYPE_DEFINITION && each.interfaces?.some(({ name }) => name.value === node.name.value) === true ? [each.name.value] : [],
  );
}

function slicedBy({ arguments: declared = [] }: FieldDefinitionNode, node: FieldNode, names: readonly unknown[], variables: Values): number | null {
  const slicing = declared.filter(({ name }) => names.includes(name.value));
  const given = slicing.map(({ name }) => node.arguments?.find((each) => each.name.value === name.value)?.value);
  const counts = (values: readonly unknown[]) => values.map(countOf).filter((count) => count !== null);
  const asked = counts(given.map((value) => (value === undefined ? null : valueFromASTUntyped(value, variables))));
  if (asked.length > 0) return Math.max(...asked);
  const defaults = counts(slicing.map(({ defaultValue }) => (defaultValue === undefined ? null : valueFromASTUntyped(defaultValue))));
  return defaults.length > 0 ? Math.max(...defaults) : null;
}

function countOf(value: unknown): number | null {
  if (Array.isArray(value)) return value.length;
  return Number.isInteger(value) ? Math.max(0, Number(value)) : null;
}

function valuesOf({ variableDefinitions = [] }: OperationDefinitionNode, given: Values): Values {
  const entries = variableDefinitions.map(({ variable: { name }, defaultValue }): [string, unknown] => [
    name.value,
    given[name.value] === undefined && defaultValue !== undefined ? valueFromASTUntyped(defaultValue) : given[name.value],
  ]);
  return Object.fromEntries(entries);
}

function isIncluded(directives: readonly DirectiveNode[], variables: Values): boolean {
  return directives.every(({ name, arguments: [condition] = [] }) => {
    const value = condition === undefined ? null : valueFromASTUntyped(condition.value, variables);
    return name.value === 'skip' ? value !== true : value === true;
  });
}

function weightIn(directives: readonly ConstDirectiveNode[] | undefined): number | null {
  const said = directiveIn(directives, 'cost');
  return said === null ? null : Number(said.weight);
}

function directiveIn(directives: readonly ConstDirectiveNode[] | undefined, name: string): Values | null {
  const found = directives?.find((each) => each.name.value === name);
  return found === undefined ? null : Object.fromEntries((found.arguments ?? []).map((each) => [each.name.value, valueFromASTUntyped(each.value)]));
}

function keyOf(node: FieldNode): string {
  return node.alias?.value ?? node.name.value;
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

function textOf(type: TypeNode): string {
  if (type.kind === Kind.NAMED_TYPE) return type.name.value;
  return type.kind === Kind.LIST_TYPE ? `[${textOf(type.type)}]` : textOf(type.type);
}
