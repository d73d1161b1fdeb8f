import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadSourceDefinition, type SourceDefinition } from './source-definition.ts';

/** One definition of the bundled sample, and the files to read by it. */
export interface SampleInput {
  readonly definition: SourceDefinition;
  /** Absolute paths. */
  readonly files: readonly string[];
}

const SAMPLE = new URL('./sample/', import.meta.url);

/** Which definition reads which files: a bundled one by its name, or one beside the files. */
const CONTENT = [
  { source: 'beijing-air', files: /^PRSA_Data_/ },
  { source: fileURLToPath(new URL('machine-temperature.yaml', SAMPLE)), files: /^machine_temperature/ },
  { source: 'wsn-labelled', files: /^singlehop/ },
] as const;

/** The bundled sample, in loading order. */
export async function sampleInputs(): Promise<readonly SampleInput[]> {
  const names = (await readdir(SAMPLE)).filter((name) => name.endsWith('.csv.gz')).sort();
  return Promise.all(
    CONTENT.map(async ({ source, files }) => ({
      definition: await loadSourceDefinition(source),
      files: names.filter((name) => files.test(name)).map((name) => fileURLToPath(new URL(name, SAMPLE))),
    })),
  );
}
