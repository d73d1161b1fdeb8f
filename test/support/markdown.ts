import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A page of the documentation. */
export interface Page {
  /** From the root of the checkout. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Fence {
  /** The first word behind the fence. */
  readonly language: string;
  /** What else stands there. */
  readonly note: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

/** Where README.md lies. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Folders with pages of their own: the pages beside README.md, and all that docs/ and the sample say. */
const FOLDERS = ['.', 'docs', 'docs/adr', 'etl/sample', 'bench'];

/** Every page that is part of the project, by path. */
export function listPages(): readonly Page[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => readPage(join(folder, name))),
  );
}

/** One page by its path from the root. */
export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

/** The fenced blocks of a page in order. */
export function fencesOf({ path, text }: Page): readonly Fence[] {
  const fences: Fence[] = [];
  let open: { readonly language: string; readonly note: string; readonly line: number; readonly lines: string[] } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const [, info] = /^\s*```(.*)$/.exec(line) ?? [];
    if (info === undefined) open?.lines.push(line);
    else if (open === null) {
      const [language = '', ...note] = info.trim().split(/\s+/);
      open = { language, note: note.join(' '), line: index + 1, lines: [] };
    } else {
      fences.push({ language: open.language, note: open.note, line: open.line, text: `${open.lines.join('\n')}\n` });
      open = null;
    }
  }
  if (open !== null) throw new Error(`${path}:${open.line}: the fence is never closed`);
  return fences;
}

/** The cells of the rows of all tables of a page whose first cell is code, with that code. */
export function codeRowsOf({ text }: Page): readonly { readonly code: string; readonly cells: readonly string[] }[] {
  return text.split('\n').flatMap((line) => {
    const [, code] = /^\| `([^`]+)` \|/.exec(line) ?? [];
    if (code === undefined) return [];
    return [
      {
        code,
        cells: line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      },
    ];
  });
}
