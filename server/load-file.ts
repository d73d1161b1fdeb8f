import type { Store } from '../db/store.ts';
import { ingest } from '../etl/ingest.ts';
import { type InputFormat, openFile } from '../etl/open-input.ts';
import type { IngestSummary } from '../etl/record.ts';

/** Who hears how the load of inputs goes. */
export interface InputReport {
  /** Whether it would rather hear of the files of the sample as of one input. */
  readonly prefersOne?: true;
  /** `size` in bytes; null where it is not known. */
  started(name: string, size: number | null): void;
  /** After every commit. */
  progressed(name: string, bytesRead: number, soFar: IngestSummary): void;
  finished(name: string, summary: IngestSummary, durationMs: number): void;
}

/** How a file is loaded. */
export interface LoadFileOptions {
  /** What the file is called in reports. */
  readonly name: string;
  readonly format?: InputFormat;
  readonly timezone?: string;
  readonly register: boolean;
  readonly batchSize: number;
  /** Ends the load; what is committed stays. */
  readonly signal: AbortSignal;
  readonly report: InputReport;
}

/** Loads one file, or standard input for `-`. */
export async function loadFile(store: Store, path: string, options: LoadFileOptions): Promise<IngestSummary> {
  const { name, format, timezone, register, batchSize, signal, report } = options;
  const startedAt = performance.now();
  const { metrics } = await store.catalogue.current(store.writePool);
  const input = await openFile(path, {
    knownMetrics: new Set(metrics.keys()),
    ...(format === undefined ? {} : { format }),
    ...(timezone === undefined ? {} : { timezone }),
  });
  report.started(name, input.size);
  const summary = await ingest(store, untilAborted(input.records, signal), {
    register,
    batchSize,
    inParts: true,
    onBatch: (soFar) => report.progressed(name, input.bytesRead(), soFar),
  });
  report.finished(name, summary, performance.now() - startedAt);
  return summary;
}

/** The same, until it is aborted: also while a pipe is waited for. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orAborted(iterator.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    const ended = iterator.return?.();
    // After an abort it ends only when what it waits for comes.
    if (signal.aborted) ended?.catch(() => undefined);
    else await ended;
  }
}

/** No Promise.race with one promise for all chunks: it would keep every chunk for as long as that promise waits. */
function orAborted<T>(waited: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', onAbort);
    waited.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  });
}
