import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { SourceOutcome } from './source-load.ts';

const SHARED = new URL('../../../shared/data/', import.meta.url);

/** Whether the real data sets are there. They are not part of the project: most of them have no licence. */
export const hasShared = existsSync(SHARED);
if (!hasShared) process.stderr.write('\n*** SKIPPED: the source definitions on their real files, for ../shared/data is not there ***\n\n');

/** The files of a data set, or those of them whose name ends so, sorted. */
export async function sharedFiles(folder: string, name = /\.(csv|txt)\.gz$|\.csv$/): Promise<string[]> {
  const entries = await readdir(new URL(folder, SHARED), { recursive: true });
  return entries
    .filter((entry) => name.test(entry))
    .map((entry) => fileURLToPath(new URL(`${folder}/${entry}`, SHARED)))
    .sort();
}

/** What docs/data-sets.md says of a data set. */
export interface PageRow {
  readonly source: string;
  readonly rows: number;
  readonly counts: Pick<SourceOutcome['summary'], 'received' | 'loaded' | 'corrected' | 'unchanged' | 'derived' | 'rejectedCount'>;
}

const ROW = /^\| `(?<source>[\w-]+)` \|(?<numbers>(?: [\d,]+ \|){7})/gm;

/** The rows of the table in docs/data-sets.md. */
export async function pageRows(): Promise<readonly PageRow[]> {
  const page = await readFile(new URL('../../docs/data-sets.md', import.meta.url), 'utf8');
  return [...page.matchAll(ROW)].map(({ groups }) => {
    const numbers = [...(groups?.numbers ?? '').matchAll(/[\d,]+/g)].map(([text]) => Number(text.replaceAll(',', '')));
    const [rows = 0, received = 0, loaded = 0, corrected = 0, unchanged = 0, derived = 0, rejectedCount = 0] = numbers;
    return { source: groups?.source ?? '', rows, counts: { received, loaded, corrected, unchanged, derived, rejectedCount } };
  });
}

/** What docs/data-sets.md says came of a data set. */
export async function pageCounts(source: string): Promise<PageRow['counts']> {
  const row = (await pageRows()).find((candidate) => candidate.source === source);
  if (row === undefined) throw new Error(`docs/data-sets.md has no row for ${source}`);
  return row.counts;
}
