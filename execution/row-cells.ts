import { GraphQLError } from 'graphql';
import { Failure, resolveSelection, resolveValues } from './columns.ts';
import type { StandingForm } from './forms.ts';
import { JsonWriter } from './json-writer.ts';
import type { FieldPlan, Run } from './operation-plan.ts';
import { sourcesOf, textsOfColumns } from './row-columns.ts';
import { type ErrorList, isAbsent } from './row-errors.ts';
import type { RowFormat } from './row-format.ts';
import type { CellLayout, LevelLayout, ListLayout, ObjectLayout, PartLayout, RowsLayout, StretchLayout } from './row-layout.ts';

/** The texts of what the members of a list have in their rows. */
export interface LevelTexts {
  readonly layout: LevelLayout;
  readonly count: number;
  /** One list a cell, of a text for each member. */
  readonly cells: readonly Texts[];
  readonly inner: InnerTexts | null;
}

/** The texts of a list within the members of another: of each member those from `from` to before `to`. */
export interface InnerTexts {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly texts: LevelTexts;
}

type Texts = readonly string[];

/** What cells are made with. */
export interface Making {
  readonly run: Run;
  readonly format: RowFormat;
  readonly errors: ErrorList;
}

/** Makes the texts of the members of a list, of which none may be a promise any more. Those that are not there have empty cells. */
export async function textsOfMembers(making: Making, layout: LevelLayout, members: readonly unknown[]): Promise<LevelTexts> {
  return toLevel(layout, members.length, await textsOfParts(making, layout.parts, members));
}

/** Makes the texts of rows from the columns that they are made of, or member by member where one of these has something to tell. */
export function textsOfSources(making: Making, layout: LevelLayout, rows: RowsLayout, given: unknown): LevelTexts | Promise<LevelTexts> {
  const sources = sourcesOf(given);
  return (
    columnsLevel(making, layout, rows, sources) ??
    textsOfMembers(
      making,
      layout,
      sources.flatMap((source) => rows.form.rowsOf(source)),
    )
  );
}

/** What parts of a level have given. */
interface Parts {
  readonly cells: readonly FilledCell[];
  readonly inner: InnerTexts | null;
}

interface FilledCell {
  readonly cell: number;
  readonly texts: Texts;
  /** Where there is no member. */
  readonly nothing: string;
}

function toLevel(layout: LevelLayout, count: number, { cells, inner }: Parts): LevelTexts {
  const texts: Texts[] = layout.leads.map(() => []);
  for (const each of cells) texts[each.cell] = each.texts;
  return { layout, count, cells: texts, inner };
}

/** All parts are asked before any is waited for. Those that are absent have no value below. */
async function textsOfParts(making: Making, parts: readonly PartLayout[], members: readonly unknown[]): Promise<Parts> {
  const present = members.some(isAbsent) ? members.filter((member) => !isAbsent(member)) : members;
  const made = await Promise.all(parts.map((part) => textsOfPart(making, part, present)));
  const whole = { cells: made.flatMap(({ cells }) => cells), inner: made.find(({ inner }) => inner !== null)?.inner ?? null };
  return present === members ? whole : spread(whole, placesOf(members));
}

function textsOfPart(making: Making, part: PartLayout, members: readonly unknown[]): Promise<Parts> {
  switch (part.kind) {
    case 'cell':
      return textsOfCell(making, part, members);
    case 'stretch':
      return textsOfStretch(making, part, members);
    case 'object':
      return textsOfObject(making, part, members);
    case 'list':
      return textsOfList(making, part, members);
  }
}

async function textsOfCell(making: Making, { field, cell, isNullable, write }: CellLayout, members: readonly unknown[]): Promise<Parts> {
  const { errors, format } = making;
  const { nothing } = format;
  if (write === null) return { cells: [{ cell, nothing, texts: await jsonTexts(making, field, members) }], inner: null };
  const texts: string[] = [];
  // Neighbours are often the same.
  let last: unknown = null;
  let lastText = nothing;
  for (const value of await resolveValues(making.run, field, members)) {
    if (value !== last || typeof value === 'object') {
      last = value;
      lastText = textOf(making, field, value, write);
    }
    if (isAbsent(value)) errors.note(field, value, isNullable);
    texts.push(lastText);
  }
  return { cells: [{ cell, nothing, texts }], inner: null };
}

function textOf({ errors, format }: Making, field: FieldPlan, value: unknown, write: (value: unknown) => string): string {
  if (isAbsent(value)) return format.nothing;
  try {
    return write(value);
  } catch (error) {
    errors.add(field, error);
    return format.nothing;
  }
}

async function jsonTexts({ run, format, errors }: Making, field: FieldPlan, members: readonly unknown[]): Promise<Texts> {
  const [column] = await resolveSelection(run, { fields: [field] }, members);
  if (column === undefined) throw new Error('a field was resolved to nothing');
  return members.map((_, place) => {
    const value = column.values[place];
    if (isAbsent(value)) {
      errors.note(field, value, field.shape.isNullable);
      return format.nothing;
    }
    const writer = new JsonWriter();
    const text = writer.writeField(field, column, place) ?? 'null';
    errors.push(writer.errors);
    return format.fromJson(text);
  });
}

