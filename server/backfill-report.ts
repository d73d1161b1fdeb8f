import { Presets, SingleBar } from 'cli-progress';
import type { Logger } from 'pino';
import type { WouldChange } from '../db/etl/would-change.ts';
import { coloured } from './coloured.ts';

/** A backfill as it stands. */
export interface BackfillState {
  readonly id: string;
  readonly jobId: string;
  readonly state: string;
  readonly dryRun: boolean;
  /** From 0 to 1. */
  readonly progress: number | null;
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly derived: number;
  readonly rejected: number;
  readonly breaches: number;
  readonly error: string | null;
  /** Of a dry run that has ended; through a gateway only its counts. */
  readonly wouldChange: (Pick<WouldChange, CountName> & Partial<WouldChange>) | null;
}

type CountName = 'received' | 'loaded' | 'corrected' | 'unchanged' | 'derived' | 'rejected' | 'breaches';
type Counts = Pick<BackfillState, CountName>;

/** Tells how a backfill goes. */
export interface BackfillReport {
  /** As often as there is something to see. */
  progressed(state: BackfillState): void;
  ended(state: BackfillState): void;
  /** It stops before its end; `advice` says how to go on. */
  interrupted(id: string, advice: string): void;
  close(): void;
}

const LOG_EVERY_MS = 5_000;
const BAR_SIZE = 24;
const SERIES_SHOWN = 10;

/** A progress bar where somebody looks on, else log lines. */
export function createBackfillReport(stream: NodeJS.WriteStream, log: Logger): BackfillReport {
  return stream.isTTY ? createTerminalReport(stream) : createLogReport(log);
}

function createLogReport(log: Logger): BackfillReport {
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    progressed: (state) => {
      if (performance.now() - lastAt < LOG_EVERY_MS) return;
      lastAt = performance.now();
      log.info({ ...nameOf(state), state: state.state, progress: state.progress, ...countsOf(state) }, 'backfill under way');
    },
    ended: (state) => {
      const { wouldChange } = state;
      if (state.state !== 'SUCCEEDED') log.error({ ...nameOf(state), state: state.state, reason: state.error, ...countsOf(state) }, 'backfill failed');
      else if (wouldChange === null) log.info({ ...nameOf(state), ...countsOf(state) }, 'backfill done');
      else log.info({ ...nameOf(state), wouldChange }, 'backfill would change');
    },
    interrupted: (id, advice) => log.warn({ run: id, advice }, 'backfill interrupted'),
    close: () => undefined,
  };
}

function createTerminalReport(stream: NodeJS.WriteStream): BackfillReport {
  let bar: SingleBar | null = null;
  const close = () => {
    bar?.stop();
    bar = null;
  };
  const say = (lines: readonly string[]) => {
    close();
    stream.write(`${lines.join('\n')}\n`);
  };
  return {
    progressed: (state) => {
      if (bar === null) {
        bar = new SingleBar(
          { stream, format: ' {bar} {percentage}%  {received} readings  {name}', barsize: BAR_SIZE, clearOnComplete: true, hideCursor: false, linewrap: true },
          Presets.shades_grey,
        );
        bar.start(1000, 0, { name: `${state.jobId}, run ${state.id}`, received: '0' });
      }
      bar.update(Math.floor((state.progress ?? 0) * 1000), { received: figure(state.received) });
    },
    ended: (state) => {
      const { wouldChange } = state;
      if (state.state !== 'SUCCEEDED') say([`${coloured('red', 'failed', stream)}: ${state.jobId}: ${sentence(state)}`]);
      else if (wouldChange === null) say([`${state.jobId}: ${sentence(state)}`]);
      else say([`${state.jobId} would change: ${sentence(wouldChange)}`, ...details(wouldChange)]);
    },
    interrupted: (id, advice) => say([`run ${id} is interrupted; ${advice}`]),
    close,
  };
}

function details({ exact, verdicts, alerts, series = [], seriesChanged = 0 }: NonNullable<BackfillState['wouldChange']>): readonly string[] {
  const lines: string[] = [];
  if (verdicts !== undefined && verdicts.changed > 0) lines.push(`  ${figure(verdicts.changed)} of the corrected would have another status`);
  if (alerts !== undefined) {
    const parts = ALERTS.flatMap(([name, words]) => (alerts[name] > 0 ? [`${figure(alerts[name])} ${words}`] : []));
    if (parts.length > 0) lines.push(`  alerts: ${parts.join(', ')}`);
  }
  for (const { sensor, metric, loaded, corrected, readingsBefore, readingsAfter, examples } of series.slice(0, SERIES_SHOWN)) {
    const [example] = examples;
    const shown = example === undefined ? '' : `, such as ${example.old} → ${example.new} at ${example.time}`;
    lines.push(
      `  ${sensor} ${metric}: ${figure(readingsBefore)} → ${figure(readingsAfter)} readings, ${figure(loaded)} new, ${figure(corrected)} corrected${shown}`,
    );
  }
  if (seriesChanged > SERIES_SHOWN) lines.push(`  and ${figure(seriesChanged - SERIES_SHOWN)} other series`);
  if (exact === false) lines.push('  The window was tried in parts: an alert that lasts over several is counted in each of them.');
  return lines;
}

const ALERTS = [
  ['opened', 'would open'],
  ['openedAndResolved', 'would open and be resolved'],
  ['resolved', 'would be resolved'],
  ['withdrawn', 'would be withdrawn'],
  ['changed', 'would change'],
] as const;

function sentence({ received, loaded, corrected, unchanged, derived, rejected, breaches }: Counts): string {
  const parts = [
    [loaded, 'loaded'],
    [corrected, 'corrected'],
    [unchanged, 'unchanged'],
    [rejected, 'rejected'],
    [derived, 'more derived'],
    [breaches, breaches === 1 ? 'breach' : 'breaches'],
  ] as const;
  const told = parts.flatMap(([count, words]) => (count > 0 ? [`${figure(count)} ${words}`] : []));
  return received === 0 ? 'no readings' : `${figure(received)} readings: ${told.join(', ')}`;
}

function nameOf({ id, jobId, dryRun }: BackfillState): object {
  return { run: id, job: jobId, ...(dryRun ? { dryRun } : {}) };
}

function countsOf({ received, loaded, corrected, unchanged, derived, rejected, breaches }: Counts): Counts {
  return { received, loaded, corrected, unchanged, derived, rejected, breaches };
}

function figure(count: number): string {
  return count.toLocaleString('en');
}
