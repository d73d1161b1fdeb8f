import type { Column, ObjectColumn } from './columns.ts';
import { JsonWriter } from './json-writer.ts';
import type { FieldPlan } from './operation-plan.ts';
import type { RowBytes } from './row-bytes.ts';
import { ErrorList, isAbsent } from './row-errors.ts';
import type { RowFormat } from './row-format.ts';
import { type Cell, layOutRow, type Segment } from './row-layout.ts';
import { type Level, levelsOf, noteObjects, type Reached, reach } from './row-levels.ts';
import type { RowPlan } from './row-plan.ts';

/** Writes rows straight from the columns of what was resolved. */
export interface RowWriter {
  /** Writes the rows of some members of the list, given the columns of their fields. Gives the bytes whenever they are full. Throws RowErrors before it gives what has one. */
  write(members: readonly unknown[], fields: readonly Column[]): Generator<Buffer>;
}

/** Makes the writer of a plan's rows. It remembers whether it has written any, as something may have to stand between two. */
export function createRowWriter(plan: RowPlan, format: RowFormat, bytes: RowBytes): RowWriter {
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
      const writers = segments.map((segment) => bind(segment, levels, { bytes, format, errors }));
      for (let row = 0; row < count; row++) {
        if (hasWritten) bytes.write(format.between);
        hasWritten = true;
        writeRow(row, writers, bytes, format);
        if (!bytes.isFull) continue;
        errors.throwIfAny();
        yield bytes.take();
      }
      errors.throwIfAny();
    },
  };
}

function placesOf(members: readonly unknown[]): readonly number[] | null {
  if (!members.some(isAbsent)) return null;
  let next = 0;
  return members.map((member) => (isAbsent(member) ? -1 : next++));
}

/** Writes the cells of a segment in a row, or of a cell in a member. */
type Write = (at: number) => void;

function writeRow(row: number, writers: readonly Write[], bytes: RowBytes, { rowStart, rowEnd }: RowFormat): void {
  bytes.write(rowStart);
  for (let at = 0; at < writers.length; at++) {
    if (at > 0) bytes.write(',');
    writers[at]?.(row);
  }
  bytes.write(rowEnd);
}

/** What cells are written with. */
interface Sink {
  readonly bytes: RowBytes;
  readonly format: RowFormat;
  readonly errors: ErrorList;
}

function bind({ level, cells, nothing }: Segment, levels: readonly Level[], sink: Sink): Write {
  const { members, rows } = levels[level] ?? none();
  const writers = cells.map((cell) => bindCell(cell, reach(members, cell.steps), sink));
  const writeMember: Write = (member) => {
    for (let at = 0; at < writers.length; at++) {
      if (at > 0) sink.bytes.write(',');
      writers[at]?.(member);
    }
  };
  return rows === null ? writeMember : createRepeater(rows, writeMember, nothing, sink.bytes);
}

function none(): never {
  throw new Error('a row has a cell of a list that it does not have');
}

/** The cells of a member are written once, and for its further rows repeated from there as long as they are still there. */
function createRepeater(rows: readonly number[], writeMember: Write, nothing: string, bytes: RowBytes): Write {
  let known = { member: -1, generation: -1, from: 0, to: 0 };
  return (row) => {
    const member = rows[row] ?? -1;
    if (member === -1) return bytes.write(nothing);
    if (member === known.member && bytes.generation === known.generation) return bytes.repeat(known.from, known.to);
    const from = bytes.length;
    writeMember(member);
    known = { member, generation: bytes.generation, from, to: bytes.length };
  };
}

function bindCell({ part, lead, nothing, write }: Cell, { column, places }: Reached, { bytes, format, errors }: Sink): Write {
  const { field } = part;
  const { values } = column;
  const writeValue: Write =
    part.kind === 'leaf' ? (place) => write(bytes, values[place]) : (place) => bytes.write(format.fromJson(jsonOf(field, column, place, errors)));
  const writeAt: Write = (place) => {
    if (isAbsent(values[place])) {
      errors.note(field, values[place], field.shape.isNullable);
      return bytes.write(nothing);
    }
    try {
      bytes.write(lead);
      writeValue(place);
    } catch (error) {
      errors.add(field, error);
    }
  };
  if (places === null) return writeAt;
  return (member) => {
    const place = places[member] ?? -1;
    if (place === -1) bytes.write(nothing);
    else writeAt(place);
  };
}

function jsonOf(field: FieldPlan, column: Column, place: number, errors: ErrorList): string {
  const writer = new JsonWriter();
  const text = writer.writeField(field, column, place) ?? 'null';
  errors.push(writer.errors);
  return text;
}
