import type { CellWriter, RowFormat } from './row-format.ts';
import type { RowJson, RowLeaf, RowList, RowObject, RowPart } from './row-plan.ts';

/** Where the cells of a row come from, in the order of its columns. */
export interface RowLayout {
  readonly segments: readonly Segment[];
  /** The lists that repeat rows, from the outermost to the innermost. */
  readonly repeats: readonly Repeat[];
}

/** Cells beside each other that are the same for all rows of one member of a list. */
export interface Segment {
  /** 0 is the list of rows, 1 the list within its members, and so on. */
  readonly level: number;
  readonly cells: readonly Cell[];
  /** Where there is no member, because its list is empty. */
  readonly nothing: string;
}

/** One column. */
export interface Cell {
  readonly part: RowLeaf | RowJson;
  /** The places of the fields down to it, from the member of its list. */
  readonly steps: readonly number[];
  /** What stands before the value. */
  readonly lead: string;
  /** Lead and all, of a cell without a value. */
  readonly nothing: string;
  readonly write: CellWriter;
}

/** A list within the members of another. */
export interface Repeat {
  readonly part: RowList;
  readonly steps: readonly number[];
}

/** Lays the row of a plan out for a format. */
export function layOutRow(row: RowObject, format: RowFormat): RowLayout {
  const segments: { level: number; cells: Cell[] }[] = [];
  const repeats: Repeat[] = [];
  const add = (level: number, cell: Cell): void => {
    const last = segments.at(-1);
    if (last?.level === level) last.cells.push(cell);
    else segments.push({ level, cells: [cell] });
  };
  const visit = (part: RowPart, level: number, steps: readonly number[]): void => {
    if (part.kind === 'object') for (const [place, below] of part.parts.entries()) visit(below, level, [...steps, place]);
    else if (part.kind === 'list') {
      repeats.push({ part, steps });
      visit(part.item, level + 1, []);
    } else add(level, toCell(part, steps, format));
  };
  visit(row, 0, []);
  return { segments: segments.map((segment) => ({ ...segment, nothing: segment.cells.map(({ nothing }) => nothing).join(',') })), repeats };
}

function toCell(part: RowLeaf | RowJson, steps: readonly number[], { lead: leadOf, nothing, createCellWriter }: RowFormat): Cell {
  const lead = leadOf(part.column);
  return { part, steps, lead, nothing: lead + nothing, write: part.kind === 'leaf' ? createCellWriter(part.type) : neverWritten };
}

function neverWritten(): never {
  throw new Error('a cell that holds a list is written from its JSON');
}
