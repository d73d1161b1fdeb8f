import type { GraphQLSchema } from 'graphql';
import type { Forms, RowsForm, StandingForm } from './forms.ts';
import type { FieldPlan } from './operation-plan.ts';
import { type RowField, rowFieldsOf } from './row-fields.ts';
import type { RowFormat } from './row-format.ts';
import type { RowJson, RowLeaf, RowList, RowObject, RowPart, RowPlan } from './row-plan.ts';
import { createPartFields, type Key, nameOf, type PartFields } from './stretches.ts';
import { createTextMemories, type TextMemory } from './text-memory.ts';

/** The rows of a plan in one format, and what is known of their fields beside their resolvers. */
export interface RowLayout {
  readonly plan: RowPlan;
  readonly format: RowFormat;
  /** Before the first row. */
  readonly head: string;
  /** Of the list of rows. */
  readonly top: LevelLayout;
  /** Where the list of rows is made of columns. */
  readonly rows: RowsLayout | null;
}

/** What each member of a list has in a row. */
export interface LevelLayout {
  readonly parts: readonly PartLayout[];
  /** What stands before the text of each of its cells: a comma, where it is not the first of the row, and its name. */
  readonly leads: readonly string[];
  /** So many of the cells stand before those of the list within the member. */
  readonly before: number;
  /** Of a row without a member. */
  readonly nothing: string;
}

/** A part of what a member has. Cells are numbered in the order of the row. */
export type PartLayout = CellLayout | StretchLayout | ObjectLayout | ListLayout;

/** One column. */
export interface CellLayout {
  readonly kind: 'cell';
  readonly field: FieldPlan;
  readonly cell: number;
  readonly isNullable: boolean;
  /** Of a value that is not null; null where it is a list, which is written as JSON. */
  readonly write: ((value: unknown) => string) | null;
}

/** Neighbouring columns that stand on nothing but one object which never changes: one text, remembered by that. */
export interface StretchLayout {
  readonly kind: 'stretch';
  readonly cell: number;
  readonly key: Key;
  readonly memory: TextMemory;
  readonly level: LevelLayout;
}

export interface ObjectLayout {
  readonly kind: 'object';
  readonly field: FieldPlan;
  readonly isNullable: boolean;
  readonly parts: readonly PartLayout[];
  /** Where it stands on one object of its parent, as the sensor of a reading on its series: then it is resolved once for each of those. */
  readonly standing: StandingForm | null;
}

export interface ListLayout {
  readonly kind: 'list';
  readonly field: FieldPlan;
  readonly isNullable: boolean;
  readonly isItemNullable: boolean;
  readonly level: LevelLayout;
  readonly rows: RowsLayout | null;
}

/** A list whose members are rows of columns. */
export interface RowsLayout {
  readonly form: RowsForm;
  /** The field of the list, resolved to what has the columns. */
  readonly sources: FieldPlan;
  readonly membersText: Forms['membersText'];
  /** One each cell, in their order. */
  readonly columns: readonly ColumnLayout[];
}

/** A column that is written as a whole. */
export interface ColumnLayout extends RowField {
  readonly write: (value: unknown) => string;
  readonly nothing: string;
  /** The texts of frozen lists, which cannot change. */
  readonly frozen: WeakMap<object, readonly string[]>;
  /** Numbers stand in each format as they stand in JSON. */
  readonly isNumber: boolean;
}

/** Lays rows out, each plan once a format. */
export type LayOutRows = (plan: RowPlan, format: RowFormat) => RowLayout;

/** For the plans of one schema. What is remembered of stretches has one bound for all of them. */
export function createLayOutRows(schema: GraphQLSchema, forms: Forms): LayOutRows {
  const known = new WeakMap<RowPlan, Map<RowFormat, RowLayout>>();
  const tools: Tools = { schema, forms, partFields: createPartFields(forms), newMemory: createTextMemories() };
  return (plan, format) => {
    const layouts = known.get(plan) ?? new Map<RowFormat, RowLayout>();
    known.set(plan, layouts);
    const layout = layouts.get(format) ?? layOut(tools, plan, format);
    layouts.set(format, layout);
    return layout;
  };
}

interface Tools {
  readonly schema: GraphQLSchema;
  readonly forms: Forms;
  readonly partFields: PartFields;
  readonly newMemory: () => TextMemory;
}

function layOut(tools: Tools, plan: RowPlan, format: RowFormat): RowLayout {
  const list = plan.path.at(-1);
  const top = new LevelDrawing(tools, format, true).draw(plan.row);
  return { plan, format, head: format.head(plan.columns), top, rows: list === undefined ? null : rowsOf(tools, list, plan.row, format) };
}

