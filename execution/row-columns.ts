import { infoFor } from './columns.ts';
import type { Run } from './operation-plan.ts';
import type { ColumnLayout, RowsLayout } from './row-layout.ts';

type Texts = readonly string[];

/** What has columns, of what a list of rows was resolved to. */
export function sourcesOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [given];
}

/** The texts of all rows of some sources, one list a cell; null where a column cannot be written as a whole. */
export function textsOfColumns(run: Run, rows: RowsLayout, sources: readonly unknown[]): { readonly count: number; readonly cells: readonly Texts[] } | null {
  const made: (readonly Texts[])[] = [];
  let count = 0;
  try {
    for (const source of sources) {
      const length = rows.form.countOf(source);
      if (length === 0) continue;
      count += length;
      const cells = textsOfSource(run, rows, source, length);
      if (cells === null) return null;
      made.push(cells);
    }
  } catch {
    // Told by the way that looks at every member.
    return null;
  }
  // Of one source the lists are taken as they are.
  const [only] = made;
  return { count, cells: only !== undefined && made.length === 1 ? only : rows.columns.map((_, cell) => joined(made, cell)) };
}

function joined(made: readonly (readonly Texts[])[], cell: number): Texts {
  const texts: string[] = [];
  for (const cells of made) for (const text of cells[cell] ?? []) texts.push(text);
  return texts;
}

/** null where a column cannot be written as a whole. */
function textsOfSource(run: Run, rows: RowsLayout, source: unknown, length: number): readonly Texts[] | null {
  const cells: Texts[] = [];
  for (const column of rows.columns) {
    const texts = textsOfColumn(run, rows, column, source, length);
    if (texts === null) return null;
    cells.push(texts);
  }
  return cells;
}

function textsOfColumn(run: Run, { form, membersText }: RowsLayout, layout: ColumnLayout, source: unknown, length: number): Texts | null {
  const { field, column, frozen, isNumber } = layout;
  const given = field.argumentsFor(run.variables);
  const told = infoFor(field.info, run.variables);
  if (column === null) {
    const texts = writeColumn(layout, [field.resolve(form.firstOf(source), given, run.context, told)]);
    return texts === null ? null : Array.from({ length }, () => texts[0] ?? '');
  }
  const list = column(source, given, run.context, told);
  if (!isListOf(list, length)) return null;
  const known = frozen.get(list);
  if (known !== undefined) return known;
  // What PostgreSQL wrote goes through.
  if (isNumber && isTexts(list) && membersText(list) !== null) return list;
  const texts = writeColumn(layout, list);
  if (texts !== null && Object.isFrozen(list)) frozen.set(list, texts);
  return texts;
}

function isListOf(list: unknown, length: number): list is readonly unknown[] {
  return Array.isArray(list) && list.length === length;
}

/** Of one type, because a column is: the first member tells. */
function isTexts(list: readonly unknown[]): list is Texts {
  return typeof list[0] === 'string';
}

/** null where one of the values is not there yet, failed, or is null and must not be. */
function writeColumn({ leaf, write, nothing }: ColumnLayout, list: readonly unknown[]): Texts | null {
  const texts: string[] = [];
  for (const member of list) {
    const value = member ?? null;
    if (typeof value === 'object' && (value !== null || !leaf.isNullable)) return null;
    texts.push(value === null ? nothing : write(value));
  }
  return texts;
}
