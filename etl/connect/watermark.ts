import { formatInstant, type Instant, MICROS_PER_MINUTE } from '../../db/time/instant.ts';
import { checkedLocal, fractionMicros } from '../read/canonical-time.ts';
import { ConnectError } from './connect-error.ts';
import type { Overlap } from './database-schema.ts';
import type { ColumnKind } from './text-rows.ts';

/** What a column may hold by which rows are told to be new. */
export type WatermarkKind = Extract<ColumnKind, 'instant' | 'local' | 'whole' | 'text'>;

const DEFAULT_TIME = 10 * MICROS_PER_MINUTE;
const DEFAULT_COUNT = 1000;

/** Refuses a column whose values cannot be compared to the last digit. */
export function watermarkKind(column: string, kind: ColumnKind): WatermarkKind {
  if (kind !== 'exact' && kind !== 'inexact') return kind;
  throw new ConnectError(
    `the incremental column ${JSON.stringify(column)} is ${kind === 'exact' ? 'a decimal number' : 'a floating point number'}: a watermark is a time, a whole number or a text; cast it in a query`,
  );
}

/** Whether `a` comes before `b`. Texts are in the order of the database alone, and rows come in it: whatever is another one comes later. */
export function isBefore(a: string, b: string, kind: WatermarkKind): boolean {
  if (kind === 'text') return a !== b;
  return kind === 'whole' ? BigInt(a) < BigInt(b) : microsOf(a) < microsOf(b);
}

/** From where a run reads so that rows are found that were committed after later ones had been read. */
export function beforeOverlap(watermark: string, kind: WatermarkKind, overlap: Overlap | null): string {
  if (kind === 'text') return refuseUnless(overlap === null || isNothing(overlap), 'a text', 'leave it out', watermark);
  if (kind === 'whole') {
    refuseUnless(overlap?.unit !== 'time', 'a whole number', 'give it as a number, such as 1000', watermark);
    return String(BigInt(watermark) - BigInt(overlap?.unit === 'count' ? overlap.count : DEFAULT_COUNT));
  }
  refuseUnless(overlap?.unit !== 'count', 'a time', 'give it as a duration, such as 10m', watermark);
  return timeText(microsOf(watermark) - (overlap?.unit === 'time' ? overlap.micros : DEFAULT_TIME));
}

function isNothing(overlap: Overlap): boolean {
  return (overlap.unit === 'time' ? overlap.micros : overlap.count) === 0;
}

function refuseUnless(fits: boolean, what: string, cure: string, watermark: string): string {
  if (fits) return watermark;
  throw new ConnectError(`the incremental column is ${what}, and its overlap is not: ${cure}`);
}

/** A time as every database reads it: without an offset, which is UTC where the column has one. */
export function timeText(micros: Instant): string {
  return formatInstant(micros).slice(0, -1);
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|[+-]00(?::?00)?)?)?$/;

/** What a clock or UTC showed, as microseconds since 1970 on it. */
function microsOf(text: string): number {
  const match = TIME.exec(text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (match ?? []).slice(1, 7).map((digits) => Number(digits ?? 0));
  const micros = checkedLocal(year, month, day, hour, minute, second, fractionMicros(match?.[7] ?? ''));
  if (micros !== null) return micros;
  throw new ConnectError(`the incremental column has the value ${JSON.stringify(text)}, which is no time to go on from: leave such rows out by a query`);
}