/** Numbers the cells of one level as they are met. */
class LevelDrawing {
  readonly #tools: Tools;
  readonly #format: RowFormat;
  /** Whether no cell stands before those of the level. */
  readonly #isFirst: boolean;
  readonly #leads: string[] = [];
  readonly #nothings: string[] = [];
  #before: number | null = null;

  constructor(tools: Tools, format: RowFormat, isFirst: boolean) {
    this.#tools = tools;
    this.#format = format;
    this.#isFirst = isFirst;
  }

  draw({ parts }: RowObject): LevelLayout {
    return this.#level(this.#parts(parts));
  }

  #level(parts: readonly PartLayout[]): LevelLayout {
    return { parts, leads: this.#leads, before: this.#before ?? this.#leads.length, nothing: this.#nothings.join('') };
  }

  #parts(parts: readonly RowPart[]): readonly PartLayout[] {
    let at = 0;
    return this.#tools.partFields(parts.map(fieldOf)).flatMap(({ fields: { length }, key }) => {
      const neighbours = parts.slice(at, at + length);
      at += length;
      return key === null ? neighbours.map((part) => this.#part(part)) : this.#stretch(neighbours, key);
    });
  }

  #part(part: RowPart): PartLayout {
    switch (part.kind) {
      case 'leaf':
        return this.#cell(part, part.shape.isNullable, this.#format.createCellWriter(part.type));
      case 'json':
        return this.#cell(part, part.field.shape.isNullable, null);
      case 'object':
        return this.#object(part, this.#parts(part.parts));
      case 'list':
        return this.#list(part);
    }
  }

  #cell({ field, column }: RowLeaf | RowJson, isNullable: boolean, write: CellLayout['write']): CellLayout {
    const lead = this.#comma() + this.#format.lead(column);
    this.#nothings.push(lead + this.#format.nothing);
    return { kind: 'cell', field, isNullable, write, cell: this.#leads.push(lead) - 1 };
  }

  #object(part: RowObject, parts: readonly PartLayout[]): ObjectLayout {
    const field = fieldOf(part);
    return { kind: 'object', field, isNullable: part.isNullable, standing: this.#tools.forms.standing.get(nameOf(field)) ?? null, parts };
  }

  #list({ field, isNullable, item }: RowList): ListLayout {
    const level = this.#below().draw(item);
    this.#before = this.#leads.length;
    this.#nothings.push(level.nothing);
    return { kind: 'list', field, isNullable, isItemNullable: item.isNullable, level, rows: rowsOf(this.#tools, field, item, this.#format) };
  }

  /** Its text has the commas and names of its cells. */
  #stretch(parts: readonly RowPart[], key: Key): StretchLayout {
    const below = this.#below();
    const level = below.#level(parts.map((part) => below.#plainPart(part)));
    this.#nothings.push(level.nothing);
    return { kind: 'stretch', key, memory: this.#tools.newMemory(), level, cell: this.#leads.push('') - 1 };
  }

  /** Within a stretch there are no others. */
  #plainPart(part: RowPart): PartLayout {
    const plain = part.kind === 'object' ? part.parts.map((below) => this.#plainPart(below)) : null;
    return part.kind === 'object' && plain !== null ? this.#object(part, plain) : this.#part(part);
  }

  #below(): LevelDrawing {
    return new LevelDrawing(this.#tools, this.#format, this.#comma() === '');
  }

  #comma(): string {
    return this.#isFirst && this.#leads.length === 0 && this.#before === null ? '' : ',';
  }
}

function fieldOf({ field }: RowPart): FieldPlan {
  if (field === null) throw new Error('a part of a row has no field');
  return field;
}

/** null where a list has to be written member by member. */
function rowsOf({ schema, forms }: Tools, list: FieldPlan, item: RowObject, format: RowFormat): RowsLayout | null {
  const form = forms.rows.get(nameOf(list));
  const { shape } = list;
  if (form === undefined || shape.kind !== 'list' || shape.item.kind !== 'object') return null;
  const fields = rowFieldsOf(schema, form, shape.item.selection);
  const leaves = item.parts.flatMap((part) => (part.kind === 'leaf' ? part : []));
  if (fields === null || fields.length !== leaves.length) return null;
  const columns = fields.map((field, at) => layOutColumn(field, leaves[at], format));
  return {
    form,
    columns,
    sources: { ...list, resolve: (parent, args, context, info) => form.sources(parent, args, context, info) },
    membersText: (members) => forms.membersText(members),
  };
}

const NUMBERS = ['Int', 'Float'];

function layOutColumn(field: RowField, leaf: RowLeaf | undefined, format: RowFormat): ColumnLayout {
  if (leaf === undefined) throw new Error('a column has no cell');
  const isNumber = NUMBERS.includes(leaf.type.name);
  return { ...field, write: format.createCellWriter(leaf.type), nothing: format.nothing, frozen: new WeakMap(), isNumber };
}
