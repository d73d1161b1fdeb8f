import { infoFor } from './columns.ts';
import type { Forms, RowsForm } from './forms.ts';
import { writeLeaves } from './leaves-form.ts';
import type { LeafShape, ListForm, Run } from './operation-plan.ts';
import type { RowField } from './row-fields.ts';

/** Writes rows straight from their columns. */
export function createRowsForm(form: RowsForm, fields: readonly RowField[], forms: Pick<Forms, 'membersText'>): ListForm {
  const writers = fields.map((field, place) => createColumnWriter(field, place === 0, forms));
  const sourcesOf = (given: unknown): readonly unknown[] => (Array.isArray(given) ? given : [given]);
  return {
    membersOf: (given) => sourcesOf(given).flatMap((source) => form.rowsOf(source)),
    write(given, run) {
      const texts: string[] = [];
      for (const source of sourcesOf(given)) {
        const count = form.countOf(source);
        if (count === 0) continue;
        const cells: Cells[] = [];
        for (const write of writers) {
          const written = write(form, source, count, run);
          if (written === null) return null;
          cells.push(written);
        }
        texts.push(joinRows(cells, count));
      }
      return `[${texts.join(',')}]`;
    },
  };
}

/** The texts of a column: what stands before each, and each. */
interface Cells {
  readonly first: string;
  readonly next: string;
  /** null where all of it stands in `first` and `next`. */
  readonly texts: readonly unknown[] | null;
}

/** The cells of a source's rows; null where they have to be asked one by one. */
type ColumnWriter = (form: RowsForm, source: unknown, count: number, run: Run) => Cells | null;

function createColumnWriter({ field, leaf, column }: RowField, isFirst: boolean, forms: Pick<Forms, 'membersText'>): ColumnWriter {
  const first = isFirst ? field.firstText : field.nextText;
  const next = isFirst ? `},${field.firstText}` : field.nextText;
  const frozen = new WeakMap<object, Cells>();
  return (form, source, count, run) => {
    const given = field.argumentsFor(run.variables);
    const told = infoFor(field.info, run.variables);
    if (column === null) {
      const text = writeLeaves(leaf, [field.resolve(form.firstOf(source), given, run.context, told)])?.[0];
      return text === undefined ? null : { first: first + text, next: next + text, texts: null };
    }
    const list = column(source, given, run.context, told);
    if (!isListOf(list, count)) return null;
    const known = frozen.get(list);
    if (known !== undefined) return known;
    const texts = textsOf(list, leaf, forms);
    if (texts === null || !Object.isFrozen(list)) return texts === null ? null : { first, next, texts };
    const cells = { first: '', next: '', texts: texts.map((text, row) => `${row === 0 ? first : next}${String(text)}`) };
    frozen.set(list, cells);
    return cells;
  };
}

/** What is JSON as it stands goes through. */
function textsOf(list: readonly unknown[], leaf: LeafShape, forms: Pick<Forms, 'membersText'>): readonly unknown[] | null {
  return forms.membersText(list) === null ? writeLeaves(leaf, list) : list;
}

function isListOf(list: unknown, count: number): list is readonly unknown[] {
  return Array.isArray(list) && list.length === count;
}

function joinRows(cells: readonly Cells[], count: number): string {
  let text = '';
  for (let row = 0; row < count; row++) {
    for (const { first, next, texts } of cells) {
      text += row === 0 ? first : next;
      if (texts !== null) text += String(texts[row]);
    }
  }
  return `${text}}`;
}
