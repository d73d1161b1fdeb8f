import type { LocalMicros } from '../../db/time/calendar.ts';
import { MICROS_PER_HOUR } from '../../db/time/instant.ts';
import { checkedLocal, fractionMicros } from './canonical-time.ts';

/** Reads what a clock showed; null: not written in the format. */
export type ReadLocalTime = (text: string) => LocalMicros | null;

/** The greatest hour that a source writes. Where it is 24, 24:00 is the end of the day, as ISO 8601 has it, and nothing comes after it. */
export type LastHour = 23 | 24;

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction';

interface Token {
  readonly part: Part;
  /** How many digits there may be. */
  readonly least: number;
  readonly most: number;
}

/** How the parts of a time are written: the letter doubled is two digits, single one or two. `yy` is a year from 2000 on, `S` all digits of the fraction of a second. */
const TOKENS: Readonly<Record<string, Token>> = {
  yyyy: { part: 'year', least: 4, most: 4 },
  yy: { part: 'year', least: 2, most: 2 },
  MM: { part: 'month', least: 2, most: 2 },
  M: { part: 'month', least: 1, most: 2 },
  dd: { part: 'day', least: 2, most: 2 },
  d: { part: 'day', least: 1, most: 2 },
  HH: { part: 'hour', least: 2, most: 2 },
  H: { part: 'hour', least: 1, most: 2 },
  mm: { part: 'minute', least: 2, most: 2 },
  m: { part: 'minute', least: 1, most: 2 },
  ss: { part: 'second', least: 2, most: 2 },
  s: { part: 'second', least: 1, most: 2 },
  S: { part: 'fraction', least: 1, most: Number.POSITIVE_INFINITY },
};

/** A letter repeated, text in single quotes, or one other character. */
const PIECE = /([A-Za-z])\1*|'[^']+'|[^A-Za-z']/gy;

/**
 * A reader of times in a format such as `yyyy-MM-dd HH:mm:ss` or `yyyy M d H`; letters that mean themselves stand in single quotes.
 * Returns the reason as text where the format cannot be used.
 */
export function compileTimeFormat(format: string, lastHour: LastHour): ReadLocalTime | string {
  const pieces = piecesOf(format);
  if (pieces.join('').length !== format.length) return 'a single quote is opened and never closed';
  const unknown = pieces.find((piece) => /^[A-Za-z]/.test(piece) && TOKENS[piece] === undefined);
  if (unknown !== undefined)
    return `${JSON.stringify(unknown)} is no part of a time: known are ${Object.keys(TOKENS).join(', ')}, and letters in single quotes for themselves`;
  const parts = pieces.flatMap((piece) => TOKENS[piece]?.part ?? []);
  const missing = (['year', 'month', 'day'] as const).find((part) => !parts.includes(part));
  if (missing !== undefined) return `the ${missing} is missing`;
  if (new Set(parts).size !== parts.length) return 'a part of the time stands there twice';
  if (lastHour === 24 && !parts.includes('hour')) return 'the hour is missing, so that nothing could say 24:00';
  if (shapeOf(format).some((run) => typeof run !== 'string' && run.variable > 1))
    return 'parts of one or two digits stand side by side: where one ends and the next begins could not be told';
  const pattern = pieces.map((piece) => patternOf(piece)).join('');
  return readerOf(new RegExp(`^${pattern}$`), parts, pieces.includes('yy') ? 2000 : 0, lastHour);
}

/** The first two formats that one text could fit. Where there are none, a time is read in one way or not at all, whatever the order of the formats. */
export function findOverlap(formats: readonly string[]): readonly [string, string] | null {
  for (const [i, first] of formats.entries()) {
    const second = formats.slice(i + 1).find((other) => doOverlap(shapeOf(first), shapeOf(other)));
    if (second !== undefined) return [first, second];
  }
  return null;
}

/** Digits side by side: how many there may be, and how many of the parts in them have no fixed length. */
interface DigitRun {
  least: number;
  most: number;
  variable: number;
}

/** A format as what a text shows of it: runs of digits, and what stands between them. */
function shapeOf(format: string): readonly (string | DigitRun)[] {
  const shape: (string | DigitRun)[] = [];
  const add = (next: string | DigitRun) => {
    const last = shape.at(-1);
    if (typeof last === 'string' && typeof next === 'string') shape[shape.length - 1] = last + next;
    else if (typeof last === 'object' && typeof next === 'object') {
      last.least += next.least;
      last.most += next.most;
      last.variable += next.variable;
    } else shape.push(next);
  };
  for (const piece of piecesOf(format)) {
    const token = TOKENS[piece];
    if (token !== undefined) add({ least: token.least, most: token.most, variable: token.least === token.most ? 0 : 1 });
    else for (const character of literalOf(piece)) add(/\d/.test(character) ? { least: 1, most: 1, variable: 0 } : character);
  }
  return shape;
}

function doOverlap(a: readonly (string | DigitRun)[], b: readonly (string | DigitRun)[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((one, i) => {
    const other = b[i];
    if (typeof one === 'string' || typeof other !== 'object') return one === other;
    return one.least <= other.most && other.least <= one.most;
  });
}

function piecesOf(format: string): readonly string[] {
  return [...format.matchAll(PIECE)].map(([piece]) => piece);
}

function literalOf(piece: string): string {
  return piece.startsWith("'") ? piece.slice(1, -1) : piece;
}

function patternOf(piece: string): string {
  const token = TOKENS[piece];
  if (token === undefined) return literalOf(piece).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return `(\\d{${token.least},${Number.isFinite(token.most) ? token.most : ''}})`;
}

/** By number, as named groups take twice the time, and every row of a source passes here. */
function readerOf(pattern: RegExp, parts: readonly Part[], firstYear: number, lastHour: LastHour): ReadLocalTime {
  const at = (part: Part) => (parts.includes(part) ? parts.indexOf(part) + 1 : -1);
  const [yearAt, monthAt, dayAt, hourAt, minuteAt, secondAt, fractionAt] = [
    at('year'),
    at('month'),
    at('day'),
    at('hour'),
    at('minute'),
    at('second'),
    at('fraction'),
  ];
  return (text) => {
    const match = pattern.exec(text);
    if (match === null) return null;
    const number = (group: number) => Number(match[group] ?? 0);
    const year = firstYear + number(yearAt);
    const month = number(monthAt);
    const day = number(dayAt);
    const hour = number(hourAt);
    const minute = number(minuteAt);
    const second = number(secondAt);
    const micros = fractionMicros(match[fractionAt] ?? '');
    if (hour !== 24) return checkedLocal(year, month, day, hour, minute, second, micros);
    if (lastHour !== 24 || minute + second + micros > 0) return null;
    const hourBefore = checkedLocal(year, month, day, 23, 0, 0, 0);
    return hourBefore === null ? null : hourBefore + MICROS_PER_HOUR;
  };
}
