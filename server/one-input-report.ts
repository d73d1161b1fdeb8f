import type { IngestSummary } from '../etl/record.ts';
import { addCounts, NO_COUNTS } from './ingest-counts.ts';
import type { InputReport } from './load-file.ts';

/** Reports several files as one input of `bytes` in all: `end` says what came of them together. */
export function createOneInputReport(report: InputReport, name: string, bytes: number): InputReport & { readonly end: () => void } {
  const startedAt = performance.now();
  let done: IngestSummary = { ...NO_COUNTS, rejected: [] };
  let bytesDone = 0;
  let size = 0;
  report.started(name, bytes);
  const withDone = (summary: IngestSummary): IngestSummary => ({ ...addCounts(done, summary), rejected: [...done.rejected, ...summary.rejected] });
  return {
    started: (_file, fileBytes) => {
      size = fileBytes ?? 0;
    },
    progressed: (_file, bytesRead, soFar) => report.progressed(name, bytesDone + bytesRead, withDone(soFar)),
    finished: (_file, summary) => {
      done = withDone(summary);
      bytesDone += size;
      report.progressed(name, bytesDone, done);
    },
    end: () => report.finished(name, done, performance.now() - startedAt),
  };
}
