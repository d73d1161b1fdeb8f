import { basename } from 'node:path';
import { beginSampleLoad, finishSampleLoad } from '../db/sample-load.ts';
import type { Store } from '../db/store.ts';
import { sampleInputs } from '../etl/sample-inputs.ts';
import { saveSourceCatalogue } from '../etl/save-source-catalogue.ts';
import { type InputReport, loadFile } from './load-file.ts';

/** Fills an empty store with the bundled sample, or ends what an interrupted start began. Loading again what is there changes nothing. */
export async function fillEmptyStore(
  store: Store,
  options: { readonly batchSize: number; readonly signal: AbortSignal; readonly report: InputReport },
): Promise<void> {
  if (!(await beginSampleLoad(store.writePool))) return;
  await loadSample(store, options);
  await finishSampleLoad(store.writePool);
}

/** Loads the bundled sample, with its places, metrics and thresholds. */
export async function loadSample(
  store: Store,
  { batchSize, signal, report }: { readonly batchSize: number; readonly signal: AbortSignal; readonly report: InputReport },
): Promise<void> {
  for (const { definition, files } of await sampleInputs()) {
    if (definition.catalogue !== null) await saveSourceCatalogue(store, definition.catalogue);
    for (const path of files) {
      await loadFile(store, path, { name: `sample ${basename(path)}`, format: { kind: 'source', definition }, register: false, batchSize, signal, report });
    }
  }
}
