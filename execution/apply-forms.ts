import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  TypeNameMetaFieldDef,
} from 'graphql';
import { resolveSelection } from './columns.ts';
import type { Forms, RowsForm } from './forms.ts';
import { writeData } from './json-writer.ts';
import { isLeaf } from './leaf.ts';
import { createLeavesForm } from './leaves-form.ts';
import type { FieldPlan, ListForm, ObjectShape, Run, SelectionPlan, Shape, StretchShape } from './operation-plan.ts';
import { createRowsForm, type RowField } from './rows-form.ts';
import { createTextMemories } from './text-memory.ts';

/** Prepares a selection to be written as text by what a schema knows of its fields beside their resolvers. */
export type ApplyForms = (selection: SelectionPlan) => SelectionPlan;

/** For the plans of one schema. What they remember has one bound for all of them. */
export function createApplyForms(schema: GraphQLSchema, forms: Forms): ApplyForms {
  const newMemory = createTextMemories();

  const applyTo = ({ fields }: SelectionPlan): SelectionPlan => ({ fields: joinStretches(fields.map(withForm)) });

  const withForm = (field: FieldPlan): FieldPlan => {
    const rows = forms.rows.get(nameOf(field));
    const shape = shapeWithForm(field.shape);
    if (rows === undefined || shape.kind !== 'list' || shape.item.kind !== 'object') return shape === field.shape ? field : { ...field, shape };
    const form = rowsFormOf(rows, shape.item);
    return form === null
      ? { ...field, shape }
      : { ...field, resolve: (parent, args, context, info) => rows.sources(parent, args, context, info), shape: { ...shape, form } };
  };

  const shapeWithForm = (shape: Shape): Shape => {
    switch (shape.kind) {
      case 'leaf':
      case 'stretch':
        return shape;
      case 'object':
        return { ...shape, selection: applyTo(shape.selection) };
      case 'list':
        return shape.item.kind === 'leaf' ? { ...shape, form: createLeavesForm(shape.item, forms) } : { ...shape, item: shapeWithForm(shape.item) };
    }
  };

  /** null where a field of the rows is neither a column nor the same for all. */
  const rowsFormOf = (form: RowsForm, { selection }: ObjectShape): ListForm | null => {
    const columnsType = schema.getType(form.columns);
    if (!isObjectType(columnsType)) throw new Error(`there is no object type ${form.columns} to have columns`);
    const fields = selection.fields.map((field) => rowFieldOf(form, columnsType, field));
    return fields.every((field) => field !== null) ? createRowsForm(form, fields, forms) : null;
  };

  const joinStretches = (fields: readonly FieldPlan[]): readonly FieldPlan[] => {
    const joined: FieldPlan[] = [];
    for (let start = 0; start < fields.length; ) {
      const end = endOfStretch(fields, start);
      const stretch = fields.slice(start, end);
      const key = stretch.map(keyOf).find((each) => each !== null && each !== ANYTHING);
      const isWorthIt = key !== undefined && key !== null && (stretch.length > 1 || stretch[0]?.shape.kind === 'object');
      if (isWorthIt) joined.push(toStretch(stretch, key));
      else joined.push(...stretch);
      start = end;
    }
    return joined;
  };

  /** The fields from `start` on that stand on the same; at least one. */
  const endOfStretch = (fields: readonly FieldPlan[], start: number): number => {
    let common: Key | null = null;
    let end = start;
    for (; end < fields.length; end++) {
      const field = fields[end];
      const key = field === undefined ? null : keyOf(field);
      if (key === null) break;
      if (key === ANYTHING) continue;
      if (common !== null && common !== key) break;
      common = key;
    }
    return Math.max(end, start + 1);
  };

  /** On what of the parent a field stands; null where that is more than one object which never changes. */
  const keyOf = (field: FieldPlan): Key | null => {
    if (isTypeName(field)) return ANYTHING;
    if (field.shape.kind === 'leaf') return field.resolve === defaultFieldResolver && forms.lasting.has(field.parentType.name) ? ITSELF : null;
    const form = forms.standing.get(nameOf(field));
    if (form === undefined || field.shape.kind !== 'object') return null;
    const isStill = field.shape.selection.fields.every((below) => [ANYTHING, ITSELF].includes(keyOf(below) ?? MANY) || isStretchOfItself(below));
    return isStill ? keyOfForm(form) : null;
  };

  const keys = new Map<unknown, Key>();
  const keyOfForm = (form: { keyOf(parent: unknown): object }): Key => {
    const known = keys.get(form) ?? ((parent: unknown) => form.keyOf(parent));
    keys.set(form, known);
    return known;
  };

  const toStretch = (fields: readonly FieldPlan[], key: Key): FieldPlan => {
    const [first] = fields;
    if (first === undefined) throw new Error('a stretch has fields');
    const selection = { fields };
    const memory = newMemory();
    const textOf = (parent: unknown, run: Run): string | null => {
      const about = key(parent);
      if (typeof about !== 'object' || about === null) return null;
      const known = memory.get(about);
      if (known !== undefined) return known;
      const text = writeStretch(selection, parent, run);
      if (text !== null) memory.set(about, text);
      return text;
    };
    return { ...first, key: '', firstText: '{', nextText: ',', shape: { kind: 'stretch', isNullable: false, selection, textOf, key } };
  };

  return applyTo;
}

type Key = StretchShape['key'];

/** Rows stand on themselves. */
const ITSELF: Key = (parent) => parent;
/** The name of a type stands on nothing. */
const ANYTHING: Key = () => null;
const MANY: Key = () => null;

function isStretchOfItself({ shape }: FieldPlan): boolean {
  return shape.kind === 'stretch' && shape.key === ITSELF;
}

function rowFieldOf(form: RowsForm, columnsType: GraphQLObjectType, field: FieldPlan): RowField | null {
  if (field.shape.kind !== 'leaf') return null;
  if (form.constants.has(field.info.fieldName) || isTypeName(field)) return { field, leaf: field.shape, column: null };
  const column = columnsType.getFields()[field.info.fieldName];
  return column === undefined || !isColumnOf(column, field) ? null : { field, leaf: field.shape, column: column.resolve ?? defaultFieldResolver };
}

/** The fields of one parent without the brackets around them; null where they take time or have errors, which only the plain way tells. */
function writeStretch(selection: SelectionPlan, parent: unknown, run: Run): string | null {
  const columns = resolveSelection(run, selection, [parent]);
  if (columns instanceof Promise) {
    columns.catch(() => undefined);
    return null;
  }
  const { text, errors } = writeData(selection, columns);
  return errors.length > 0 || text === 'null' ? null : text.slice(1, -1);
}

function isColumnOf(column: GraphQLField<unknown, unknown>, { info }: FieldPlan): boolean {
  const list = getNullableType(column.type);
  const leaf = getNamedType(info.returnType);
  return isListType(list) && isLeaf(leaf) && getNullableType(list.ofType) === leaf;
}

function isTypeName({ info }: FieldPlan): boolean {
  return info.fieldName === TypeNameMetaFieldDef.name;
}

function nameOf({ parentType, info }: FieldPlan): string {
  return `${parentType.name}.${info.fieldName}`;
}
