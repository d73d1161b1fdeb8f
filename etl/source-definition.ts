import { readdir, readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from '../db/errors.ts';
import { didYouMean } from '../db/nearest-name.ts';
import { fileProblem } from './file-problem.ts';
import { DEFINITION_KEYS, type SourceBody, sourceSchema } from './source-schema.ts';
import { parseYaml, problemAt } from './yaml-document.ts';

/** How the files of one source are read, and what they are about, as its YAML says. */
export type SourceDefinition = SourceBody & {
  /** Name of the YAML file without its ending. */
  readonly name: string;
};

const BUNDLED = new URL('./sources/', import.meta.url);

/** Reads and checks a definition: the name of a bundled one, or the path to a YAML file. */
export async function loadSourceDefinition(nameOrPath: string): Promise<SourceDefinition> {
  if (isDefinitionPath(nameOrPath)) return parseSourceDefinition(await readDefinition(nameOrPath, nameOrPath), nameOrPath);
  const names = await listSourceDefinitions();
  if (!names.includes(nameOrPath))
    throw new InvalidArgumentError(
      'source',
      nameOrPath,
      `bundled are ${names.join(', ')}; a definition of your own is given by the path to its YAML file${didYouMean(nameOrPath, names)}`,
    );
  const file = `${nameOrPath}.yaml`;
  return parseSourceDefinition(await readDefinition(fileURLToPath(new URL(file, BUNDLED)), nameOrPath), file);
}

/** Whether a definition is given by a path rather than by a name: whatever has a slash or ends in .yaml or .yml. */
export function isDefinitionPath(nameOrPath: string): boolean {
  return /[/\\]|\.ya?ml$/i.test(nameOrPath);
}

/** Names of the bundled definitions, sorted. */
export async function listSourceDefinitions(): Promise<readonly string[]> {
  const files = await readdir(BUNDLED);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/** A definition from its YAML text; `file` names it in errors. */
export function parseSourceDefinition(text: string, file: string): SourceDefinition {
  const label = basename(file);
  const document = parseYaml(text, label);
  const checked = sourceSchema.safeParse(document);
  if (checked.success) return { name: basename(label, extname(label)), ...checked.data };
  const [issue] = checked.error.issues;
  if (issue === undefined) throw checked.error;
  throw problemAt(label, document, issue, { whole: 'the definition', unknownKey });
}

async function readDefinition(path: string, given: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InvalidArgumentError('source', given, `the file cannot be read: ${fileProblem(cause)}`, { cause });
  }
}

function unknownKey(key: string): string {
  return `there is no such key here${DEFINITION_KEYS.has(key) ? '; it belongs to another part, or to another format' : didYouMean(key, DEFINITION_KEYS)}`;
}
