import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Where the embedded server says what it does. A pino logger is one. */
export interface ServerLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The newest lines that the server wrote: what an error shows when it does not start. */
export interface ServerLogTail {
  lines(): readonly string[];
  /** One of them contains the text. */
  says(text: string): boolean;
}

/** What PostgreSQL is told to put before each line: SQLSTATE and process. */
export const LOG_LINE_PREFIX = '%e [%p] ';

const LINE = /^(?<state>[0-9A-Z]{5}) \[(?<process>\d+)\] (?<severity>[A-Z]+)\d?: {2}(?<text>.*)$/;
const TAIL_LINES = 20;
const LINE_CHARACTERS = 1_000;
/** Said to whoever connects while the server starts or stops, or whom it cuts off in stopping: nothing is wrong. */
const EXPECTED_STATES = new Set(['57P01', '57P03']);

/** Passes what the server writes to `log`, each line at the level it deserves, and keeps the newest lines. Errors of statements go to who sent them, so they are not repeated here as warnings. */
export function readServerLog(stderr: Readable, log: ServerLog): ServerLogTail {
  const newest: string[] = [];
  const reader = createInterface({ input: stderr });
  reader.on('line', (whole) => {
    const line = whole.slice(0, LINE_CHARACTERS);
    forward(line, log);
    if (isExpected(line)) return;
    newest.push(line);
    if (newest.length > TAIL_LINES) newest.shift();
  });
  // The pipe ends with the server; an error in reading it says no more than that.
  reader.on('error', () => reader.close());
  return { lines: () => newest, says: (text) => newest.some((line) => line.includes(text)) };
}

function isExpected(line: string): boolean {
  return EXPECTED_STATES.has(LINE.exec(line)?.groups?.state ?? '');
}

function forward(line: string, log: ServerLog): void {
  const { state = '', process, severity = 'LOG', text = line } = LINE.exec(line)?.groups ?? {};
  const fields = { postgres: text, severity, ...(state === '' ? {} : { state, process: Number(process) }) };
  if (severity === 'PANIC') log.error(fields, 'embedded PostgreSQL');
  else if ((severity === 'FATAL' && !isExpected(line)) || severity === 'WARNING') log.warn(fields, 'embedded PostgreSQL');
  else log.debug(fields, 'embedded PostgreSQL');
}
