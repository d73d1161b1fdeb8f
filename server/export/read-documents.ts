import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isCode } from '../../db/embedded/data-directory.ts';
import { fileProblem, folderProblem } from '../../etl/file-problem.ts';

/** A file that is a query document, by its name without the ending. */
export interface DocumentFile {
  readonly name: string;
  readonly path: string;
  /** null where it could not be read: `problem` says why. */
  readonly text: string | null;
  readonly problem: string | null;
}

const ENDING = '.graphql';

/** They lie beside the code, in the source tree as in the built one. */
const BUNDLED = fileURLToPath(new URL('./documents/', import.meta.url));

/** The documents that ship with the gateway. */
export async function readBundledDocuments(): Promise<readonly DocumentFile[]> {
  return (await readDocuments(BUNDLED)).files;
}

/** The documents of a folder, which need not exist, by name; or why it cannot be read. */
export async function readDocuments(folder: string): Promise<{ readonly files: readonly DocumentFile[]; readonly problem: string | null }> {
  try {
    const names = (await readdir(folder)).filter((file) => file.endsWith(ENDING) && !file.startsWith('.')).sort();
    return { files: await Promise.all(names.map((file) => readDocument(folder, file))), problem: null };
  } catch (error) {
    return { files: [], problem: isCode(error, 'ENOENT') ? null : folderProblem(error) };
  }
}

async function readDocument(folder: string, file: string): Promise<DocumentFile> {
  const path = join(folder, file);
  const name = file.slice(0, -ENDING.length);
  try {
    const found = await stat(path);
    // Reading a named pipe would wait for somebody to write, and the gateway with it.
    if (!found.isFile() && !found.isDirectory()) return { name, path, text: null, problem: 'it is no regular file' };
    return { name, path, text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)), problem: null };
  } catch (error) {
    return { name, path, text: null, problem: error instanceof TypeError ? 'it is not UTF-8 text' : fileProblem(error) };
  }
}
