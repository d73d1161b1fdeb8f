import { type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';

/** Where log lines are written, and how. */
export interface LoggerOptions {
  readonly level: string;
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** One JSON line an event; readable lines where a person looks on. Times are RFC 3339, levels by name. */
export function createLogger({ level, stream = process.stdout }: LoggerOptions): Logger {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } };
  return stream.isTTY === true
    ? pino(
        options,
        pretty({
          destination: stream,
          colorize: pretty.isColorSupported,
          singleLine: true,
          translateTime: 'SYS:HH:MM:ss',
          // An address to be clicked on stands free of quotes.
          messageFormat: '{msg}{if url} {url}{end}',
          ignore: 'url',
          sync: true,
        }),
      )
    : pino(options, stream);
}
