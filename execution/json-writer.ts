import { type GraphQLError, locatedError } from 'graphql';
import { type Column, Failure, type ListColumn, type ObjectColumn } from './columns.ts';
import type { FieldPlan, LeafShape, SelectionPlan, Shape } from './operation-plan.ts';

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
  return { text: writer.writeObject(selection, columns, 0) ? writer.parts.join('') : 'null', errors: writer.errors };
}

/**
 * Puts the text together depth first, as it is read. An error makes its field null; where the field must not be null, its parent is null instead, and so on
 * up (specification, 6.4.4); then the parts that were written of that parent are taken back. Parts are joined once, at the end: a text that grew by each
 * of tens of thousands of them would keep the garbage collector busy for a third of the time.
 */
class JsonWriter {
  readonly parts: string[] = [];
  readonly errors: GraphQLError[] = [];
  /** Where in the answer the value being written stands, but for its own name. */
  readonly #path: (string | number)[] = [];

  /** Returns false, and has written nothing, where a field that must not be null is. */
  writeObject({ fields }: SelectionPlan, columns: readonly Column[], place: number): boolean {
    const mark = this.parts.length;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const column = columns[i];
      if (field === undefined || column === undefined) throw new Error('a selection has fewer columns than fields');
      this.parts.push(i === 0 ? field.firstText : field.nextText);
      if (!this.#write(field, field.key, field.shape, column, place)) {
        this.parts.length = mark;
        return false;
      }
    }
    this.parts.push(fields.length === 0 ? '{}' : '}');
    return true;
  }

  /** `key`: the name in the response, or the index in a list. Returns false where the value is null and must not be. */
  #write(field: FieldPlan, key: string | number, shape: Shape, column: Column, place: number): boolean {
    const value = column.values[place];
    if (value === null || value === undefined) return shape.isNullable ? this.#writeNull(shape) : this.#fail(field, key, shape, missing(field));
    if (value instanceof Failure) return this.#fail(field, key, shape, value.error);
    if (value instanceof Error) return this.#fail(field, key, shape, value);
    if (shape.kind === 'leaf') return this.#writeLeaf(field, key, shape, value);
    this.#path.push(key);
    const isWritten =
      shape.kind === 'list'
        ? this.#writeList(field, shape.item, column as ListColumn, place)
        : this.#writeFields(shape.selection, column as ObjectColumn, place);
    this.#path.pop();
    return isWritten || this.#writeNull(shape);
  }

  #writeLeaf(field: FieldPlan, key: string | number, shape: LeafShape, value: unknown): boolean {
    try {
      shape.write(value, this.parts);
      return true;
    } catch (error) {
      return this.#fail(field, key, shape, error);
    }
  }

  #writeFields(selection: SelectionPlan, { places, fields }: ObjectColumn, place: number): boolean {
    return this.writeObject(selection, fields, places === null ? place : (places[place] ?? -1));
  }

  #writeList(field: FieldPlan, item: Shape, { starts, members }: ListColumn, place: number): boolean {
    const mark = this.parts.length;
    const start = starts[place] ?? 0;
    const end = starts[place + 1] ?? start;
    this.parts.push('[');
    for (let member = start; member < end; member++) {
      if (member > start) this.parts.push(',');
      if (!this.#write(field, member - start, item, members, member)) {
        this.parts.length = mark;
        return false;
      }
    }
    this.parts.push(']');
    return true;
  }

  /** An error is told with its place, and the field is null. */
  #fail(field: FieldPlan, key: string | number, shape: Shape, error: unknown): boolean {
    if (this.errors.length < MAX_ERRORS) this.errors.push(locatedError(error, field.nodes, [...this.#path, key]));
    return this.#writeNull(shape);
  }

  #writeNull({ isNullable }: Shape): boolean {
    if (isNullable) this.parts.push('null');
    return isNullable;
  }
}

function missing({ parentType, info }: FieldPlan): Error {
  return new Error(`Cannot return null for non-nullable field ${parentType.name}.${info.fieldName}.`);
}
