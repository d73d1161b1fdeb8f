import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { expect, it } from 'vitest';
import { codeRowsOf, ROOT, readPage } from './support/markdown.ts';

/** Folders whose errors no user meets. */
const OTHERS = ['bench', 'coverage', 'dist', 'docs', 'node_modules', 'scripts', 'test', 'web'];

/** Apollo's, for servers that know no persisted queries. */
const NEVER_ANSWERED: readonly string[] = [ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED];

/** Texts in the same letters that are no codes of errors: settings, a status, a file, a way to thin readings, what Node, its HTTP parser and MariaDB say. */
const NO_ERRORS = ['NO_DATA', 'PG_VERSION', 'MIN_MAX', 'TIMED_OUT'];
const NO_ERROR = /^(ER|ERR|HPE|EAI|SIG)_/;

/** Settings, and the variables of options, are texts in the same letters too. */
function variables(sources: readonly string[]): ReadonlySet<string> {
  const ofOptions = sources.flatMap((source) => [...source.matchAll(/variable: '(\w+)'/g)].map(([, name = '']) => name));
  return new Set([...codeRowsOf(readPage('README.md')).map(({ code }) => code), ...ofOptions]);
}

/** Every text of the product that looks like a code, and those that Apollo answers by itself. */
function codesInSource(): string[] {
  const product = readdirSync(ROOT, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !OTHERS.includes(entry.name),
  );
  const sources = product.flatMap(({ name: folder }) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.generated.ts'))
      .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
  );
  const texts = sources.flatMap((source) => [...source.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g)].map(([, text = '']) => text));
  const known = variables(sources);
  const codes = texts.filter((text) => !known.has(text) && !NO_ERRORS.includes(text) && !NO_ERROR.test(text));
  return [...new Set([...codes, ...Object.values(ApolloServerErrorCode)])].filter((code) => !NEVER_ANSWERED.includes(code)).sort();
}

it('explains every code of an error, and none that is no more', () => {
  const documented = codeRowsOf(readPage('docs/errors.md')).map(({ code }) => code);

  expect([...documented].sort()).toEqual(codesInSource());
});

it('gives each code a cause and what to do', () => {
  const poor = codeRowsOf(readPage('docs/errors.md')).filter(({ cells }) => cells.length !== 4 || cells.some((cell) => cell === ''));

  expect(poor).toEqual([]);
});
