import type { Forms } from './forms.ts';
import type { Run, SelectionPlan } from './operation-plan.ts';
import { resolveRows } from './resolve-rows.ts';
import { RowBytes } from './row-bytes.ts';
import { isAbsent } from './row-errors.ts';
import type { RowFormat } from './row-format.ts';
import { planRows, type RowPlan } from './row-plan.ts';
import type { RowSource } from './row-source.ts';
import { createRowWriter } from './row-writer.ts';

const planned = new WeakMap<SelectionPlan, RowPlan>();

/** The rows of a compiled operation, planned once. */
export function rowsOf(plan: SelectionPlan): RowPlan {
  const known = planned.get(plan) ?? planRows(plan);
  planned.set(plan, known);
  return known;
}

/**
 * The answer to a compiled operation as rows, some bytes at a time: the members of its first list are resolved and written some at a time, from the same plans and by the same
 * resolvers as the answer in JSON. What the list does not need is not asked for. Bytes are written over once the next are asked for. Throws RowErrors where the answer would
 * have errors. `mark` stands before all else.
 */
export async function* writeRows(run: Run, rows: RowPlan, source: RowSource, { format, mark, forms }: RowOptions): AsyncGenerator<Buffer> {
  const bytes = RowBytes.borrow();
  try {
    const writer = createRowWriter(rows, format, bytes);
    bytes.write(mark);
    bytes.write(format.head(rows.columns));
    for await (const members of source.batches()) {
      if (members.length === 0) continue;
      const present = members.some(isAbsent) ? members.filter((member) => !isAbsent(member)) : members;
      yield* writer.write(members, await resolveRows(run, rows.selection, present, forms));
    }
    bytes.write(format.foot);
    if (bytes.length > 0) yield bytes.take();
  } finally {
    bytes.giveBack();
  }
}

/** How rows are written. */
export interface RowOptions {
  readonly format: RowFormat;
  readonly mark: string;
  /** What is known of fields beside their resolvers. */
  readonly forms: Pick<Forms, 'standing'>;
}
