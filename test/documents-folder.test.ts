import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readDocuments } from '../server/export/read-documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'thermograph-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.skipIf(process.platform === 'win32')('waits for nothing in a folder of documents, whatever lies there', async () => {
  writeFileSync(join(folder, 'good.graphql'), '{ __typename }');
  symlinkSync(join(folder, 'good.graphql'), join(folder, 'linked.graphql'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling.graphql'));
  mkdirSync(join(folder, 'folder.graphql'));
  execFileSync('mkfifo', [join(folder, 'pipe.graphql')]);

  const { files, problem } = await readDocuments(folder);

  expect(problem).toBeNull();
  expect(files.map(({ name, text, problem: told }) => [name, text, told])).toEqual([
    ['dangling', null, 'there is no such file'],
    ['folder', null, 'it is a directory'],
    ['good', '{ __typename }', null],
    ['linked', '{ __typename }', null],
    ['pipe', null, 'it is no regular file'],
  ]);
});
