import { type GraphQLLeafType, type GraphQLObjectType, getNamedType, isListType, isNonNullType, isObjectType } from 'graphql';
import { isLeaf } from './leaf.ts';
import type { FieldPlan, LeafShape, ListShape, ObjectShape, SelectionPlan } from './operation-plan.ts';

/** How the answer to an operation becomes rows: the members of its first list, depth first by the selection. */
export interface RowPlan {
  /** From the root down to the list, which is the last; empty where there is no list, and the answer itself is the only row. */
  readonly path: readonly FieldPlan[];
  /** What is asked of each member. */
  readonly selection: SelectionPlan;
  readonly row: RowObject;
  /** Dotted names, in the order of the selection. */
  readonly columns: readonly string[];
  /** Connections whose pages are lists within the rows. */
  readonly innerConnections: readonly FieldPlan[];
}

/** A part of a row, as the fields of its selection are. */
export type RowPart = RowLeaf | RowJson | RowObject | RowList;

/** A cell of a scalar or an enum. */
export interface RowLeaf {
  readonly kind: 'leaf';
  readonly field: FieldPlan;
  readonly shape: LeafShape;
  readonly type: GraphQLLeafType;
  readonly column: string;
}

/** A cell that holds a list, as JSON. */
export interface RowJson {
  readonly kind: 'json';
  readonly field: FieldPlan;
  readonly column: string;
}

/** The cells of an object. */
export interface RowObject {
  readonly kind: 'object';
  /** null for a member of a list, which the list is asked for. */
  readonly field: FieldPlan | null;
  readonly isNullable: boolean;
  readonly parts: readonly RowPart[];
}

/** A list within a row: the row is repeated for each member. A row has at most one, and that one's members at most one again. */
export interface RowList {
  readonly kind: 'list';
  readonly field: FieldPlan;
  readonly isNullable: boolean;
  readonly item: RowObject;
}

/** Plans the rows of a compiled operation. */
export function planRows(root: SelectionPlan): RowPlan {
  const path = pathToList(root) ?? [];
  const list = path.at(-1);
  const item = list === undefined ? null : itemShape(list);
  const found: Found = { hasList: item === null, innerConnections: [] };
  const selection = item?.selection ?? root;
  const row = planObject(selection, null, item?.isNullable ?? false, [], found);
  return { path, selection, row, columns: columnsOf(row), innerConnections: found.innerConnections };
}

/** What has been found in a row so far: whether it has the one list that it is repeated for. */
interface Found {
  hasList: boolean;
  readonly innerConnections: FieldPlan[];
}

/** The fields down to the first list of objects, itself included; null where there is none. */
function pathToList({ fields }: SelectionPlan): readonly FieldPlan[] | null {
  for (const field of fields) {
    const { shape } = field;
    if (isListOfObjects(shape)) return [field];
    const below = shape.kind === 'object' ? pathToList(shape.selection) : null;
    if (below !== null) return [field, ...below];
  }
  return null;
}

function isListOfObjects(shape: FieldPlan['shape']): shape is ListShape & { readonly item: ObjectShape } {
  return shape.kind === 'list' && shape.item.kind === 'object';
}

function itemShape({ shape }: FieldPlan): ObjectShape {
  if (!isListOfObjects(shape)) throw new Error('the path to the rows does not end in a list of objects');
  return shape.item;
}

function planObject(selection: SelectionPlan, field: FieldPlan | null, isNullable: boolean, above: readonly string[], found: Found): RowObject {
  return { kind: 'object', field, isNullable, parts: selection.fields.map((below) => planPart(below, [...above, below.key], found)) };
}

function planPart(field: FieldPlan, names: readonly string[], found: Found): RowPart {
  const { shape } = field;
  if (shape.kind === 'leaf') return { kind: 'leaf', field, shape, type: leafTypeOf(field), column: names.join('.') };
  if (shape.kind === 'object') {
    if (!found.hasList && isConnection(field) && pathToList(shape.selection) !== null) found.innerConnections.push(field);
    return planObject(shape.selection, field, shape.isNullable, names, found);
  }
  if (!isListOfObjects(shape) || found.hasList) return { kind: 'json', field, column: names.join('.') };
  found.hasList = true;
  const item = planObject(shape.item.selection, null, shape.item.isNullable, names, { hasList: false, innerConnections: found.innerConnections });
  return { kind: 'list', field, isNullable: shape.isNullable, item };
}

function leafTypeOf({ info }: FieldPlan): GraphQLLeafType {
  const type = getNamedType(info.returnType);
  if (!isLeaf(type)) throw new Error(`${String(type)} is neither a scalar nor an enum`);
  return type;
}

/** By the Cursor Connections Specification: pages are asked for by `first` and `after`, and tell by `pageInfo` whether there are more. */
function isConnection(field: FieldPlan): boolean {
  const names = new Set(field.parentType.getFields()[field.info.fieldName]?.args.map(({ name }) => name));
  return connectionType(field) !== null && names.has('first') && names.has('after');
}

/** Whether a field is a connection of which the document does not say, by `first` or `last`, how much it wants. */
export function isWholeConnection(field: FieldPlan, variables: Readonly<Record<string, unknown>>): boolean {
  if (!isConnection(field)) return false;
  const given = field.nodes[0]?.arguments ?? [];
  return !given.some(({ name, value }) => {
    if (name.value !== 'first' && name.value !== 'last') return false;
    if (value.kind === 'NullValue') return false;
    return value.kind !== 'Variable' || (variables[value.name.value] ?? null) !== null;
  });
}

/** The type of a connection; null for any other field. */
export function connectionType({ info }: FieldPlan): GraphQLObjectType | null {
  const type = isNonNullType(info.returnType) ? info.returnType.ofType : info.returnType;
  if (isListType(type) || !isObjectType(type)) return null;
  return 'pageInfo' in type.getFields() ? type : null;
}

function columnsOf(part: RowPart): readonly string[] {
  switch (part.kind) {
    case 'leaf':
    case 'json':
      return [part.column];
    case 'object':
      return part.parts.flatMap(columnsOf);
    case 'list':
      return columnsOf(part.item);
  }
}
