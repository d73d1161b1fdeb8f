import { coloured } from '../coloured.ts';
import type { CheckResult } from './check.ts';

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
const NAME_WIDTH = 15;

/** A check in one line. On a terminal in colour, where that is wanted, and with what to do on a line of its own. */
export function formatCheck(result: CheckResult, stream: NodeJS.WriteStream): string {
  const { name, status, found } = result;
  const head = `${coloured(COLOURS[status], status.padEnd(5), stream)} ${name.padEnd(NAME_WIDTH)} ${found}`;
  if (result.status === 'ok') return head;
  return `${head}${stream.isTTY ? `\n${' '.repeat(NAME_WIDTH + 7)}` : ' '}${coloured(COLOURS[status], '→', stream)} ${result.next}`;
}

/** The last line: how many checks came to what. */
export function formatVerdict(results: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  return `${results.length} checks: ${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`;
}
