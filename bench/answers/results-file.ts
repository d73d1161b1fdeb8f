import { readFile, writeFile } from 'node:fs/promises';

const FILE = new URL('../RESULTS.md', import.meta.url);
const HEAD = `# Results

Written by \`answers.ts\`, \`breaches.ts\`, \`scale.ts\`, \`shapes.ts\` and others of this folder; a run replaces its own section. How they measure, and what they do not: README.md beside.
`;

/** Puts a section into bench/RESULTS.md, in the place of the one of the same name that an earlier run has left, or at its end. */
export async function writeSection(name: string, section: string): Promise<void> {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const before = await readFile(FILE, 'utf8').catch(() => HEAD);
  const written = `${begin}\n${section.trim()}\n${end}`;
  const at = before.indexOf(begin);
  const now = at < 0 ? `${before.trimEnd()}\n\n${written}\n` : before.slice(0, at) + written + before.slice(before.indexOf(end) + end.length);
  await writeFile(FILE, now);
}
