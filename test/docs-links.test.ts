import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { RunningCommand } from './support/command.ts';
import { listPages, type Page, ROOT, readPage } from './support/markdown.ts';

const running: RunningCommand[] = [];
afterAll(() => Promise.all(running.map((command) => command.end())));

const pages = listPages();
const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

/** What a page links to within the project: pictures too. */
function linksOf({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** Headings as GitHub names them. */
function anchorsOf({ text }: Page): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** Why a link leads nowhere; null where it leads somewhere. */
function brokenBecause(page: Page, link: string): string | null {
  const [file = '', anchor] = link.split('#', 2);
  const path = file === '' ? page.path : join(dirname(page.path), file);
  if (path.startsWith('..') || !existsSync(join(ROOT, path))) return 'there is no such file';
  if (anchor === undefined) return null;
  if (statSync(join(ROOT, path)).isDirectory() || !anchorsOf(readPage(path)).includes(anchor)) return 'there is no such heading';
  return null;
}

it('has no link to a file, a picture or a heading that is not there', () => {
  const broken = pages.flatMap((page) =>
    linksOf(page).flatMap((link) => {
      const why = brokenBecause(page, link);
      return why === null ? [] : [`${page.path}: ${link}: ${why}`];
    }),
  );

  expect(broken).toEqual([]);
});

it('has every folder on the map, and no other', () => {
  const rows = readPage('CONTRIBUTING.md').text.match(/^\| (`[a-z]+\/`(, )?)+ \|/gm) ?? [];
  const onMap = rows.flatMap((row) => [...row.matchAll(/`([a-z]+)\/`/g)].map(([, folder = '']) => folder));
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !/^\.|^(coverage|dist|node_modules|sources)$/.test(entry.name),
  );

  expect(onMap.sort()).toEqual(folders.map(({ name }) => name).sort());
});

it('names no script of npm that package.json does not have', () => {
  const unknown = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/npm run ([a-z][\w:-]*)/g)].flatMap(([, name = '']) => (scripts[name] === undefined ? [`${path}: npm run ${name}`] : [])),
  );

  expect(unknown).toEqual([]);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']));
});

it('names no command and no option of thermograph that its help does not have', async () => {
  const unknown: string[] = [];
  for (const [command, uses] of usesOfThermograph()) {
    const help = await helpOf(command);
    for (const { where, option } of uses) if (help === null || !help.includes(option)) unknown.push(`${where}: thermograph ${command} ${option}`);
  }

  expect(unknown).toEqual([]);
}, 120_000);

interface Use {
  readonly where: string;
  readonly option: string;
}

/** Commands as the pages write them, `thermograph <command> --option …`, in code or in a block. */
function usesOfThermograph(): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>();
  for (const { path, text } of pages) {
    for (const [whole, command = ''] of text.matchAll(/(?<=`|\$ |npx )thermograph ([a-z]+)\b[^`\n|]*/g)) {
      const options = [...whole.matchAll(/ (--[a-z-]+)/g)].map(([, option = '']) => ({ where: path, option }));
      uses.set(command, [...(uses.get(command) ?? []), { where: path, option: '' }, ...options]);
    }
  }
  return uses;
}

/** null where there is no such command: then the help is that of all. */
async function helpOf(command: string): Promise<string | null> {
  const help = new RunningCommand([command, '--help']);
  running.push(help);
  await help.exitCode();
  return help.output.includes(`Usage: thermograph ${command} `) ? help.output : null;
}
