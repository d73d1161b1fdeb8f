import { readCursorText, writeCursorText } from '../db/cursor-text.ts';
import { InvalidArgumentError } from '../db/errors.ts';

const MAX_PAGE = 1000;

/** Which page of a connection. */
export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

/** Which page of a connection that can be gone through both ways. `first` is what a caller gave himself where `last` is given too, and not a default. */
export interface TwoWayPageArguments extends PageArguments {
  readonly last?: number | null;
  readonly before?: string | null;
}

/** From which end of what lies between the cursors a page is taken, and how many nodes it may have. */
export interface PageSize {
  readonly end: 'FIRST' | 'LAST';
  readonly size: number;
}

/** A page of a connection, in the shape that the schema gives it. */
export interface Page<N> {
  readonly nodes: readonly N[];
  readonly edges: readonly { readonly cursor: string; readonly node: N }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** A page that says how many nodes there are on all pages. */
export interface CountedPage<N> extends Page<N> {
  readonly totalCount: number;
}

/** Puts a page together. Cursors are only written where they are asked for. */
export function createPage<N>(
  nodes: readonly N[],
  cursorOf: (node: N) => string,
  place: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean },
): Page<N> {
  return new LazyPage(nodes, cursorOf, place);
}

/** Its getters are the class's: those of an object literal would give each page a hidden class of its own. */
class LazyPage<N> implements Page<N> {
  readonly nodes: readonly N[];
  readonly #cursorOf: (node: N) => string;
  readonly #place: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };

  constructor(nodes: readonly N[], cursorOf: (node: N) => string, place: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean }) {
    this.nodes = nodes;
    this.#cursorOf = cursorOf;
    this.#place = place;
  }

  get edges(): Page<N>['edges'] {
    return this.nodes.map((node) => ({ cursor: this.#cursorOf(node), node }));
  }

  get pageInfo(): Page<N>['pageInfo'] {
    const [first, last] = [this.nodes[0], this.nodes.at(-1)];
    return {
      ...this.#place,
      startCursor: first === undefined ? null : this.#cursorOf(first),
      endCursor: last === undefined ? null : this.#cursorOf(last),
    };
  }
}

/** A page of rows that are sorted by id and all in memory. */
export function pageById<R extends { readonly id: string }>(kind: string, rows: readonly R[], { first, after }: PageArguments): CountedPage<R> {
  const size = readPageSize(first, 100);
  const afterId = readCursor(kind, after, isText)?.[0];
  const start = afterId === undefined ? 0 : firstAfter(rows, afterId);
  const nodes = rows.slice(start, start + size);
  const page = createPage(nodes, ({ id }) => writeCursor(kind, [id]), { hasNextPage: start + size < rows.length, hasPreviousPage: afterId !== undefined });
  return Object.assign(page, { totalCount: rows.length });
}

/** How many nodes a page may have. */
export function readPageSize(first: number | null | undefined, byDefault: number, field = 'first'): number {
  const size = first ?? byDefault;
  if (!(size >= 1 && size <= MAX_PAGE)) throw new InvalidArgumentError(field, size, `a page has from 1 to ${MAX_PAGE} nodes`);
  return size;
}

/** The same where a page may be taken from either end, but not from both. */
export function readTwoWayPageSize({ first = null, last = null }: TwoWayPageArguments, byDefault: number): PageSize {
  if (last === null) return { end: 'FIRST', size: readPageSize(first, byDefault) };
  if (first !== null) throw new InvalidArgumentError('last', last, `first is ${first}: a page is taken from one end, so only one of the two can be given`);
  return { end: 'LAST', size: readPageSize(last, byDefault, 'last') };
}

/** A cursor is the key of a node. */
export function writeCursor(kind: string, key: readonly (string | number)[]): string {
  return writeCursorText([kind, ...key]);
}

/** The key in a cursor; null where there is none, refused where it is not a cursor of this kind. */
export function readCursor<K extends readonly unknown[]>(
  kind: string,
  cursor: string | null | undefined,
  isKey: (key: readonly unknown[]) => key is K,
  field = 'after',
): K | null {
  if (cursor === null || cursor === undefined) return null;
  const [found, ...key] = readCursorText(cursor);
  if (found !== kind || !isKey(key)) throw new InvalidArgumentError(field, cursor, 'it must be a cursor that this connection gave');
  return key;
}

function isText(key: readonly unknown[]): key is readonly [string] {
  return key.length === 1 && typeof key[0] === 'string';
}

function firstAfter(rows: readonly { readonly id: string }[], id: string): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.id ?? '') <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}
