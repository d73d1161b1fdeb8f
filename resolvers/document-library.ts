import type { StoredDocumentRow } from '../db/stored-document.ts';

/** A variable of a document as clients see it. */
export interface DocumentVariable {
  readonly name: string;
  readonly type: string;
  readonly default: string | null;
  readonly required: boolean;
}

/** A query document that is known by a name, as clients see it. */
export interface DocumentView {
  readonly name: string;
  readonly text: string;
  readonly origin: 'DEPLOYMENT' | 'SAVED' | 'BUNDLED';
  readonly description: string | null;
  readonly variables: readonly DocumentVariable[];
  readonly columns: readonly string[];
  readonly problem: string | null;
  readonly savedAt: string | null;
}

/** The documents that were saved, by name: those of one catalogue. */
export type SavedDocuments = ReadonlyMap<string, StoredDocumentRow>;

/** The documents that are known by name, given by the server: resolvers know neither files nor the rules of exports. */
export interface DocumentLibrary {
  /** By name. */
  list(saved: SavedDocuments): readonly DocumentView[];
  find(name: string, saved: SavedDocuments): DocumentView | null;
  /** A saved document, also one that is saved no longer. */
  describe(saved: StoredDocumentRow): DocumentView;
  /** Throws InvalidArgumentError where a document cannot be saved by this name, or at all. */
  check(name: string, text: string): void;
}

/** For requests that cannot ask for documents. */
export const NO_LIBRARY: DocumentLibrary = { list: unknown, find: unknown, describe: unknown, check: unknown };

function unknown(): never {
  throw new Error('documents were asked for where there is no library of them');
}
