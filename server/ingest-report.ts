import { Presets, SingleBar } from 'cli-progress';
import type { Logger } from 'pino';
import type { Rejection } from '../etl/record.ts';
import { coloured } from './coloured.ts';
import { countsOf, type IngestCounts } from './ingest-counts.ts';
import type { InputReport } from './load-file.ts';

/** A report of several inputs. */
export interface IngestReport extends InputReport {
  /** One that was started, or could not even be. */
  failed(name: string, message: string): void;
  /** After the last input. */
  ended(total: IngestCounts, inputs: number, failures: number): void;
  /** Nothing more will be reported, whatever has happened. */
  close(): void;
}

const LOG_EVERY_MS = 5_000;
const EXAMPLES = 3;
const BAR_SIZE = 24;
/** As much as the bar shows before the end. */
const ALMOST_ALL = 0.99;

/** A progress bar where somebody looks on, else log lines. */
export function createReport(stream: NodeJS.WriteStream, log: Logger): IngestReport {
  return stream.isTTY ? createTerminalReport(stream) : createLogReport(log);
}

/** Log lines: for servers, scripts and cron. */
function createLogReport(log: Logger): IngestReport {
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
    close: () => undefined,
  };
}

/** A progress bar on a terminal, and sentences. */
function createTerminalReport(stream: NodeJS.WriteStream): IngestReport {
  let bar: SingleBar | null = null;
  const close = () => {
    bar?.stop();
    bar = null;
  };
  const say = (text: string) => {
    close();
    stream.write(`${text}\n`);
  };
  return {
    prefersOne: true,
    started: (name, size) => {
      // How far a pipe has come nobody knows. The name last, because it is what may be cut off.
      const format = size === null ? ' {received} readings  {name}' : ' {bar} {percentage}%  {received} readings  {name}';
      // Neither the cursor nor the wrapping of lines is switched off: who ends the process at once would be left without.
      bar = new SingleBar({ stream, format, barsize: BAR_SIZE, clearOnComplete: true, hideCursor: false, linewrap: true }, Presets.shades_grey);
      bar.start(size ?? 1, 0, { name, received: '0' });
    },
    // What is read is not yet loaded: the last batches are still on their way.
    progressed: (_name, bytesRead, soFar) => bar?.update(Math.min(bytesRead, bar.getTotal() * ALMOST_ALL), { received: figure(soFar.received) }),
    finished: (name, summary, durationMs) => {
      const details = rejectionsByCode(summary.rejected).flatMap(({ code, count, examples }) => [
        coloured('yellow', `  ${figure(count)} rejected as ${code}`, stream),
        ...examples.map((example) => `    ${example}`),
      ]);
      const most = summary.rejectedCount > summary.rejected.length ? [`  of the first ${figure(summary.rejected.length)} rejected:`] : [];
      say([`${name}: ${sentence(summary, stream)} in ${(durationMs / 1000).toFixed(1)} s`, ...most, ...details].join('\n'));
    },
    failed: (name, reason) => say(`${coloured('red', 'failed', stream)}: ${reason.startsWith(name) ? reason : `${name}: ${reason}`}`),
    ended: (total, inputs, failures) => {
      if (inputs > 1)
        say(`${figure(inputs)} inputs: ${sentence(total, stream)}${failures > 0 ? `; ${coloured('red', `${figure(failures)} failed`, stream)}` : ''}`);
      if (total.rejectedCount > 0) say('What was rejected is kept whole, with the reason: ask the gateway for rejectedReadings.');
    },
    close,
  };
}

/** What there is something of, in one sentence. */
function sentence({ received, loaded, corrected, unchanged, derived, rejectedCount, breaches }: IngestCounts, stream: NodeJS.WriteStream): string {
  const parts = [
    loaded > 0 ? `${figure(loaded)} loaded` : '',
    corrected > 0 ? `${figure(corrected)} corrected` : '',
    unchanged > 0 ? `${figure(unchanged)} unchanged` : '',
    rejectedCount > 0 ? coloured('yellow', `${figure(rejectedCount)} rejected`, stream) : '',
    derived > 0 ? `${figure(derived)} more derived` : '',
    breaches > 0 ? `${figure(breaches)} ${breaches === 1 ? 'breach' : 'breaches'}` : '',
  ].filter((part) => part !== '');
  return received === 0 ? 'no readings' : `${figure(received)} readings: ${parts.join(', ')}`;
}

/** Of each code how many, and what is told of the first that were told something else each. */
function rejectionsByCode(rejected: readonly Rejection[]): readonly { readonly code: string; readonly count: number; readonly examples: readonly string[] }[] {
  const byCode = new Map<string, Rejection[]>();
  for (const rejection of rejected) {
    const same = byCode.get(rejection.code);
    if (same === undefined) byCode.set(rejection.code, [rejection]);
    else same.push(rejection);
  }
  return [...byCode].map(([code, same]) => {
    const first = new Map<string, Rejection>();
    for (const rejection of same) if (!first.has(rejection.message)) first.set(rejection.message, rejection);
    return { code, count: same.length, examples: [...first.values()].slice(0, EXAMPLES).map(({ index, message }) => `${place(index)}: ${message}`) };
  });
}

/** As people count. A header has the index -1. */
function place(index: number): string {
  return index < 0 ? 'header' : `record ${figure(index + 1)}`;
}

function figure(count: number): string {
  return count.toLocaleString('en');
}
