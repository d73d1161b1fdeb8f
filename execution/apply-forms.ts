import type { GraphQLSchema } from 'graphql';
import { resolveSelection } from './columns.ts';
import type { Forms, RowsForm } from './forms.ts';
import { writeData } from './json-writer.ts';
import { createLeavesForm } from './leaves-form.ts';
import type { FieldPlan, ListForm, ObjectShape, Run, SelectionPlan, Shape } from './operation-plan.ts';
import { rowFieldsOf } from './row-fields.ts';
import { createRowsForm } from './rows-form.ts';
import { createPartFields, type Key, nameOf } from './stretches.ts';
import { createTextMemories } from './text-memory.ts';

/** Prepares a selection to be written as text by what a schema knows of its fields beside their resolvers. */
export type ApplyForms = (selection: SelectionPlan) => SelectionPlan;

/** For the plans of one schema. What they remember has one bound for all of them. */
export function createApplyForms(schema: GraphQLSchema, forms: Forms): ApplyForms {
  const newMemory = createTextMemories();
  const partFields = createPartFields(forms);

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
    const fields = rowFieldsOf(schema, form, selection);
    return fields === null ? null : createRowsForm(form, fields, forms);
  };

  const joinStretches = (fields: readonly FieldPlan[]): readonly FieldPlan[] =>
    partFields(fields).flatMap((stretch) => (stretch.key === null ? stretch.fields : [toStretch(stretch.fields, stretch.key)]));

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
