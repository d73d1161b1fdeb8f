import { zoneClock } from '../../db/time/zone-clock.ts';
import { isEpoch, type TimeRule } from '../source-schema.ts';
import { canonicalTime, inRange, type ReadTime, remembering } from './canonical-time.ts';
import { parseDecimal } from './decimal.ts';
import { compileTimeFormat } from './time-format.ts';

/** Reads the time of the rows of a source; several columns are given joined with a space. */
export function sourceTime(rule: TimeRule): ReadTime {
  if (rule.kind === 'counted') return (text) => (/^\d+$/.test(text) ? inRange(rule.start + (Number(text) - rule.first) * rule.stepMicros) : null);
  const { format, timezone } = rule;
  if (format === null) return canonicalTime(timezone ?? undefined);
  if (isEpoch(format)) return epochTime(format === 'epoch-seconds' ? 1_000_000 : 1000);
  return clockTime(format, timezone);
}

function epochTime(microsPerUnit: number): ReadTime {
  return (text) => {
    const units = parseDecimal(text);
    return Number.isNaN(units) ? null : inRange(Math.round(units * microsPerUnit));
  };
}

function clockTime(format: string, timezone: string | null): ReadTime {
  const readLocal = compileTimeFormat(format);
  // The definition was checked when it was loaded.
  if (typeof readLocal === 'string' || timezone === null) throw new Error(`time format ${format} was not checked`);
  const clock = zoneClock(timezone);
  return remembering((text) => {
    const local = readLocal(text);
    return local === null ? null : inRange(clock.toInstant(local));
  });
}
