import type { SourceDefinition } from './source-definition.ts';

/** One definition of the bundled sample and the files to read by it. */
export interface SampleInput {
  readonly definition: SourceDefinition;
  /** Absolute paths. */
  readonly files: readonly string[];
}

/** The bundled sample, in loading order. */
export async function sampleInputs(): Promise<readonly SampleInput[]> {
  return [];
}
