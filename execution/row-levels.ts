import type { Column, ObjectColumn } from './columns.ts';
import type { FieldPlan } from './operation-plan.ts';
import { type ErrorList, isAbsent } from './row-errors.ts';
import type { Repeat } from './row-layout.ts';
import type { RowObject } from './row-plan.ts';

/** The members of one list, and which of them each row is of. */
export interface Level {
  readonly members: ObjectColumn;
  /** In ascending order, but for -1 where a list is empty; null where each member is one row. */
  readonly rows: readonly number[] | null;
}

/** A column and where in it the value of a member stands. */
export interface Reached {
  readonly column: Column;
  /** Of each member, -1 where an object above the value is null; null where it is the member's own place. */
  readonly places: readonly number[] | null;
}

/** From the outermost list to the innermost. Each repeats the rows of the one above for its members; where it has none, the row stands once. */
export function levelsOf(top: ObjectColumn, repeats: readonly Repeat[], errors: ErrorList): readonly Level[] {
  let levels: readonly Level[] = [{ members: top, rows: null }];
  for (const { part, steps } of repeats) {
    const outer = levels.at(-1);
    if (outer === undefined) throw new Error('a list has no list above it');
    const { column, places } = reach(outer.members, steps);
    if (column.kind !== 'list' || column.members.kind !== 'object') throw new Error(`a column of kind ${column.kind} was made for a list of objects`);
    noteAbsent(part.field, column, part.isNullable, errors);
    const { rows, inner } = repeatRows(outer, places, column.starts);
    levels = [
      ...levels.map((level) => ({ members: level.members, rows: level.rows === null ? rows : pick(level.rows, rows) })),
      { members: column.members, rows: inner },
    ];
  }
  return levels;
}

/** For each new row the row that it repeats, and its member of the inner list. */
function repeatRows(outer: Level, places: readonly number[] | null, starts: readonly number[]): { readonly rows: number[]; readonly inner: number[] } {
  const rows: number[] = [];
  const inner: number[] = [];
  const count = outer.rows?.length ?? outer.members.values.length;
  const place = (row: number): number => {
    const member = outer.rows === null ? row : (outer.rows[row] ?? -1);
    return places === null || member === -1 ? member : (places[member] ?? -1);
  };
  for (let row = 0; row < count; row++) {
    const start = starts[place(row)] ?? 0;
    const end = starts[place(row) + 1] ?? 0;
    for (let at = start; at < end; at++) {
      rows.push(row);
      inner.push(at);
    }
    if (end > start) continue;
    rows.push(row);
    inner.push(-1);
  }
  return { rows, inner };
}

function pick(members: readonly number[], rows: readonly number[]): readonly number[] {
  return rows.map((row) => members[row] ?? -1);
}

/** The column of a field some steps below the members of a list. */
export function reach(members: ObjectColumn, steps: readonly number[]): Reached {
  let places = members.places;
  let column: Column = members;
  for (const [depth, step] of steps.entries()) {
    if (column.kind !== 'object') throw new Error(`a column of kind ${column.kind} was made for an object`);
    if (depth > 0 && column.places !== null) places = compose(places, column.places);
    const next: Column | undefined = column.fields[step];
    if (next === undefined) throw new Error('a selection has fewer columns than fields');
    column = next;
  }
  return { column, places };
}

function compose(outer: readonly number[] | null, inner: readonly number[]): readonly number[] {
  return outer === null ? inner : outer.map((place) => (place === -1 ? -1 : (inner[place] ?? -1)));
}

/** Notes the objects of rows that failed, or are null and must not be. */
export function noteObjects(row: RowObject, column: Column, errors: ErrorList): void {
  if (column.kind !== 'object') throw new Error(`a column of kind ${column.kind} was made for an object`);
  if (row.field !== null && column.places !== null) noteAbsent(row.field, column, row.isNullable, errors);
  for (const [at, part] of row.parts.entries()) {
    const below = column.fields[at];
    if (below === undefined) throw new Error('a selection has fewer columns than fields');
    if (part.kind === 'object') noteObjects(part, below, errors);
    else if (part.kind === 'list' && below.kind === 'list') noteObjects(part.item, below.members, errors);
  }
}

function noteAbsent(field: FieldPlan, { values }: Column, isNullable: boolean, errors: ErrorList): void {
  for (const value of values) if (isAbsent(value)) errors.note(field, value, isNullable);
}
