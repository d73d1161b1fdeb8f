import type { Column, ObjectColumn } from './columns.ts';
import { JsonWriter } from './json-writer.ts';
import type { FieldPlan } from './operation-plan.ts';
import { ErrorList, isAbsent } from './row-errors.ts';
import type { RowFormat } from './row-format.ts';
import { type Cell, layOutRow, type Segment } from './row-layout.ts';
import { type Level, levelsOf, noteObjects, type Reached, reach } from './row-levels.ts';
import type { RowPlan } from './row-plan.ts';

/** Writes rows straight from the columns of what was resolved. */
export interface RowWriter {
  /** The rows of some members of the list, given the columns of their fields; a text for some thousand rows, so that cells live no longer than it. Throws RowErrors. */
  write(members: readonly unknown[], fields: readonly Column[]): Generator<string>;
}

/** Rows that are put together at a time. */
const BLOCK = 2_000;

/** Makes the writer of a plan's rows. It remembers whether it has written any, as something may have to stand between two. */
export function createRowWriter(plan: RowPlan, format: RowFormat): RowWriter {
  const { segments, repeats } = layOutRow(plan.row, format);
  let hasWritten = false;
  return {
    *write(members, fields) {
      const errors = new ErrorList();
      const top: ObjectColumn = { kind: 'object', values: members, places: placesOf(members), fields };
      noteObjects(plan.row, top, errors);
      const levels = levelsOf(top, repeats, errors);
      errors.throwIfAny();
      const count = levels.at(-1)?.rows?.length ?? members.length;
      const bound = segments.map((segment) => bind(segment, levels, format, errors));
      for (let from = 0; from < count; from += BLOCK) {
        const texts = bound.map((textsFor) => textsFor(from, Math.min(from + BLOCK, count)));
        errors.throwIfAny();
        const text = joinRows(texts, format);
        yield hasWritten ? format.between + text : text;
        hasWritten = true;
      }
    },
  };
}

function placesOf(members: readonly unknown[]): readonly number[] | null {
  if (!members.some(isAbsent)) return null;
  let next = 0;
  return members.map((member) => (isAbsent(member) ? -1 : next++));
}

function joinRows([first = [], ...others]: readonly (readonly string[])[], { rowStart, rowEnd, between }: RowFormat): string {
  const lines: string[] = [];
  for (let row = 0; row < first.length; row++) {
    let line = rowStart + first[row];
    for (const texts of others) line += `,${texts[row]}`;
    lines.push(line + rowEnd);
  }
  return lines.join(between);
}

/** The texts of a segment for the rows from `from` to before `to`. */
type TextsFor = (from: number, to: number) => readonly string[];

function bind({ level, cells, nothing }: Segment, levels: readonly Level[], format: RowFormat, errors: ErrorList): TextsFor {
  const { members, rows } = levels[level] ?? none();
  const columns = cells.map((cell) => bindCell(cell, reach(members, cell.steps), format, errors));
  const textsOf: TextsFor = (from, to) => columns.map((textsFor) => textsFor(from, to)).reduce(joinCells);
  return rows === null ? textsOf : (from, to) => repeatTexts(rows.slice(from, to), textsOf, nothing);
}

function none(): never {
  throw new Error('a row has a cell of a list that it does not have');
}

/** The texts of a member are made once, for all of its rows. Members come in order, so those of some rows stand beside each other. */
function repeatTexts(rows: readonly number[], textsOf: TextsFor, nothing: string): readonly string[] {
  const first = rows.find((member) => member !== -1);
  if (first === undefined) return rows.map(() => nothing);
  const last = rows.findLast((member) => member !== -1) ?? first;
  const texts = textsOf(first, last + 1);
  return rows.map((member) => (member === -1 ? nothing : (texts[member - first] ?? nothing)));
}

function joinCells(left: readonly string[], right: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (let at = 0; at < left.length; at++) joined.push(`${left[at]},${right[at]}`);
  return joined;
}

function bindCell(cell: Cell, { column, places }: Reached, format: RowFormat, errors: ErrorList): TextsFor {
  const { part, lead, nothing, write } = cell;
  const { field } = part;
  const { values } = column;
  const toText = part.kind === 'leaf' ? (place: number) => write(values[place]) : (place: number) => format.fromJson(jsonOf(field, column, place, errors));
  const textAt = (place: number): string => {
    if (isAbsent(values[place])) {
      errors.note(field, values[place], field.shape.isNullable);
      return nothing;
    }
    try {
      return lead + toText(place);
    } catch (error) {
      errors.add(field, error);
      return nothing;
    }
  };
  return (from, to) => {
    const texts: string[] = [];
    for (let member = from; member < to; member++) {
      const place = places === null ? member : (places[member] ?? -1);
      texts.push(place === -1 ? nothing : textAt(place));
    }
    return texts;
  };
}

function jsonOf(field: FieldPlan, column: Column, place: number, errors: ErrorList): string {
  const writer = new JsonWriter();
  const text = writer.writeField(field, column, place) ?? 'null';
  errors.push(writer.errors);
  return text;
}
