import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { writeLeaves } from './leaves-form.ts';
import type { FieldInfo, FieldPlan, LeafShape, ListForm, ListShape, ObjectShape, Run, SelectionPlan, Shape, StretchShape } from './operation-plan.ts';

/** In place of a value: why there is none. */
export class Failure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** The values of one field for all parents of its selection, in their order, with what was asked of them below. A value that failed is a Failure. */
export type Column = LeafColumn | ListColumn | ObjectColumn | TextColumn | StretchColumn;

export interface LeafColumn {
  readonly kind: 'leaf';
  readonly values: readonly unknown[];
}

export interface ListColumn {
  readonly kind: 'list';
  readonly values: readonly unknown[];
  /** The list at a place holds the members from `starts[place]` to before `starts[place + 1]`. */
  readonly starts: readonly number[];
  readonly members: Column;
}

export interface ObjectColumn {
  readonly kind: 'object';
  readonly values: readonly unknown[];
  /** The place of each value in the columns of its fields, which have none for null and failures; null where every place is the same. */
  readonly places: readonly number[] | null;
  readonly fields: readonly Column[];
}

/** What is written already: the values are JSON, or null or a Failure where there is none; of a stretch, its fields with their names. */
export interface TextColumn {
  readonly kind: 'text';
  readonly values: readonly unknown[];
}

/** A stretch whose fields had to be asked one by one. */
export interface StretchColumn {
  readonly kind: 'stretch';
  readonly values: readonly unknown[];
  readonly fields: readonly Column[];
}

type MaybePromise<T> = T | Promise<T>;

/** Resolves a selection for all of its parents together: field by field, each for every parent, so that a level of the document costs one wait and not one for each object. */
export function resolveSelection(run: Run, { fields }: SelectionPlan, parents: readonly unknown[]): MaybePromise<readonly Column[]> {
  const columns = fields.map((field) => resolveField(run, field, parents));
  const [only, ...others] = columns;
  if (only !== undefined && others.length === 0) return isPromise(only) ? only.then((column) => [column]) : [only];
  const settled = columns.filter((column): column is Column => !isPromise(column));
  return settled.length === columns.length ? settled : Promise.all(columns.map((column) => Promise.resolve(column)));
}

/** What the resolver of a field gives for each parent, as it is; what failed is a Failure. */
export function resolveValues(run: Run, field: FieldPlan, parents: readonly unknown[]): MaybePromise<readonly unknown[]> {
  const values = callResolver(run, field, parents);
  return settle(values)?.then(() => values) ?? values;
}

function resolveField(run: Run, field: FieldPlan, parents: readonly unknown[]): MaybePromise<Column> {
  if (field.shape.kind === 'stretch') return resolveStretch(run, field.shape, parents);
  const values = callResolver(run, field, parents);
  const settled = settle(values);
  return settled === null ? completeValues(run, field, field.shape, values) : settled.then(() => completeValues(run, field, field.shape, values));
}

function resolveStretch(run: Run, { selection, textOf }: StretchShape, parents: readonly unknown[]): MaybePromise<Column> {
  const values: string[] = [];
  for (const parent of parents) {
    const text = textOf(parent, run);
    if (text === null) break;
    values.push(text);
  }
  if (values.length === parents.length) return { kind: 'text', values };
  const fields = resolveSelection(run, selection, parents);
  const toColumn = (columns: readonly Column[]): StretchColumn => ({ kind: 'stretch', values: parents, fields: columns });
  return isPromise(fields) ? fields.then(toColumn) : toColumn(fields);
}

function callResolver(run: Run, { resolve, argumentsFor, info }: FieldPlan, parents: readonly unknown[]): unknown[] {
  if (parents.length === 0) return [];
  let given: Record<string, unknown>;
  try {
    given = argumentsFor(run.variables);
  } catch (error) {
    const failure = new Failure(error);
    return parents.map(() => failure);
  }
  const told = infoFor(info, run.variables);
  const values: unknown[] = [];
  for (const parent of parents) {
    try {
      values.push(resolve(parent, given, run.context, told));
    } catch (error) {
      values.push(new Failure(error));
    }
  }
  return values;
}

/** What a resolver is told. Written out: a spread of so many properties is slow, and what it makes outlives the request. */
export function infoFor(info: FieldInfo, variableValues: Record<string, unknown>): GraphQLResolveInfo {
  return {
    fieldName: info.fieldName,
    fieldNodes: info.fieldNodes,
    returnType: info.returnType,
    parentType: info.parentType,
    path: info.path,
    schema: info.schema,
    fragments: info.fragments,
    rootValue: info.rootValue,
    operation: info.operation,
    variableValues,
  };
}

