import { type GraphQLError, locatedError } from 'graphql';
import { type Column, Failure, type ListColumn, type ObjectColumn } from './columns.ts';
import type { FieldPlan, SelectionPlan, Shape } from './operation-plan.ts';

/** The data of an answer as JSON, and its errors. */
export interface WrittenData {
  /** `null` where an error reached the root. */
  readonly text: string;
  readonly errors: readonly GraphQLError[];
}

/** Nobody reads the same refusal a hundred thousand times, and each costs its place and its stack. */
export const MAX_ERRORS = 100;

/** Writes the columns of the root selection as one object. */
export function writeData(selection: SelectionPlan, columns: readonly Column[]): WrittenData {
  const writer = new JsonWriter();
  return { text: writer.writeObject(selection, columns, 0) ? writer.text : 'null', errors: writer.errors };
}

/**
 * Puts the text together depth first, as it is read. An error makes its field null; where the field must not be null, its parent is null instead, and so on
 * up (specification, 6.4.4). Then what was written of that parent is forgotten: the text before it is still at hand, for texts do not change.
 */
class JsonWriter {
  text = '';
  readonly errors: GraphQLError[] = [];
  /** Where in the answer the value being written stands. */
  readonly #path: (string | number)[] = [];

  /** Returns false, and has written nothing, where a field that must not be null is. */
  writeObject({ fields }: SelectionPlan, columns: readonly Column[], place: number): boolean {
    const before = this.text;
    let separator = '{';
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const column = columns[i];
      if (field === undefined || column === undefined) throw new Error('a selection has fewer columns than fields');
      this.text += separator + field.keyText;
      separator = ',';
      this.#path.push(field.key);
      const isWritten = this.#write(field, field.shape, column, place);
      this.#path.pop();
      if (!isWritten) {
        this.text = before;
        return false;
      }
    }
    this.text += separator === '{' ? '{}' : '}';
    return true;
  }

  /** Returns false where the value is null and must not be. */
  #write(field: FieldPlan, shape: Shape, column: Column, place: number): boolean {
    const value = column.values[place];
    if (value instanceof Failure) return this.#writeNull(field, shape, value.error);
    if (value instanceof Error) return this.#writeNull(field, shape, value);
    if (value === null || value === undefined) return shape.isNullable ? this.#writeNull(field, shape, null) : this.#writeNull(field, shape, missing(field));
    if (shape.kind === 'leaf') {
      try {
        this.text += shape.write(value);
        return true;
      } catch (error) {
        return this.#writeNull(field, shape, error);
      }
    }
    const isWritten =
      shape.kind === 'list'
        ? this.#writeList(field, shape.item, column as ListColumn, place)
        : this.#writeFields(shape.selection, column as ObjectColumn, place);
    return isWritten || this.#writeNull(field, shape, null);
  }

  #writeFields(selection: SelectionPlan, { places, fields }: ObjectColumn, place: number): boolean {
    return this.writeObject(selection, fields, places === null ? place : (places[place] ?? -1));
  }

  #writeList(field: FieldPlan, item: Shape, { starts, members }: ListColumn, place: number): boolean {
    const before = this.text;
    const start = starts[place] ?? 0;
    const end = starts[place + 1] ?? start;
    this.text += '[';
    const depth = this.#path.length;
    for (let member = start; member < end; member++) {
      if (member > start) this.text += ',';
      this.#path[depth] = member - start;
      if (!this.#write(field, item, members, member)) {
        this.#path.length = depth;
        this.text = before;
        return false;
      }
    }
    this.#path.length = depth;
    this.text += ']';
    return true;
  }

  /** `error` null: the null is the value, or its error has been told further down. */
  #writeNull({ nodes }: FieldPlan, { isNullable }: Shape, error: unknown): boolean {
    if (error !== null && this.errors.length < MAX_ERRORS) this.errors.push(locatedError(error, nodes, [...this.#path]));
    if (isNullable) this.text += 'null';
    return isNullable;
  }
}

function missing({ parentType, info }: FieldPlan): Error {
  return new Error(`Cannot return null for non-nullable field ${parentType.name}.${info.fieldName}.`);
}
