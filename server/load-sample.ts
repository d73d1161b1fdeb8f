import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { beginSampleLoad, finishSampleLoad } from '../db/sample-load.ts';
import type { Store } from '../db/store.ts';
import { prepareSource } from '../etl/prepare-source.ts';
import { sampleInputs } from '../etl/sample-inputs.ts';
import { type InputReport, loadFile } from './load-file.ts';
import { createOneInputReport } from './one-input-report.ts';

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
  const inputs = await sampleInputs();
  const whole = report.prefersOne === true ? createOneInputReport(report, 'the bundled sample', await sizeOf(inputs.flatMap(({ files }) => files))) : null;
  for (const { definition, files } of inputs) {
    await prepareSource(store, definition);
    for (const path of files) {
      const format = { kind: 'source', definition } as const;
      await loadFile(store, path, { name: `sample ${basename(path)}`, format, register: false, batchSize, signal, report: whole ?? report });
    }
  }
  whole?.end();
}

async function sizeOf(paths: readonly string[]): Promise<number> {
  const found = await Promise.all(paths.map((path) => stat(path)));
  return found.reduce((total, { size }) => total + size, 0);
}
