import { type GraphQLError, locatedError } from 'graphql';
import { type Column, Failure, type ListColumn, type ObjectColumn, type StretchColumn } from './columns.ts';
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
  return { text: writer.writeObject(selection, columns, 0) ?? 'null', errors: writer.errors };
}

/**
 * Puts the text together depth first, as it is read. An error makes its field null; where the field must not be null, its parent is null instead, and so on
 * up (specification, 6.4.4): then what is written is null instead of a text, and what was written before is dropped.
 */
export class JsonWriter {
  readonly errors: GraphQLError[] = [];
  /** Where in the answer the value being written stands, but for its own name. */
  readonly #path: (string | number)[] = [];

  /** null where a field that must not be null is. */
  writeObject({ fields }: SelectionPlan, columns: readonly Column[], place: number): string | null {
    let text = '';
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const column = columns[i];
      if (field === undefined || column === undefined) throw new Error('a selection has fewer columns than fields');
      const value = column.kind === 'stretch' ? this.#writeStretch(field.shape, column, place) : this.#write(field, field.key, field.shape, column, place);
      if (value === null) return null;
      text += (i === 0 ? field.firstText : field.nextText) + value;
    }
    return text === '' ? '{}' : `${text}}`;
  }

  /** The fields without the brackets around them. */
  #writeStretch(shape: Shape, column: StretchColumn, place: number): string | null {
    if (shape.kind !== 'stretch') throw new Error(`a stretch was resolved for a ${shape.kind}`);
    return this.writeObject(shape.selection, column.fields, place)?.slice(1, -1) ?? null;
  }

  /** The value of a field, for who shows a part of an answer. null where it must not be null and is. */
  writeField(field: FieldPlan, column: Column, place: number): string | null {
    return this.#write(field, field.key, field.shape, column, place);
  }

  /** `key`: the name in the response, or the index in a list. null where the value is null and must not be. */
  #write(field: FieldPlan, key: string | number, shape: Shape, column: Column, place: number): string | null {
    const value = column.values[place];
    if (value === null || value === undefined) return shape.isNullable ? 'null' : this.#fail(field, key, shape, missing(field));
    if (value instanceof Failure) return this.#fail(field, key, shape, value.error);
    if (value instanceof Error) return this.#fail(field, key, shape, value);
    if (column.kind === 'text' && typeof value === 'string') return value;
    if (shape.kind === 'leaf') return this.#writeLeaf(field, key, shape, value);
    this.#path.push(key);
    const text = this.#writeBelow(field, shape, column, place);
    this.#path.pop();
    return text === null && shape.isNullable ? 'null' : text;
  }

  #writeBelow(field: FieldPlan, shape: Exclude<Shape, LeafShape>, column: Column, place: number): string | null {
    if (shape.kind === 'list' && column.kind === 'list') return this.#writeList(field, shape.item, column, place);
    if (shape.kind === 'object' && column.kind === 'object') return this.#writeFields(shape.selection, column, place);
    throw new Error(`a column of kind ${column.kind} was made for a ${shape.kind}`);
  }

  #writeLeaf(field: FieldPlan, key: string | number, shape: LeafShape, value: unknown): string | null {
    try {
      return shape.write(value);
    } catch (error) {
      return this.#fail(field, key, shape, error);
    }
  }

  #writeFields(selection: SelectionPlan, { places, fields }: ObjectColumn, place: number): string | null {
    return this.writeObject(selection, fields, places === null ? place : (places[place] ?? -1));
  }

  #writeList(field: FieldPlan, item: Shape, { starts, members }: ListColumn, place: number): string | null {
    const start = starts[place] ?? 0;
    const end = starts[place + 1] ?? start;
    const texts: string[] = [];
    const isOfTexts = item.kind === 'object' && members.kind === 'object' && members.places === null && members.fields.every(({ kind }) => kind === 'text');
    for (let member = start; member < end; member++) {
      const written = isOfTexts ? joinTexts(item.selection, members.fields, member) : null;
      const text = written ?? this.#write(field, member - start, item, members, member);
      if (text === null) return null;
      texts.push(text);
    }
    // Joined here, list by list: a text that only grows is a tree of tens of thousands of pieces by its end, which the garbage collector would follow again and again.
    return `[${texts.join(',')}]`;
  }

  /** An error is told with its place, and the field is null. */
  #fail(field: FieldPlan, key: string | number, shape: Shape, error: unknown): string | null {
    if (this.errors.length < MAX_ERRORS) this.errors.push(locatedError(error, field.nodes, [...this.#path, key]));
    return shape.isNullable ? 'null' : null;
  }
}

/** An object whose fields are all written already; null where one of them is not there. */
function joinTexts({ fields }: SelectionPlan, columns: readonly Column[], place: number): string | null {
  let text = '';
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i];
    const value = columns[i]?.values[place];
    if (field === undefined || typeof value !== 'string') return null;
    text += (i === 0 ? field.firstText : field.nextText) + value;
  }
  return text === '' ? '{}' : `${text}}`;
}

function missing({ parentType, info }: FieldPlan): Error {
  return new Error(`Cannot return null for non-nullable field ${parentType.name}.${info.fieldName}.`);
}