async function textsOfStretch(making: Making, stretch: StretchLayout, members: readonly unknown[]): Promise<Parts> {
  const { cell, key, memory, level } = stretch;
  const keys = members.map(key);
  const known = new Map<unknown, string>();
  const unknown = new Map<unknown, unknown>();
  for (const [place, about] of keys.entries()) {
    if (known.has(about) || unknown.has(about)) continue;
    const text = typeof about === 'object' && about !== null ? memory.get(about) : undefined;
    if (text === undefined) unknown.set(about, members[place]);
    else known.set(about, text);
  }
  if (unknown.size > 0) for (const [about, text] of await writeStretches(making, stretch, unknown)) known.set(about, text);
  return { cells: [{ cell, nothing: level.nothing, texts: keys.map((about) => known.get(about) ?? '') }], inner: null };
}

/** Texts that have something to tell are not remembered, so that it is told each time. */
async function writeStretches(making: Making, { level, memory }: StretchLayout, parents: ReadonlyMap<unknown, unknown>): Promise<ReadonlyMap<unknown, string>> {
  const before = making.errors.count;
  const { cells } = await textsOfMembers(making, level, [...parents.values()]);
  const texts = new Map([...parents.keys()].map((about, place) => [about, level.leads.map((lead, cell) => lead + (cells[cell]?.[place] ?? '')).join('')]));
  if (making.errors.count === before) for (const [about, text] of texts) if (typeof about === 'object' && about !== null) memory.set(about, text);
  return texts;
}

async function textsOfObject(making: Making, { field, isNullable, parts, standing }: ObjectLayout, members: readonly unknown[]): Promise<Parts> {
  const distinct = standing === null ? null : distinguish(members, standing);
  const values = await resolveValues(making.run, field, distinct?.parents ?? members);
  for (const value of values) if (isAbsent(value)) making.errors.note(field, value, isNullable);
  const below = await textsOfParts(making, parts, values);
  return distinct === null ? below : spread(below, distinct.places);
}

/** One parent for each object that a field stands on, and for each parent which of them. */
function distinguish(parents: readonly unknown[], form: StandingForm): { readonly parents: readonly unknown[]; readonly places: readonly number[] } {
  const seen = new Map<object, number>();
  const first: unknown[] = [];
  const places = parents.map((parent) => {
    const key = form.keyOf(parent);
    const place = seen.get(key);
    if (place !== undefined) return place;
    seen.set(key, first.length);
    return first.push(parent) - 1;
  });
  return { parents: first, places };
}

async function textsOfList(making: Making, list: ListLayout, members: readonly unknown[]): Promise<Parts> {
  const { field, isNullable, level, rows } = list;
  const given = await resolveValues(making.run, rows?.sources ?? field, members);
  for (const value of given) if (isAbsent(value)) making.errors.note(field, value, isNullable);
  return { cells: [], inner: (rows === null ? null : innerOfSources(making, level, rows, given)) ?? (await innerOfMembers(making, list, given)) };
}

/** null where a column has something to tell. */
function columnsLevel({ run }: Making, layout: LevelLayout, rows: RowsLayout, sources: readonly unknown[]): LevelTexts | null {
  const columns = textsOfColumns(run, rows, sources);
  return columns === null ? null : { layout, ...columns, inner: null };
}

/** null where a column has something to tell. */
function innerOfSources(making: Making, level: LevelLayout, rows: RowsLayout, given: readonly unknown[]): InnerTexts | null {
  const lists = given.map((value) => (isAbsent(value) ? [] : sourcesOf(value)));
  const texts = columnsLevel(making, level, rows, lists.flat());
  if (texts === null) return null;
  const lengths = lists.map((sources) => sources.reduce((sum: number, source) => sum + rows.form.countOf(source), 0));
  return { ...rangesOf(lengths), texts };
}

async function innerOfMembers(making: Making, { field, isItemNullable, level, rows }: ListLayout, given: readonly unknown[]): Promise<InnerTexts> {
  const lists = given.map((value) => (isAbsent(value) ? [] : listOf(making, field, rows, value)));
  const members = await settled(lists.flat());
  for (const member of members) if (isAbsent(member)) making.errors.note(field, member, isItemNullable);
  return { ...rangesOf(lists.map(({ length }) => length)), texts: await textsOfMembers(making, level, members) };
}

function listOf({ errors }: Making, field: FieldPlan, rows: RowsLayout | null, value: unknown): readonly unknown[] {
  if (rows !== null) return sourcesOf(value).flatMap((source) => rows.form.rowsOf(source));
  if (Array.isArray(value)) return value;
  errors.add(field, new GraphQLError(`Expected Iterable, but did not find one for field "${field.parentType.name}.${field.info.fieldName}".`));
  return [];
}

function rangesOf(lengths: readonly number[]): Pick<InnerTexts, 'from' | 'to'> {
  const from: number[] = [];
  const to: number[] = [];
  let at = 0;
  for (const length of lengths) {
    from.push(at);
    at += length;
    to.push(at);
  }
  return { from, to };
}

/** Members that are promises are waited for, and those that fail stand as failures. */
export async function settled(members: readonly unknown[]): Promise<readonly unknown[]> {
  if (!members.some((member) => member instanceof Promise)) return members;
  return (await Promise.allSettled(members)).map((result) => (result.status === 'fulfilled' ? result.value : new Failure(result.reason)));
}

function placesOf(members: readonly unknown[]): readonly number[] {
  let next = 0;
  return members.map((member) => (isAbsent(member) ? -1 : next++));
}

/** The texts of those that `places` tells, -1 for none. */
function spread({ cells, inner }: Parts, places: readonly number[]): Parts {
  const at = (list: readonly number[]) => places.map((place) => list[place] ?? 0);
  return {
    cells: cells.map(({ cell, texts, nothing }) => ({ cell, nothing, texts: places.map((place) => texts[place] ?? nothing) })),
    inner: inner === null ? null : { from: at(inner.from), to: at(inner.to), texts: inner.texts },
  };
}
