import { defaultFieldResolver, type GraphQLObjectType } from 'graphql';
import { Batches, WHOLE } from './batches.ts';
import { Failure, resolveSelection } from './columns.ts';
import type { FieldPlan, LeafShape, Run } from './operation-plan.ts';
import { ErrorList, isAbsent } from './row-errors.ts';
import { connectionType, isWholeConnection, type RowPlan } from './row-plan.ts';

/** The members of the list of rows. */
export interface RowSource {
  /** Some at a time. Throws RowErrors where a field on the way failed. */
  readonly batches: () => AsyncGenerator<readonly unknown[]>;
  /** Whether further statements have to be sent for further members, of which there may be any number. */
  readonly isLong: boolean;
  /** See `Batches`; null where nothing is known but by reading all. */
  readonly state: (() => Promise<string>) | null;
}

/** Finds the list of rows by the path to it. Throws RowErrors where a field on the way failed. */
export async function findRows(run: Run, { path }: RowPlan): Promise<RowSource> {
  if (path.length === 0) return held([ROOT]);
  const place = path.findIndex((field) => isWholeConnection(field, run.variables));
  const field = path[place];
  if (field === undefined) return sourceOf(await descend(run, path, undefined));
  const parent = await descend(run, path.slice(0, place), undefined);
  if (place > 0 && isAbsent(parent)) return NOTHING;
  const below = path.slice(place + 1);
  const page = await resolveOne(run, wholeOf(field), parent);
  const source = sourceOf(await descend(run, below, page));
  const cursor = source.isLong || isAbsent(page) ? null : await nextCursor(run, field, page);
  return cursor === null ? source : { batches: () => pages({ run, field, below, parent }, source, cursor), isLong: true, state: null };
}

/** What the fields of the query are resolved from, which look at nothing in it. */
const ROOT: unknown = {};

const NOTHING: RowSource = held([]);

function sourceOf(members: unknown): RowSource {
  if (isAbsent(members)) return NOTHING;
  if (members instanceof Batches) return { batches: () => members[Symbol.asyncIterator](), isLong: true, state: members.state };
  if (Array.isArray(members)) return held(members);
  throw new TypeError('the list of rows is neither a list nor batches of one');
}

function held(members: readonly unknown[]): RowSource {
  return { batches: () => only(members), isLong: false, state: null };
}

async function* only(members: readonly unknown[]): AsyncGenerator<readonly unknown[]> {
  yield await settled(members);
}

/** A connection whose pages are asked for one after the other, and the path from it to the list. */
interface Paged {
  readonly run: Run;
  readonly field: FieldPlan;
  readonly below: readonly FieldPlan[];
  readonly parent: unknown;
}

async function* pages({ run, field, below, parent }: Paged, first: RowSource, next: string): AsyncGenerator<readonly unknown[]> {
  yield* first.batches();
  for (let cursor: string | null = next; cursor !== null; ) {
    const page = await resolveOne(run, pageAfter(field, cursor), parent);
    yield* sourceOf(await descend(run, below, page)).batches();
    cursor = await nextCursor(run, field, page);
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
    value = await resolveOne(run, field, value);
    if (isAbsent(value)) return null;
  }
  return value;
}

/** Takes any value as it is. */
const AS_IT_IS: LeafShape = { kind: 'leaf', isNullable: true, write: String };

/** What the resolver of a field gives for one parent. */
async function resolveOne(run: Run, field: FieldPlan, parent: unknown): Promise<unknown> {
  const [column] = await resolveSelection(run, { fields: [{ ...field, shape: AS_IT_IS }] }, [parent]);
  const value = column?.values[0];
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

/** Members that are promises are waited for, and those that fail stand as failures. */
async function settled(members: readonly unknown[]): Promise<readonly unknown[]> {
  if (!members.some((member) => member instanceof Promise)) return members;
  return (await Promise.allSettled(members)).map((result) => (result.status === 'fulfilled' ? result.value : new Failure(result.reason)));
}
