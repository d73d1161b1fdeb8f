import type { Instant } from '../../db/time/instant.ts';
import { zoneClock } from '../../db/time/zone-clock.ts';
import { isEpoch, type TimeRule } from '../source-schema.ts';
import { canonicalTime, inRange, type ReadTime, remembering } from './canonical-time.ts';
import { parseDecimal } from './decimal.ts';
import { compileTimeFormat, type ReadLocalTime } from './time-format.ts';

/** Reads the time of the rows of a source; several columns are given joined with a space. */
export function sourceTime(rule: TimeRule): ReadTime {
  if (rule.kind === 'counted') return (text) => (/^\d+$/.test(text) ? inRange(rule.start + (Number(text) - rule.first) * rule.stepMicros) : null);
  const { formats, timezone, lastHour } = rule;
  const [first] = formats;
  if (first === undefined) return canonicalTime(timezone ?? undefined);
  if (isEpoch(first)) return epochTime(first === 'epoch-seconds' ? 1_000_000 : 1000);
  const readers = formats.map((format) => clockTime(compileTimeFormat(format, lastHour), timezone));
  const [only, ...others] = readers;
  return only !== undefined && others.length === 0 ? only : remembering((text) => firstFit(readers, text));
}

function epochTime(microsPerUnit: number): ReadTime {
  return (text) => {
    const units = parseDecimal(text);
    return Number.isNaN(units) ? null : inRange(Math.round(units * microsPerUnit));
  };
}

function clockTime(readLocal: ReadLocalTime | string, timezone: string | null): ReadTime {
  // The definition was checked when it was loaded.
  if (typeof readLocal === 'string' || timezone === null) throw new Error('the time format was not checked');
  const clock = zoneClock(timezone);
  return remembering((text) => {
    const local = readLocal(text);
    return local === null ? null : inRange(clock.toInstant(local));
  });
}

/** No text fits two formats, so their order does not matter. */
function firstFit(readers: readonly ReadTime[], text: string): Instant | null {
  for (const read of readers) {
    const instant = read(text);
    if (instant !== null) return instant;
  }
  return null;
}
