import { readdir, readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { z } from 'zod';
import { InvalidArgumentError } from '../db/errors.ts';
import { didYouMean } from '../db/nearest-name.ts';
import { fileProblem } from './file-problem.ts';
import { DEFINITION_KEYS, type SourceBody, sourceSchema } from './source-schema.ts';

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
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(label, text.slice(0, 40), `it is no YAML: ${firstLine(cause)}`, { cause });
  }
  const checked = sourceSchema.safeParse(document);
  if (checked.success) return { name: basename(label, extname(label)), ...checked.data };
  const [issue] = checked.error.issues;
  if (issue === undefined) throw checked.error;
  throw problemAt(label, document, issue);
}

/** What follows shows the place in the file, over several lines. */
function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/:?\n.*$/s, '');
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

/** Names the file, the place in it, the value there and the rule. */
function problemAt(label: string, document: unknown, issue: z.core.$ZodIssue): InvalidArgumentError {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  const rule =
    issue.code === 'unrecognized_keys'
      ? unknownKey(issue.keys[0] ?? '')
      : issue.message.replace(/^Invalid input(?:: )?/, '').replace(/^Invalid discriminator value\. Expected/, 'it must be one of');
  const place = path.reduce<string>((so, key) => (typeof key === 'number' ? `${so}[${key}]` : `${so}${so === '' ? '' : '.'}${String(key)}`), '');
  const value = path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), document);
  return new InvalidArgumentError(`${label}: ${place === '' ? 'the definition' : place}`, value ?? null, rule);
}
