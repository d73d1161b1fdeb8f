import type { Logger } from 'pino';
import { coloured } from '../coloured.ts';
import { PECULIARITIES, type Peculiarity } from './reading-batch.ts';
import type { SentCounts } from './sink.ts';
import { isAsSent, type Verification } from './verify.ts';

/** Who is waited for. */
export type Awaited = 'gateway' | 'broker';

/** How a simulation came to its end. */
export interface Outcome {
  readonly durationMs: number;
  /** Whether all of the story was told. */
  readonly isComplete: boolean;
  /** How many readings were peculiar in each way. */
  readonly peculiar: Readonly<Record<Peculiarity, number>>;
}

/** Who hears how a simulation goes. Functions that may be handed on by themselves. */
export interface SimulationReport {
  /** `summary`: what begins, in one sentence. */
  readonly started: (summary: string, details: Readonly<Record<string, unknown>>) => void;
  /** After every batch. */
  readonly progressed: (soFar: SentCounts) => void;
  /** `who`: what is away, a gateway or a broker. */
  readonly waiting: (who: Awaited, reason: string, waitMs: number) => void;
  readonly rejected: (message: string) => void;
  readonly ended: (total: SentCounts, outcome: Outcome) => void;
  /** The gateway has not come as far as the truth yet. */
  readonly behind: (verification: Verification) => void;
  readonly verified: (verification: Verification, durationMs: number) => void;
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
    waiting: (who, reason, waitMs) => log.warn({ reason, waitMs: Math.round(waitMs) }, `${who} is away, trying again`),
    rejected: (reason) => log.warn({ reason }, 'readings rejected'),
    ended: (total, { durationMs, isComplete, peculiar }) =>
      log.info({ ...total, ...peculiar, durationMs: Math.round(durationMs), complete: isComplete }, 'simulated'),
    behind: (verification) => {
      if (isTime()) log.info(verification, 'gateway is behind');
    },
    verified: (verification, durationMs) => {
      const line = { ...verification, durationMs: Math.round(durationMs) };
      if (isAsSent(verification)) log.info(line, 'verified');
      else log.error(line, 'verified');
    },
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
    waiting: (who, reason, waitMs) => {
      stream.write(`${CLEAR_LINE}${coloured('yellow', `the ${who} is away`, stream)} (${reason}): trying again in ${(waitMs / 1000).toFixed(1)} s`);
    },
    rejected: (message) => {
      if (message !== lastRejection) say(coloured('yellow', `rejected as ${message}`, stream));
      lastRejection = message;
    },
    ended: (total, { durationMs, isComplete, peculiar }) => {
      say(`${sentence(total, stream)} (${(durationMs / 1000).toFixed(0)} s)${isComplete ? '' : '; ended before the end of the story'}`);
      const parts = PECULIARITIES.filter((name) => peculiar[name] > 0).map((name) => `${figure(peculiar[name])} ${WORDS[name]}`);
      if (parts.length > 0) say(`among them ${parts.join(', ')}`);
    },
    behind: (verification) => {
      if (isTime()) stream.write(`${CLEAR_LINE}the gateway is behind: ${differences(verification)}`);
    },
    verified: (verification, durationMs) => {
      const { expected, found, uncertain, examples } = verification;
      const isGood = isAsSent(verification);
      say(
        `${coloured(isGood ? 'green' : 'red', isGood ? 'as sent' : 'not as sent', stream)}: ${figure(found)} of ${figure(expected)} readings found, ${differences(verification)} (${(durationMs / 1000).toFixed(0)} s)`,
      );
      if (uncertain > 0) say(`${figure(uncertain)} were under way at an end of the simulator: whether they are there is not asked`);
      for (const example of examples) say(`  ${example}`);
    },
  };
}

const WORDS: Readonly<Record<Peculiarity, string>> = {
  refused: 'to be refused',
  late: 'late',
  again: 'for the second time',
  correction: 'corrections',
  stuck: 'stuck',
  spike: 'spikes',
};

function differences({ lost, doubled, wrong, unexpected, miscounted }: Verification): string {
  const parts = [`${figure(lost)} lost`, `${figure(doubled)} doubled`, `${figure(wrong)} wrong`, `${figure(unexpected)} unexpected`];
  return (miscounted > 0 ? [...parts, `${figure(miscounted)} series miscounted`] : parts).join(', ');
}

function sentence({ sent, loaded, known, rejected, breaches }: SentCounts, stream: NodeJS.WriteStream): string {
  // A broker or a file does not say what became of them.
  if (loaded + known + rejected === 0) return `${figure(sent)} readings sent`;
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
