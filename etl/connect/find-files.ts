import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { glob } from 'tinyglobby';
import { isCode } from '../../db/embedded/data-directory.ts';
import type { FilesSource } from './files-schema.ts';

/** A file that a job is to load. */
export interface FoundFile {
  readonly path: string;
  readonly size: number;
  /** Two looks at a file that have the same tag have seen the same content, unless it was written within the same instant of the file system's clock. */
  readonly tag: string;
  readonly changedAtMs: number;
}

/** Where the names that a pattern matches begin, and what they match from there; null: a path that is just a path. */
export interface PatternParts {
  readonly folder: string;
  readonly pattern: string | null;
}

/** What is being written: hidden files are left out as well. */
const UNFINISHED = ['**/*.tmp', '**/*.part', '**/*.partial', '**/*.filepart', '**/*.crdownload', '**/*~'];

const MAGIC = /[*?[\]{}()!+@]/;

/** Splits a pattern before the first part that matches more than one name. */
export function splitPattern(path: string): PatternParts {
  const parts = path.split('/');
  const first = parts.findIndex((part) => MAGIC.test(part));
  if (first === -1) return { folder: dirname(path), pattern: null };
  const root = path.startsWith('/') ? '/' : '.';
  return { folder: parts.slice(0, first).join('/') || root, pattern: parts.slice(first).join('/') };
}

/** The files that the source names, in the order of their paths; what is no file, or gone, is left out. */
export async function findFiles({ paths, ignore }: Pick<FilesSource, 'paths' | 'ignore'>): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const path of paths) {
    for (const name of await namesOf(path, ignore)) {
      const file = found.has(name) ? null : await lookAt(name);
      if (file !== null) found.set(name, file);
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The file at a path; null: none is there. */
export async function lookAt(path: string): Promise<FoundFile | null> {
  try {
    const found = await stat(path, { bigint: true });
    return found.isFile() ? fileOf(path, found) : null;
  } catch (cause) {
    if (isCode(cause, 'ENOENT', 'ENOTDIR')) return null;
    throw cause;
  }
}

/** What is known of a file by its entry in the file system. */
export function fileOf(path: string, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FoundFile {
  return {
    path,
    size: Number(size),
    tag: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
    changedAtMs: Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n),
  };
}

async function namesOf(path: string, ignore: readonly string[]): Promise<readonly string[]> {
  const { folder, pattern } = splitPattern(path);
  // A name may have brackets in it.
  if (pattern === null || (await lookAt(path)) !== null) return [path];
  const names = await glob(pattern, { cwd: folder, ignore: [...UNFINISHED, ...ignore], onlyFiles: true, dot: false, expandDirectories: false });
  return names.map((name) => join(folder, name));
}
