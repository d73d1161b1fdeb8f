import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { InvalidArgumentError } from '../../db/errors.ts';
import type { StoredDocumentRow } from '../../db/stored-document.ts';
import type { DocumentLibrary, DocumentView, SavedDocuments } from '../../resolvers/document-library.ts';
import type { Refusal } from '../limits.ts';
import { createPreparation, type PreparedDocument } from './prepare-document.ts';
import { type DocumentFile, readBundledDocuments, readDocuments } from './read-documents.ts';

/** A document with what is needed to export it; `prepared` null where the view's `problem` says why it cannot be. */
export interface LibraryEntry {
  readonly view: DocumentView;
  readonly prepared: PreparedDocument | null;
}

/** The library as exports use it. */
export interface ExportLibrary extends DocumentLibrary {
  entry(name: string, saved: SavedDocuments): LibraryEntry | null;
  /** Why the folder of the deployment could not be read; null where it could, or is not there. */
  readonly folderProblem: string | null;
  /** The names there are, sorted. */
  names(saved: SavedDocuments): readonly string[];
}

export interface LibraryOptions {
  readonly schema: GraphQLSchema;
  readonly refuse: (text: string) => Refusal | null;
  /** It need not exist. */
  readonly folder: string;
}

const NAME = /^[A-Za-z0-9][\w-]{0,99}$/;
const NAME_RULE = 'a document has a name of 1 to 100 letters, digits, dashes and underscores, the first a letter or a digit';

/** Reads the documents of the deployment and those that ship with the gateway. What is wrong with one is told in its place, and stops nobody. */
export async function createDocumentLibrary({ schema, refuse, folder }: LibraryOptions): Promise<ExportLibrary> {
  const prepare = createPreparation(schema, refuse);
  const toEntry = (name: string, text: string, rest: Pick<DocumentView, 'origin' | 'savedAt'>, problem: string | null): LibraryEntry => {
    const found = problem === null ? prepare(text) : { problem };
    const prepared = 'problem' in found ? null : found;
    const view = {
      name,
      text,
      ...rest,
      description: descriptionOf(text),
      variables: prepared?.variables ?? [],
      columns: prepared?.columns ?? [],
      problem: 'problem' in found ? found.problem : null,
    };
    return { view, prepared };
  };
  const ofFile = (origin: DocumentView['origin'], file: DocumentFile): readonly [string, LibraryEntry] => [
    file.name,
    toEntry(file.name, file.text ?? '', { origin, savedAt: null }, file.problem ?? (NAME.test(file.name) ? null : `${NAME_RULE}: rename the file`)),
  ];
  const ofRow = ({ name, text, savedAt }: StoredDocumentRow) => toEntry(name, text, { origin: 'SAVED', savedAt }, null);
  const own = await readDocuments(folder);
  const deployed = new Map(own.files.map((file) => ofFile('DEPLOYMENT', file)));
  const bundled = new Map((await readBundledDocuments()).map((file) => ofFile('BUNDLED', file)));

  const entry = (name: string, saved: SavedDocuments): LibraryEntry | null => {
    const row = saved.get(name);
    return deployed.get(name) ?? (row === undefined ? null : ofRow(row)) ?? bundled.get(name) ?? null;
  };
  const names = (saved: SavedDocuments) => [...new Set([...deployed.keys(), ...saved.keys(), ...bundled.keys()])].sort();
  return {
    entry,
    folderProblem: own.problem,
    names,
    list: (saved) => names(saved).flatMap((name) => entry(name, saved)?.view ?? []),
    find: (name, saved) => entry(name, saved)?.view ?? null,
    describe: (row) => ofRow(row).view,
    check(name, text) {
      if (!NAME.test(name)) throw new InvalidArgumentError('name', name, NAME_RULE);
      if (deployed.has(name)) throw new InvalidArgumentError('name', name, 'a file of the deployment has this name: change the file, or take another name');
      const found = prepare(text);
      if ('problem' in found) throw new InvalidArgumentError('text', excerpt(text), found.problem);
    },
  };
}

/** Logs what is wrong with documents of files, where anything is. */
export function logProblems(library: ExportLibrary, folder: string, log: Logger): void {
  if (library.folderProblem !== null) log.warn({ folder, problem: library.folderProblem }, 'folder of documents cannot be read');
  for (const { name, origin, problem } of library.list(new Map()))
    if (problem !== null) log.warn({ document: name, origin, problem }, 'document cannot be used');
}

/** The lines of comments at the top. */
function descriptionOf(text: string): string | null {
  const lines = /^\ufeff?\s*((?:#.*\r?\n\s*)+)/.exec(text)?.[1]?.split('\n') ?? [];
  const words = lines.map((line) => line.trim().replace(/^#+\s?/, '')).join('\n');
  return words.trim() === '' ? null : words.trim();
}

const LONGEST = 200;

function excerpt(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