/** Puts what promises give in their places; null where there are none, so that what is there is not waited for. */
function settle(values: unknown[]): Promise<unknown> | null {
  let pending: Promise<void>[] | null = null;
  for (let place = 0; place < values.length; place++) {
    const value = values[place];
    if (!isPromise(value)) continue;
    pending ??= [];
    pending.push(
      value.then(
        (result) => {
          values[place] = result;
        },
        (error: unknown) => {
          values[place] = new Failure(error);
        },
      ),
    );
  }
  if (pending === null) return null;
  return pending.length === 1 ? (pending[0] ?? null) : Promise.all(pending);
}

function completeValues(run: Run, field: FieldPlan, shape: Shape, values: unknown[]): MaybePromise<Column> {
  switch (shape.kind) {
    case 'leaf':
      return writeValues(shape, values) ?? { kind: 'leaf', values };
    case 'list':
      return writeLists(run, shape.form, values) ?? completeLists(run, field, shape, values);
    case 'object':
      return completeObjects(run, shape, values);
    case 'stretch':
      throw new Error('a stretch has no values of its own');
  }
}

/** null where a value has something to tell, which is told with its place. */
function writeValues(shape: LeafShape, values: readonly unknown[]): TextColumn | null {
  try {
    const texts = writeLeaves(shape, values);
    return texts === null ? null : { kind: 'text', values: texts };
  } catch {
    return null;
  }
}

/** null where the lists have no form, or one of them cannot be written as a whole; then `values` are the lists themselves. */
function writeLists(run: Run, form: ListForm | undefined, values: unknown[]): TextColumn | null {
  if (form === undefined) return null;
  const texts = textsOf(run, form, values);
  if (texts !== null) return { kind: 'text', values: texts };
  const { membersOf } = form;
  if (membersOf !== null) for (const [place, value] of values.entries()) if (!isAbsent(value)) values[place] = membersOf(value);
  return null;
}

function textsOf(run: Run, form: ListForm, values: readonly unknown[]): readonly unknown[] | null {
  const texts: unknown[] = [];
  try {
    for (const value of values) {
      const text = isAbsent(value) ? value : form.write(value, run);
      if (text === null && value !== null) return null;
      texts.push(text);
    }
  } catch {
    // Told with its place by the way that looks at every member.
    return null;
  }
  return texts;
}

function completeLists(run: Run, field: FieldPlan, shape: ListShape, values: unknown[]): MaybePromise<ListColumn> {
  const members: unknown[] = [];
  const starts: number[] = [];
  for (let place = 0; place < values.length; place++) {
    starts.push(members.length);
    const value = values[place];
    if (Array.isArray(value)) for (const member of value) members.push(member);
    else if (!isAbsent(value)) values[place] = new Failure(new GraphQLError(`Expected Iterable, but did not find one for field "${nameOf(field)}".`));
  }
  starts.push(members.length);
  const settled = settle(members);
  const complete = () => completeValues(run, field, shape.item, members);
  const completed = settled === null ? complete() : settled.then(complete);
  const toColumn = (column: Column): ListColumn => ({ kind: 'list', values, starts, members: column });
  return isPromise(completed) ? completed.then(toColumn) : toColumn(completed);
}

function completeObjects(run: Run, { selection }: ObjectShape, values: readonly unknown[]): MaybePromise<ObjectColumn> {
  const present = values.some(isAbsent) ? values.filter((value) => !isAbsent(value)) : values;
  const places = present === values ? null : placesOf(values);
  const fields = resolveSelection(run, selection, present);
  const toColumn = (columns: readonly Column[]): ObjectColumn => ({ kind: 'object', values, places, fields: columns });
  return isPromise(fields) ? fields.then(toColumn) : toColumn(fields);
}

function placesOf(values: readonly unknown[]): readonly number[] {
  let next = 0;
  return values.map((value) => (isAbsent(value) ? -1 : next++));
}

/** Whether nothing is below: the value is null or failed, also where a resolver returned an error instead of throwing it. */
function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || value instanceof Failure || value instanceof Error;
}

function nameOf({ parentType, info }: FieldPlan): string {
  return `${parentType.name}.${info.fieldName}`;
}

function isPromise<T>(value: MaybePromise<T>): value is Promise<T>;
function isPromise(value: unknown): value is Promise<unknown>;
function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
