import type { Run, SelectionPlan } from './operation-plan.ts';
import { type InnerTexts, type LevelTexts, type Making, textsOfMembers, textsOfSources } from './row-cells.ts';
import { ErrorList, isAbsent } from './row-errors.ts';
import type { RowFormat } from './row-format.ts';
import type { RowLayout } from './row-layout.ts';
import { planRows, type RowPlan } from './row-plan.ts';
import type { HeldRows, LongRows } from './row-source.ts';

const planned = new WeakMap<SelectionPlan, RowPlan>();

/** The rows of a compiled operation, planned once. */
export function rowsOf(plan: SelectionPlan): RowPlan {
  const known = planned.get(plan) ?? planRows(plan);
  planned.set(plan, known);
  return known;
}

/** The texts of all rows that are held. Throws RowErrors where the answer would have errors. */
export async function textsOfRows(run: Run, layout: RowLayout, source: HeldRows): Promise<LevelTexts> {
  const making: Making = { run, format: layout.format, errors: new ErrorList() };
  const texts =
    source.isOfColumns && layout.rows !== null
      ? await textsOfSources(making, layout.top, layout.rows, source.given)
      : await textsOfMembers(making, layout.top, source.given);
  if (!source.isOfColumns) noteAbsent(layout.plan, source.given, making.errors);
  making.errors.throwIfAny();
  return texts;
}

/** Puts held rows together, a piece at a time. `mark` stands before all else. */
export function* writeHeld(layout: RowLayout, texts: LevelTexts, mark: string): Generator<string> {
  const out: Out = { text: mark + layout.head, hasRow: false };
  yield* writeRows(layout, texts, out);
  yield out.text + layout.format.foot;
}

/**
 * A long list of rows, a piece of text at a time: its members are resolved and written some at a time, from the same plans and by the same resolvers as the answer in JSON. What the
 * list does not need is not asked for. Throws RowErrors where the answer would have errors. `mark` stands before all else.
 */
export async function* writeLong(layout: RowLayout, source: LongRows, mark: string): AsyncGenerator<string> {
  const out: Out = { text: mark + layout.head, hasRow: false };
  for await (const { run, given } of source.batches())
    yield* writeRows(layout, await textsOfRows(run, layout, { isLong: false, given, isOfColumns: false }), out);
  const rest = out.text + layout.format.foot;
  if (rest !== '') yield rest;
}

function writeRows({ format }: RowLayout, texts: LevelTexts, out: Out): Generator<string> {
  return writeLevel(format, texts, { from: 0, to: texts.count, before: format.rowStart, after: format.rowEnd }, out);
}

function noteAbsent({ path, row }: RowPlan, members: readonly unknown[], errors: ErrorList): void {
  const list = path.at(-1);
  if (list !== undefined) for (const member of members) if (isAbsent(member)) errors.note(list, member, row.isNullable);
}

/** What is not handed on yet, and whether there was a row already. */
interface Out {
  text: string;
  hasRow: boolean;
}

/** Members whose rows are written, and what stands before and after the cells of each. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly before: string;
  readonly after: string;
}

/** So many characters are handed on at a time, or a row more. */
const PIECE = 65_536;

function writeLevel(format: RowFormat, level: LevelTexts, stretch: Stretch, out: Out): Generator<string> {
  return level.inner === null ? writeMembers(format, level, stretch, out) : writeOuter(format, level, level.inner, stretch, out);
}

/** Each member is a row. */
function* writeMembers({ between }: RowFormat, { layout: { leads }, cells }: LevelTexts, { from, to, before, after }: Stretch, out: Out): Generator<string> {
  const next = between + before;
  let { text } = out;
  for (let member = from; member < to; member++) {
    text += out.hasRow ? next : before;
    out.hasRow = true;
    for (let cell = 0; cell < leads.length; cell++) text += (leads[cell] ?? '') + (cells[cell]?.[member] ?? '');
    text += after;
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  out.text = text;
}

/** Each member is as many rows as the list within it has, and one where that has none. */
function* writeOuter(format: RowFormat, level: LevelTexts, inner: InnerTexts, { from, to, before, after }: Stretch, out: Out): Generator<string> {
  const { before: split, leads } = level.layout;
  for (let member = from; member < to; member++) {
    const [start = 0, end = 0] = [inner.from[member], inner.to[member]];
    const around = { before: before + join(level, member, 0, split), after: join(level, member, split, leads.length) + after };
    if (end > start) yield* writeLevel(format, inner.texts, { from: start, to: end, ...around }, out);
    else yield* writeMembers(format, NOBODY, { from: 0, to: 1, before: around.before + inner.texts.layout.nothing, after: around.after }, out);
  }
}

/** A member without cells. */
const NOBODY: LevelTexts = { layout: { parts: [], leads: [], before: 0, nothing: '' }, count: 1, cells: [], inner: null };

function join({ layout: { leads }, cells }: LevelTexts, member: number, start: number, end: number): string {
  let text = '';
  for (let cell = start; cell < end; cell++) text += (leads[cell] ?? '') + (cells[cell]?.[member] ?? '');
  return text;
}
