import { readFile, writeFile } from 'node:fs/promises';

const FILE = new URL('../RESULTS.md', import.meta.url);
const HEAD = `# Results

Written by \`bench/answers.ts\`; a run replaces the section of its storage engine. How it measures, and what it does not: README.md beside.
`;

/** Puts a section into bench/RESULTS.md, instead of the one that an earlier run for the same engine has left. */
export async function writeSection(engine: string, section: string): Promise<void> {
  const [begin, end] = [`<!-- answers ${engine} -->`, `<!-- end of answers ${engine} -->`];
  const before = await readFile(FILE, 'utf8').catch(() => HEAD);
  const at = before.indexOf(begin);
  const rest = at < 0 ? before : before.slice(0, at) + before.slice(before.indexOf(end) + end.length).trimStart();
  await writeFile(FILE, `${rest.trimEnd()}\n\n${begin}\n${section.trim()}\n${end}\n`);
}
