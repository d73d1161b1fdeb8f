import type { RejectReader } from '../../db/rejected-reading.ts';
import { findSourceDefinition } from '../find-source-definition.ts';
import type { InputFormat } from '../open-input.ts';
import { prepareSource } from '../prepare-source.ts';
import type { ReadOptions } from '../read/reader.ts';
import type { SourceDefinition } from '../source-definition.ts';
import type { RunContext } from './connector.ts';

/** How the bytes of a job's source become records. */
export interface ReadMapping {
  /** null: it has a canonical form. */
  readonly definition: SourceDefinition | null;
  /** null: by the name, the type or the first character. */
  readonly format: 'csv' | 'ndjson' | 'json' | null;
  readonly options: ReadOptions;
  /** Whether the name of a file says of which sensors its readings are. */
  readonly readsName: boolean;
  readerOf(format: InputFormat): RejectReader;
}

/** Finds the source definition of a job, if it has one, and saves its catalogue; a dry run saves none. */
export async function readMapping({ job, store, claim, sourcesFolder }: Pick<RunContext, 'job' | 'store' | 'claim' | 'sourcesFolder'>): Promise<ReadMapping> {
  const { source, format, timezone, register } = job.mapping;
  const definition = source === null ? null : await findSourceDefinition(source, sourcesFolder);
  if (definition !== null && claim !== null) await prepareSource(store, definition);
  const { metrics } = await store.catalogue.current(store.writePool);
  const zone = timezone === null ? {} : { timezone };
  return {
    definition,
    format,
    options: { knownMetrics: new Set(metrics.keys()), ...zone },
    readsName: definition?.readings.some((group) => group.file !== undefined) === true,
    readerOf: (found) => ({
      format: found.kind,
      register,
      ...zone,
      ...(found.kind === 'source' ? { definition: found.definition.name } : {}),
      ...(found.kind === 'source' && found.fileName !== undefined ? { fileName: found.fileName } : {}),
    }),
  };
}
