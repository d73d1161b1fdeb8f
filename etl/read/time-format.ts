import type { LocalMicros } from '../../db/time/calendar.ts';
import { checkedLocal, fractionMicros } from './canonical-time.ts';

/** Reads what a clock showed; null: not written in the format. */
export type ReadLocalTime = (text: string) => LocalMicros | null;

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction';

/** How the parts of a time are written: the letter doubled is two digits, single one or two. `S` is all digits of the fraction of a second. */
const TOKENS: Readonly<Record<string, { readonly part: Part; readonly digits: string }>> = {
  yyyy: { part: 'year', digits: '(\\d{4})' },
  MM: { part: 'month', digits: '(\\d{2})' },
  M: { part: 'month', digits: '(\\d{1,2})' },
  dd: { part: 'day', digits: '(\\d{2})' },
  d: { part: 'day', digits: '(\\d{1,2})' },
  HH: { part: 'hour', digits: '(\\d{2})' },
  H: { part: 'hour', digits: '(\\d{1,2})' },
  mm: { part: 'minute', digits: '(\\d{2})' },
  m: { part: 'minute', digits: '(\\d{1,2})' },
  ss: { part: 'second', digits: '(\\d{2})' },
  s: { part: 'second', digits: '(\\d{1,2})' },
  S: { part: 'fraction', digits: '(\\d+)' },
};

/** A letter repeated, text in single quotes, or one other character. */
const PIECE = /([A-Za-z])\1*|'[^']+'|[^A-Za-z']/gy;

/**
 * A reader of times in a format such as `yyyy-MM-dd HH:mm:ss` or `yyyy M d H`; letters that mean themselves stand in single quotes.
 * Returns the reason as text where the format cannot be used.
 */
export function compileTimeFormat(format: string): ReadLocalTime | string {
  const parts: Part[] = [];
  let source = '';
  let length = 0;
  for (const [piece] of format.matchAll(PIECE)) {
    length += piece.length;
    const token = TOKENS[piece];
    if (token !== undefined) parts.push(token.part);
    else if (/^[A-Za-z]/.test(piece))
      return `${JSON.stringify(piece)} is no part of a time: known are ${Object.keys(TOKENS).join(', ')}, and letters in single quotes for themselves`;
    source += token?.digits ?? escaped(piece);
  }
  if (length !== format.length) return 'a single quote is opened and never closed';
  const missing = (['year', 'month', 'day'] as const).find((part) => !parts.includes(part));
  if (missing !== undefined) return `the ${missing} is missing`;
  if (new Set(parts).size !== parts.length) return 'a part of the time stands there twice';
  return readerOf(new RegExp(`^${source}$`), parts);
}

function escaped(piece: string): string {
  const literal = piece.startsWith("'") ? piece.slice(1, -1) : piece;
  return literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** By number, as named groups take twice the time, and every row of a source passes here. */
function readerOf(pattern: RegExp, parts: readonly Part[]): ReadLocalTime {
  const at = (part: Part) => (parts.includes(part) ? parts.indexOf(part) + 1 : -1);
  const [year, month, day, hour, minute, second, fraction] = [at('year'), at('month'), at('day'), at('hour'), at('minute'), at('second'), at('fraction')];
  return (text) => {
    const match = pattern.exec(text);
    if (match === null) return null;
    const number = (group: number) => Number(match[group] ?? 0);
    return checkedLocal(number(year), number(month), number(day), number(hour), number(minute), number(second), fractionMicros(match[fraction] ?? ''));
  };
}
