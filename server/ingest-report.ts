import { Presets, SingleBar } from 'cli-progress';
import type { Logger } from 'pino';
import type { IngestSummary, Rejection } from '../etl/record.ts';
import type { InputReport } from './load-file.ts';

/** A report of several inputs. */
export interface IngestReport extends InputReport {
  failed(name: string, message: string): void;
  /** After the last input. */
  ended(total: IngestCounts, inputs: number, failures: number): void;
}

/** The counts of an input, or of several. */
export type IngestCounts = Pick<IngestSummary, 'received' | 'loaded' | 'corrected' | 'unchanged' | 'derived' | 'rejectedCount'>;

const LOG_EVERY_MS = 5_000;
const EXAMPLES = 3;

/** Log lines: for servers, scripts and cron. */
export function createLogReport(log: Logger): IngestReport {
  let lastAt = 0;
  return {
    started: (input, size) => {
      lastAt = performance.now();
      log.info({ input, bytes: size }, 'load started');
    },
    progressed: (input, bytesRead, soFar) => {
      if (performance.now() - lastAt < LOG_EVERY_MS) return;
      lastAt = performance.now();
      log.info({ input, bytesRead, ...countsOf(soFar) }, 'loading');
    },
    finished: (input, summary, durationMs) => {
      const rejected = rejectionsByCode(summary.rejected);
      log.info({ input, ...countsOf(summary), durationMs: Math.round(durationMs), ...(rejected.length === 0 ? {} : { rejected }) }, 'loaded');
    },
    failed: (input, reason) => log.error({ input, reason }, 'load failed'),
    ended: (total, inputs, failures) => {
      if (inputs > 1) log.info({ inputs, failures, ...total }, 'loaded all');
    },
  };
}

/** A progress bar on a terminal, and sentences. */
export function createTerminalReport(stream: NodeJS.WriteStream): IngestReport {
  let bar: SingleBar | null = null;
  const say = (text: string) => {
    bar?.stop();
    bar = null;
    stream.write(`${text}\n`);
  };
  return {
    started: (name, size) => {
      // How far a pipe has come nobody knows.
      const format = size === null ? ' {name}: {received} readings' : ' {bar} {percentage}% {name}: {received} readings';
      bar = new SingleBar({ stream, format, clearOnComplete: true, hideCursor: true, stopOnComplete: false }, Presets.shades_grey);
      bar.start(size ?? 1, 0, { name, received: '0' });
    },
    progressed: (_name, bytesRead, soFar) => bar?.update(bytesRead, { received: figure(soFar.received) }),
    finished: (name, summary, durationMs) => {
      const lines = rejectionsByCode(summary.rejected).map(({ code, count, examples }) => `  ${figure(count)} ${code}, such as ${examples.join('; ')}`);
      const most = summary.rejectedCount > summary.rejected.length ? [`  (the first ${figure(summary.rejected.length)} of them)`] : [];
      say([`${name}: ${sentence(summary)} in ${(durationMs / 1000).toFixed(1)} s`, ...most, ...lines].join('\n'));
    },
    failed: (name, reason) => say(`${name}: failed: ${reason}`),
    ended: (total, inputs, failures) => {
      if (inputs > 1) say(`${figure(inputs)} inputs${failures > 0 ? `, ${figure(failures)} of them failed` : ''}: ${sentence(total)}`);
    },
  };
}

/** The counts alone. */
function countsOf({ received, loaded, corrected, unchanged, derived, rejectedCount }: IngestCounts): IngestCounts {
  return { received, loaded, corrected, unchanged, derived, rejectedCount };
}

function sentence({ received, loaded, corrected, unchanged, derived, rejectedCount }: IngestCounts): string {
  return `${figure(received)} readings received: ${figure(loaded)} loaded, ${figure(corrected)} corrected, ${figure(unchanged)} unchanged, ${figure(rejectedCount)} rejected; ${figure(derived)} derived`;
}

function rejectionsByCode(rejected: readonly Rejection[]): readonly { readonly code: string; readonly count: number; readonly examples: readonly string[] }[] {
  const byCode = new Map<string, Rejection[]>();
  for (const rejection of rejected) {
    const same = byCode.get(rejection.code);
    if (same === undefined) byCode.set(rejection.code, [rejection]);
    else same.push(rejection);
  }
  return [...byCode].map(([code, same]) => ({
    code,
    count: same.length,
    examples: same.slice(0, EXAMPLES).map(({ index, message }) => `record ${index}: ${message}`),
  }));
}

function figure(count: number): string {
  return count.toLocaleString('en');
}
