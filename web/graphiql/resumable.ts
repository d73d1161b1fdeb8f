import { type DocumentNode, type FieldNode, Kind, parse, print, visit } from 'graphql';

/** A subscription that can be asked again where it was cut off. */
export interface Resumable {
  /** As graphql-ws sends it, anew at every connection: then what has been told by now is not asked for again. */
  readonly payload: { query: string; variables: Record<string, unknown> | null; operationName: string | null };
  /** Remembers how far a frame goes. */
  saw(data: unknown): void;
  /** Of the last frame that had one. */
  readonly cursor: string | null;
  /** Whether nothing is missed by asking again: what has no order, such as the newest readings, is told whole; breaches go on after the cursor, where they ask for it. */
  readonly goesOn: boolean;
}

/** The query is read once it has been answered, because then it can be. */
export function createResumable(payload: Resumable['payload']): Resumable {
  const { query } = payload;
  let asked: Asked | null = null;
  let cursor: string | null = null;
  return {
    payload,
    saw(data) {
      asked ??= readQuery(query, payload.operationName);
      cursor = cursorOf(data) ?? cursor;
      if (cursor !== null && asked !== null) goOnAfter(cursor, payload, asked);
    },
    get cursor() {
      return cursor;
    },
    get goesOn() {
      return (cursor !== null && asked !== null) || asked?.field.name.value === 'latest';
    },
  };
}

interface Asked {
  readonly document: DocumentNode;
  readonly field: FieldNode;
}

/** null where the root field stands in a fragment. */
function readQuery(query: string, operationName: string | null): Asked | null {
  const document = parse(query);
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const operation = operations.find(({ name }) => operationName === null || name?.value === operationName);
  const [field] = operation?.selectionSet.selections ?? [];
  return field?.kind === Kind.FIELD ? { document, field } : null;
}

function cursorOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const field: unknown = Object.values(data).at(0);
  return typeof field === 'object' && field !== null && 'cursor' in field && typeof field.cursor === 'string' ? field.cursor : null;
}

/** By the variable that the document has for it, else by an argument: a variable that nothing uses any more would be refused. */
function goOnAfter(cursor: string, payload: Resumable['payload'], { document, field }: Asked): void {
  const given = field.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (given?.kind === Kind.VARIABLE) {
    payload.variables = { ...payload.variables, [given.name.value]: cursor };
    return;
  }
  const others = field.arguments?.filter(({ name }) => name.value !== 'after') ?? [];
  const after = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'after' }, value: { kind: Kind.STRING, value: cursor } } as const;
  payload.query = print(visit(document, { Field: (node) => (node === field ? { ...node, arguments: [...others, after] } : undefined) }));
}
