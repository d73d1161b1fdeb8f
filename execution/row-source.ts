import { defaultFieldResolver, type GraphQLObjectType } from 'graphql';
import { Batches } from './batches.ts';
import { Failure, type Run, resolveSelection } from './columns.ts';
import type { FieldPlan, LeafShape } from './operation-plan.ts';
import { ErrorList, isAbsent } from './row-errors.ts';
import { connectionType, isWholeConnection, type RowPlan } from './row-plan.ts';

/** The members of the list of rows, some at a time. Throws RowErrors where a field on the way failed. */
export async function* memberBatches(run: Run, { path }: RowPlan): AsyncGenerator<readonly unknown[]> {
  const list = path.at(-1);
  if (list === undefined) {
    yield [undefined];
    return;
  }
  const connection = path.findIndex((field) => isWholeConnection(field, run.variables));
  if (connection === -1) {
    yield* membersBelow(run, path, undefined);
    return;
  }
  const parent = await descend(run, path.slice(0, connection), undefined);
  const field = path[connection];
  if (parent.isMissing || field === undefined) return;
  for (let page: FieldPlan | null = field; page !== null; ) {
    const found = await resolveOne(run, page, parent.value);
    if (isAbsent(found)) return;
    yield* membersBelow(run, path.slice(connection + 1), found);
    const cursor = await nextCursor(run, field, found);
    page = cursor === null ? null : pageAfter(field, cursor);
  }
}

/** Pages are as long as a connection gives at most. */
const PAGE = 1_000;

function pageAfter(field: FieldPlan, after: string): FieldPlan {
  return { ...field, argumentsFor: (variables) => ({ ...field.argumentsFor(variables), first: PAGE, after }) };
}

async function* membersBelow(run: Run, path: readonly FieldPlan[], parent: unknown): AsyncGenerator<readonly unknown[]> {
  const { value, isMissing } = await descend(run, path, parent);
  if (isMissing) return;
  if (value instanceof Batches) yield* value;
  else if (Array.isArray(value)) yield await settled(value);
  else throw new TypeError('the list of rows is neither a list nor batches of one');
}

async function descend(run: Run, path: readonly FieldPlan[], parent: unknown): Promise<{ readonly value: unknown; readonly isMissing: boolean }> {
  let value = parent;
  for (const field of path) {
    value = await resolveOne(run, field, value);
    if (isAbsent(value)) return { value: null, isMissing: true };
  }
  return { value, isMissing: false };
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

/** What a field without arguments gives of what the document itself need not ask for. */
async function readProperty(run: Run, { info }: FieldPlan, type: GraphQLObjectType, name: string, parent: unknown): Promise<unknown> {
  const resolve = type.getFields()[name]?.resolve ?? defaultFieldResolver;
  return resolve(parent, {}, run.context, { ...info, fieldName: name, variableValues: run.variables });
}

/** Members that are promises are waited for, and those that fail stand as failures. */
async function settled(members: readonly unknown[]): Promise<readonly unknown[]> {
  if (!members.some((member) => member instanceof Promise)) return members;
  return (await Promise.allSettled(members)).map((result) => (result.status === 'fulfilled' ? result.value : new Failure(result.reason)));
}
