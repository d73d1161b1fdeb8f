import type { Logger } from 'pino';
import { coloured } from '../coloured.ts';
import type { SentCounts } from './gateway-sink.ts';

/** Who hears how a simulation goes. Functions that may be handed on by themselves. */
export interface SimulationReport {
  /** `summary`: what begins, in one sentence. */
  readonly started: (summary: string, details: Readonly<Record<string, unknown>>) => void;
  /** After every batch. */
  readonly progressed: (soFar: SentCounts) => void;
  readonly waiting: (reason: string, waitMs: number) => void;
  readonly rejected: (message: string) => void;
  readonly ended: (total: SentCounts, durationMs: number, isComplete: boolean) => void;
}

const EVERY_MS = 1_000;
const CLEAR_LINE = '\r\u001b[K';

/** One line that changes where somebody looks on, else a log line a second. */
export function createSimulationReport(stream: NodeJS.WriteStream, log: Logger): SimulationReport {
  return stream.isTTY ? createTerminalReport(stream) : createLogReport(log);
}

function createLogReport(log: Logger): SimulationReport {
  const isTime = everySecond();
  return {
    started: (_summary, details) => log.info(details, 'simulation started'),
    progressed: (soFar) => {
      if (isTime()) log.info(soFar, 'simulating');
    },
    waiting: (reason, waitMs) => log.warn({ reason, waitMs: Math.round(waitMs) }, 'gateway is away, trying again'),
    rejected: (reason) => log.warn({ reason }, 'readings rejected'),
    ended: (total, durationMs, isComplete) => log.info({ ...total, durationMs: Math.round(durationMs), complete: isComplete }, 'simulated'),
  };
}

function createTerminalReport(stream: NodeJS.WriteStream): SimulationReport {
  const isTime = everySecond();
  let lastRejection = '';
  const say = (text: string) => stream.write(`${CLEAR_LINE}${text}\n`);
  return {
    started: say,
    progressed: (soFar) => {
      if (isTime()) stream.write(`${CLEAR_LINE}${sentence(soFar, stream)}`);
    },
    waiting: (reason, waitMs) => {
      stream.write(`${CLEAR_LINE}${coloured('yellow', 'the gateway is away', stream)} (${reason}): trying again in ${(waitMs / 1000).toFixed(1)} s`);
    },
    rejected: (message) => {
      if (message !== lastRejection) say(coloured('yellow', `rejected as ${message}`, stream));
      lastRejection = message;
    },
    ended: (total, durationMs, isComplete) =>
      say(`${sentence(total, stream)} (${(durationMs / 1000).toFixed(0)} s)${isComplete ? '' : '; ended before the end of the story'}`),
  };
}

function sentence({ sent, loaded, known, rejected, breaches }: SentCounts, stream: NodeJS.WriteStream): string {
  const parts = [
    `${figure(sent)} readings sent`,
    `${figure(loaded)} loaded`,
    known > 0 ? `${figure(known)} there already` : '',
    rejected > 0 ? coloured('yellow', `${figure(rejected)} rejected`, stream) : '',
    breaches > 0 ? coloured('bold', `${figure(breaches)} ${breaches === 1 ? 'breach' : 'breaches'}`, stream) : 'no breach',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Whether a second has passed since it last was so; at once the first time. */
function everySecond(): () => boolean {
  let lastAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - lastAt < EVERY_MS) return false;
    lastAt = performance.now();
    return true;
  };
}

function figure(count: number): string {
  return count.toLocaleString('en');
}
