import { defaultFieldResolver, type GraphQLObjectType } from 'graphql';
import { Batches, WHOLE } from './batches.ts';
import { resolveValues } from './columns.ts';
import type { FieldPlan, Run } from './operation-plan.ts';
import { settled } from './row-cells.ts';
import { ErrorList, isAbsent } from './row-errors.ts';
import type { RowLayout } from './row-layout.ts';
import { connectionType, isWholeConnection } from './row-plan.ts';

/** The list of rows: held, or so long that it comes some members at a time. */
export type RowSource = HeldRows | LongRows;

export interface HeldRows {
  readonly isLong: false;
  /** The members, or where `isOfColumns`, what has the columns that they are made of. */
  readonly given: readonly unknown[];
  readonly isOfColumns: boolean;
}

/** Further statements have to be sent for further members, of which there may be any number. */
export interface LongRows {
  readonly isLong: true;
  /** Throws RowErrors where a field on the way failed. */
  readonly batches: () => AsyncGenerator<LongBatch>;
  /** See `Batches`; null where nothing is known but by reading all. */
  readonly state: (() => Promise<string>) | null;
}

/** Some members of a long list, and what their fields are resolved with. */
export interface LongBatch {
  readonly run: Run;
  readonly given: readonly unknown[];
}

/**
 * Finds the list of rows by the path to it. Throws RowErrors where a field on the way failed. `renewed` gives each further page of a connection a run of its own, of the same moment:
 * what loaders keep, and what is counted, is then of one page, however many there are.
 */
export async function findRows(run: Run, { plan: { path }, rows }: RowLayout, renewed: () => Promise<Run>): Promise<RowSource> {
  if (path.length === 0) return held([ROOT]);
  if (rows !== null) return columnsOf(await descend(run, [...path.slice(0, -1), rows.sources], undefined));
  const place = path.findIndex((field) => isWholeConnection(field, run.variables));
  const field = path[place];
  if (field === undefined) return sourceOf(run, await descend(run, path, undefined));
  const parent = await descend(run, path.slice(0, place), undefined);
  if (place > 0 && isAbsent(parent)) return NOTHING;
  const below = path.slice(place + 1);
  const page = await resolveOne(run, wholeOf(field), parent);
  const source = await sourceOf(run, await descend(run, below, page));
  const cursor = source.isLong || isAbsent(page) ? null : await nextCursor(run, field, page);
  return cursor === null ? source : { isLong: true, batches: () => pages({ run, renewed, field, below, parent }, source, cursor), state: null };
}

/** What the fields of the query are resolved from, which look at nothing in it. */
const ROOT: unknown = {};

const NOTHING: HeldRows = { isLong: false, given: [], isOfColumns: false };

function columnsOf(given: unknown): HeldRows {
  return isAbsent(given) ? NOTHING : { isLong: false, given: Array.isArray(given) ? given : [given], isOfColumns: true };
}

async function sourceOf(run: Run, members: unknown): Promise<RowSource> {
  if (isAbsent(members)) return NOTHING;
  if (members instanceof Batches) return { isLong: true, batches: () => batchesWith(run, members), state: members.state };
  if (Array.isArray(members)) return held(await settled(members));
  throw new TypeError('the list of rows is neither a list nor batches of one');
}

function held(members: readonly unknown[]): HeldRows {
  return { isLong: false, given: members, isOfColumns: false };
}

async function* batchesWith(run: Run, members: AsyncIterable<readonly unknown[]>): AsyncGenerator<LongBatch> {
  for await (const given of members) yield { run, given };
}

function batchesOf(run: Run, source: RowSource): Iterable<LongBatch> | AsyncGenerator<LongBatch> {
  return source.isLong ? source.batches() : [{ run, given: source.given }];
}

/** A connection whose pages are asked for one after the other, and the path from it to the list. */
interface Paged {
  readonly run: Run;
  readonly renewed: () => Promise<Run>;
  readonly field: FieldPlan;
  readonly below: readonly FieldPlan[];
  readonly parent: unknown;
}

async function* pages({ run, renewed, field, below, parent }: Paged, first: RowSource, next: string): AsyncGenerator<LongBatch> {
  yield* batchesOf(run, first);
  for (let cursor: string | null = next; cursor !== null; ) {
    const own = await renewed();
    const page = await resolveOne(own, pageAfter(field, cursor), parent);
    yield* batchesOf(own, await sourceOf(own, await descend(own, below, page)));
    cursor = await nextCursor(own, field, page);
  }
}

/** Pages are as long as a connection gives at most. */
const PAGE = 1_000;

function pageAfter(field: FieldPlan, after: string): FieldPlan {
  return { ...field, argumentsFor: (variables) => ({ ...field.argumentsFor(variables), first: PAGE, after }) };
}

/** For who can give all; who cannot gives its first page. */
function wholeOf(field: FieldPlan): FieldPlan {
  return { ...field, argumentsFor: (variables) => ({ ...field.argumentsFor(variables), first: PAGE, [WHOLE]: true }) };
}

/** null where an object on the way is. */
async function descend(run: Run, path: readonly FieldPlan[], parent: unknown): Promise<unknown> {
  let value = parent;
  for (const field of path) {
    const resolved = resolveOne(run, field, value);
    value = resolved instanceof Promise ? await resolved : resolved;
    if (isAbsent(value)) return null;
  }
  return value;
}

/** What the resolver of a field gives for one parent, at once or as a promise. Throws RowErrors where it failed. */
function resolveOne(run: Run, field: FieldPlan, parent: unknown): unknown {
  const values = resolveValues(run, field, [parent]);
  return values instanceof Promise ? values.then((settledValues) => presentOrNull(field, settledValues[0])) : presentOrNull(field, values[0]);
}

/** The value, or null where there is none. */
function presentOrNull(field: FieldPlan, value: unknown): unknown {
  if (!isAbsent(value)) return value;
  const errors = new ErrorList();
  errors.note(field, value, field.shape.isNullable);
  errors.throwIfAny();
  return null;
}

/** Where the next page of a connection begins; null where this one is the last. */
async function nextCursor(run: Run, field: FieldPlan, connection: unknown): Promise<string | null> {
  const type = connectionType(field);
  if (type === null) return null;
  const pageInfo = await readProperty(run, field, type, 'pageInfo', connection);
  const hasNext = await readProperty(run, field, type, 'hasNextPage', pageInfo);
  const cursor = hasNext === true ? await readProperty(run, field, type, 'endCursor', pageInfo) : null;
  return typeof cursor === 'string' ? cursor : null;
}

/** What a field without arguments gives, also where the document does not ask for it. */
async function readProperty(run: Run, { info }: FieldPlan, type: GraphQLObjectType, name: string, parent: unknown): Promise<unknown> {
  const resolve = type.getFields()[name]?.resolve ?? defaultFieldResolver;
  return resolve(parent, {}, run.context, { ...info, fieldName: name, variableValues: run.variables });
}
