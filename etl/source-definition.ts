import type { SourceCatalogue } from './source-catalogue.ts';

/** How the files of one source are read, as its YAML says. */
export interface SourceDefinition {
  /** Name of the YAML file without its ending. */
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  readonly catalogue: SourceCatalogue | null;
}

/** Reads and checks a definition: the name of a bundled one, or the path to a YAML file (recognised by a slash or the ending .yaml or .yml). */
export async function loadSourceDefinition(nameOrPath: string): Promise<SourceDefinition> {
  throw new Error(`not yet: ${nameOrPath}`);
}

/** Names of the bundled definitions, sorted. */
export async function listSourceDefinitions(): Promise<readonly string[]> {
  return [];
}
