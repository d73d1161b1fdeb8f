import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readServingSettings } from '../server/settings.ts';
import { codeRowsOf, readPage } from './support/markdown.ts';

/** The settings as the code declares them, with the default of those that have one. */
function declaredSettings(): Record<string, string> {
  const source = readFileSync(new URL('../server/settings.ts', import.meta.url), 'utf8');
  const names = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name = '']) => name);
  const defaults: Readonly<Record<string, unknown>> = { ...readServingSettings({}) };
  return Object.fromEntries(names.map((name) => [name, [defaults[name]].flat().join(',') || 'unset']));
}

it('lists every setting with its default in the README, and no other', () => {
  const documented = codeRowsOf(readPage('README.md')).map(({ code, cells: [, fallback = ''] }) => [code, fallback.replace(/^unset\b.*$/, 'unset')]);

  expect(Object.fromEntries(documented)).toEqual(declaredSettings());
  expect(documented.length).toBeGreaterThan(15);
});
