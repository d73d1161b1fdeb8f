import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from '../db/embedded/data-directory.ts';
import { InvalidArgumentError } from '../db/errors.ts';
import { didYouMean } from '../db/nearest-name.ts';
import { folderProblem } from './file-problem.ts';
import { isDefinitionPath, listSourceDefinitions, loadSourceDefinition, type SourceDefinition } from './source-definition.ts';

const ENDING = /\.ya?ml$/i;

/**
 * The definition of that name: a bundled one, or one of one's own in `folder`, which need not exist. Looked for anew each time, so that one that was just
 * written can be used. Only names that the folder has are ever opened, so a name from a client leads nowhere else.
 */
export async function findSourceDefinition(name: string, folder: string): Promise<SourceDefinition> {
  const bundled = await listSourceDefinitions();
  const ownFiles = await listDefinitionFiles(folder);
  const files = ownFiles.filter((file) => nameOf(file) === name);
  const [file] = files;
  if (bundled.includes(name) ? file !== undefined : files.length > 1)
    throw new InvalidArgumentError(
      'source',
      name,
      `it could mean ${[...(bundled.includes(name) ? ['the bundled one'] : []), ...files].join(' or ')}: rename yours`,
    );
  if (file !== undefined) return loadSourceDefinition(join(folder, file));
  if (bundled.includes(name)) return loadSourceDefinition(name);
  throw unknownSource(name, bundled, ownFiles.map(nameOf));
}

function unknownSource(given: string, bundled: readonly string[], own: readonly string[]): InvalidArgumentError {
  const path = isDefinitionPath(given) ? 'it is a path, and a source is given by its name: ' : '';
  const ownOnes = own.length === 0 ? 'there is none of your own' : `your own are ${own.join(', ')}`;
  const meant = didYouMean(given.replace(/^.*[/\\]/s, '').replace(ENDING, ''), [...bundled, ...own]);
  return new InvalidArgumentError(
    'source',
    given,
    `${path}bundled are ${bundled.join(', ')}; ${ownOnes} in the folder that THERMOGRAPH_SOURCES names (default: sources), where x.yaml is the source x (thermograph ingest takes a path as well)${meant}`,
  );
}

async function listDefinitionFiles(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((file) => ENDING.test(file) && !file.startsWith('.')).sort();
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return [];
    throw new InvalidArgumentError('THERMOGRAPH_SOURCES', folder, `the folder cannot be read: ${folderProblem(cause)}`, { cause });
  }
}

function nameOf(file: string): string {
  return file.replace(ENDING, '');
}
