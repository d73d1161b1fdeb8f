import { createHash } from 'node:crypto';
import { isRecord, type Parameters } from './graphql-parameters.ts';
import { HttpError } from './http-error.ts';
import type { Refusal } from './limits.ts';

/** What persisted documents are kept by. */
export interface PersistedDocumentsOptions {
  /** Only documents that it finds nothing against are kept. */
  readonly refuse: (document: string) => Refusal | null;
  /** Default 1,000. */
  readonly maxDocuments?: number;
  /** Of all documents together. Default 4 million: 8 MB at most. */
  readonly maxCharacters?: number;
}

/** Automatic persisted queries, version 1: a document that was sent with its hash once is known by the hash alone as long as it is among those used last. */
export interface PersistedDocuments {
  /** The parameters with their document, and without the extension that told its hash. Throws HttpError for an unknown or a wrong hash. */
  readonly resolve: (parameters: Parameters) => Parameters;
}

const MAX_DOCUMENTS = 1_000;
const MAX_CHARACTERS = 4_000_000;

const HASH = /^[0-9a-f]{64}$/;

/** The code by which clients know that they are to send the document too. */
export const NOT_FOUND_CODE = 'PERSISTED_QUERY_NOT_FOUND';

/** Keeps documents in memory: every instance asks anew, and who makes up new ones only makes older ones be asked for again. */
export function createPersistedDocuments({
  refuse,
  maxDocuments = MAX_DOCUMENTS,
  maxCharacters = MAX_CHARACTERS,
}: PersistedDocumentsOptions): PersistedDocuments {
  /** By hash, the one used last at the end. */
  const documents = new Map<string, string>();
  let characters = 0;

  const forget = (hash: string): void => {
    characters -= documents.get(hash)?.length ?? 0;
    documents.delete(hash);
  };
  const keep = (hash: string, document: string): void => {
    forget(hash);
    if (document.length > maxCharacters) return;
    documents.set(hash, document);
    characters += document.length;
    for (const oldest of documents.keys()) {
      if (documents.size <= maxDocuments && characters <= maxCharacters) break;
      forget(oldest);
    }
  };

  return {
    resolve(parameters) {
      const { extensions } = parameters;
      if (!isRecord(extensions) || (extensions.persistedQuery ?? null) === null) return parameters;
      const { persistedQuery, ...others } = extensions;
      const hash = readHash(persistedQuery);
      const sent = parameters.query;
      // What is no text is refused by whoever reads the document.
      if (typeof sent === 'string' && sent !== '') {
        if (createHash('sha256').update(sent).digest('hex') !== hash) throw new HttpError(400, 'BAD_REQUEST', 'provided sha does not match query');
        if (refuse(sent) === null) keep(hash, sent);
        return { ...parameters, extensions: others };
      }
      const known = documents.get(hash);
      if (known === undefined) throw new HttpError(400, NOT_FOUND_CODE, 'PersistedQueryNotFound');
      keep(hash, known);
      return { ...parameters, query: known, extensions: others };
    },
  };
}

function readHash(persistedQuery: unknown): string {
  if (!isRecord(persistedQuery) || persistedQuery.version !== 1) {
    throw new HttpError(400, 'BAD_REQUEST', 'extensions.persistedQuery is not {"version": 1, "sha256Hash": …}: only version 1 of persisted queries is known');
  }
  const { sha256Hash } = persistedQuery;
  const hash = typeof sha256Hash === 'string' ? sha256Hash.toLowerCase() : '';
  if (HASH.test(hash)) return hash;
  throw new HttpError(400, 'BAD_REQUEST', `extensions.persistedQuery.sha256Hash is ${JSON.stringify(sha256Hash)}, but a SHA-256 is 64 hexadecimal digits`);
}
