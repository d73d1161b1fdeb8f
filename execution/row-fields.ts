import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
} from 'graphql';
import type { RowsForm } from './forms.ts';
import { isLeaf } from './leaf.ts';
import type { FieldPlan, LeafShape, SelectionPlan } from './operation-plan.ts';
import { isTypeName } from './stretches.ts';

/** A field of a row, and the resolver of its column; null where it is the same for all rows of a source. */
export interface RowField {
  readonly field: FieldPlan;
  readonly leaf: LeafShape;
  readonly column: GraphQLFieldResolver<unknown, unknown> | null;
}

/** The fields of rows with their columns; null where one of them is neither a column nor the same for all. */
export function rowFieldsOf(schema: GraphQLSchema, form: RowsForm, { fields }: SelectionPlan): readonly RowField[] | null {
  const columns = schema.getType(form.columns);
  if (!isObjectType(columns)) throw new Error(`there is no object type ${form.columns} to have columns`);
  const found = fields.flatMap((field) => rowFieldOf(form, columns.getFields()[field.info.fieldName], field) ?? []);
  return found.length === fields.length ? found : null;
}

function rowFieldOf(form: RowsForm, column: GraphQLField<unknown, unknown> | undefined, field: FieldPlan): RowField | null {
  if (field.shape.kind !== 'leaf') return null;
  if (form.constants.has(field.info.fieldName) || isTypeName(field)) return { field, leaf: field.shape, column: null };
  return column === undefined || !isColumnOf(column, field) ? null : { field, leaf: field.shape, column: column.resolve ?? defaultFieldResolver };
}

function isColumnOf(column: GraphQLField<unknown, unknown>, { info }: FieldPlan): boolean {
  const list = getNullableType(column.type);
  const leaf = getNamedType(info.returnType);
  return isListType(list) && isLeaf(leaf) && getNullableType(list.ofType) === leaf;
}
