import type { LocalMicros } from '../../db/time/calendar.ts';
import { checkedLocal, fractionMicros } from './canonical-time.ts';

/** Reads what a clock showed; null: not written in the format. */
export type ReadLocalTime = (text: string) => LocalMicros | null;

/** How the parts of a time are written: the letter doubled is two digits, single one or two. `S` is all digits of the fraction of a second. */
const TOKENS: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{2})',
  d: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  m: '(?<minute>\\d{1,2})',
  ss: '(?<second>\\d{2})',
  s: '(?<second>\\d{1,2})',
  S: '(?<fraction>\\d+)',
};

/** A letter repeated, text in single quotes, or one other character. */
const PIECE = /([A-Za-z])\1*|'[^']+'|[^A-Za-z']/gy;

/**
 * A reader of times in a format such as `yyyy-MM-dd HH:mm:ss` or `yyyy M d H`; letters that mean themselves stand in single quotes.
 * Returns the reason as text where the format cannot be used.
 */
export function compileTimeFormat(format: string): ReadLocalTime | string {
  const parts: string[] = [];
  let length = 0;
  for (const [piece] of format.matchAll(PIECE)) {
    length += piece.length;
    const part = partOf(piece);
    if (part === undefined)
      return `${JSON.stringify(piece)} is no part of a time: known are ${Object.keys(TOKENS).join(', ')}, and letters in single quotes for themselves`;
    parts.push(part);
  }
  if (length !== format.length) return 'a single quote is opened and never closed';
  const missing = ['year', 'month', 'day'].find((name) => !parts.some((part) => part.startsWith(`(?<${name}>`)));
  if (missing !== undefined) return `the ${missing} is missing`;
  const names = parts.filter((part) => part.startsWith('(?<'));
  if (new Set(names.map((part) => part.slice(0, 5))).size !== names.length) return 'a part of the time stands there twice';
  return readerOf(new RegExp(`^${parts.join('')}$`));
}

function partOf(piece: string): string | undefined {
  if (/^[A-Za-z]/.test(piece)) return TOKENS[piece];
  const literal = piece.startsWith("'") ? piece.slice(1, -1) : piece;
  return literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function readerOf(pattern: RegExp): ReadLocalTime {
  return (text) => {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) return null;
    const { year, month, day, hour = '0', minute = '0', second = '0', fraction = '' } = groups;
    return checkedLocal(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second), fractionMicros(fraction));
  };
}
