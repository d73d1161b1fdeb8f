import DataLoader from 'dataloader';
import { groupsInOrder } from './groups-in-order.ts';
import { createPage, type Page, type PageArguments, readCursor, readPageSize, writeCursor } from './page.ts';

/** How a connection below many parents is read. */
export interface NestedOptions<K, N, C extends readonly (string | number)[]> {
  /** Names its cursors. */
  readonly kind: string;
  readonly isKey: (key: readonly unknown[]) => key is C;
  readonly keyOf: (node: N) => C;
  readonly parentOf: (node: N) => K;
  /** What comes behind a key, in order: at most `limit` of each parent. */
  readonly select: (parents: readonly K[], after: C | null, limit: number) => Promise<readonly N[]>;
  /** Hears how many nodes are handed out. */
  readonly charge: (nodes: number) => void;
}

/** Pages of what parents have, by parent. */
export type NestedPages<K, N> = (parent: K, page: PageArguments) => Promise<Page<N>>;

/** Reads the pages of any number of parents with one statement: siblings ask for the same page, so there is a loader for each, and its key stays the parent. */
export function createNestedPages<K extends string | number, N, C extends readonly (string | number)[]>(options: NestedOptions<K, N, C>): NestedPages<K, N> {
  const { kind, isKey, keyOf, parentOf, select, charge } = options;
  const loaders = new Map<string, DataLoader<K, readonly N[]>>();
  const cursorOf = (node: N) => writeCursor(kind, keyOf(node));
  return async (parent, args) => {
    const first = readPageSize(args.first, 100);
    const after = readCursor(kind, args.after, isKey);
    const page = JSON.stringify([first, after]);
    const loader =
      loaders.get(page) ?? new DataLoader(async (parents: readonly K[]) => groupsInOrder(parents, await select(parents, after, first + 1), parentOf));
    loaders.set(page, loader);
    const found = await loader.load(parent);
    const nodes = found.slice(0, first);
    charge(nodes.length);
    return createPage(nodes, cursorOf, { hasNextPage: found.length > first, hasPreviousPage: after !== null });
  };
}
