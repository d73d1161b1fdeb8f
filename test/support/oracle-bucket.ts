import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../db/time/instant.ts';
import { oracleBoundaries } from './oracle-time.ts';
import type { OracleDuration, Span } from './oracle-types.ts';
import type { Random } from './random.ts';

/** Every whole number of seconds that divides a day. */
const SECONDS = Array.from({ length: 43_200 }, (_, i) => i + 1).filter((seconds) => 86_400 % seconds === 0);
const CALENDAR: readonly OracleDuration[] = [
  ...[1, 2, 3, 7, 10, 14, 30, 100].map((count) => days(count)),
  ...[1, 2, 3, 6, 12, 24, 60, 120].map((count) => months(count)),
];
const BUCKETS: readonly OracleDuration[] = [...SECONDS.map((count) => exact(count * MICROS_PER_SECOND)), ...CALENDAR];

/** As documented: what is chosen where a question says how many points it wants. */
const ROUND: readonly OracleDuration[] = [
  ...[1, 2, 5, 10, 15, 30].map((count) => exact(count * MICROS_PER_SECOND)),
  ...[1, 2, 5, 10, 15, 30].map((count) => exact(count * MICROS_PER_MINUTE)),
  ...[1, 2, 3, 4, 6, 8, 12].map((count) => exact(count * MICROS_PER_HOUR)),
  ...[1, 2, 7].map((count) => days(count)),
  ...[1, 3, 6, 12, 24, 60, 120].map((count) => months(count)),
];

/** One that gives at most so many buckets of a range, or about: those that divide no hour are there as well. */
export function drawBucket(random: Random, { from, to }: Span, most: number): OracleDuration {
  const fitting = BUCKETS.filter((bucket) => (to - from) / lengthOf(bucket) <= most);
  // Of a short range any will do: those that are about as long come more often.
  const near = fitting.filter((bucket) => lengthOf(bucket) <= to - from);
  if (fitting.length === 0) return random.pick(CALENDAR.slice(-1));
  return random.pick(near.length > 0 && random.chance(0.8) ? near : fitting);
}

/** The first round bucket that gives at most so many of a range, and is no shorter than the shortest that is allowed; null where none does. */
export function roundBucket(span: Span, zone: string, most: number, shortest: OracleDuration | null): OracleDuration | null {
  const fits = (bucket: OracleDuration) => {
    const estimate = (span.to - span.from) / lengthOf(bucket);
    return estimate <= 2 * most + 10 && oracleBoundaries(bucket, zone, span).length - 1 <= most;
  };
  if (shortest !== null && fits(shortest)) return shortest;
  const least = shortest === null ? 0 : lengthOf(shortest);
  return ROUND.find((bucket) => lengthOf(bucket) > least && fits(bucket)) ?? null;
}

/** As a request says it, one way or the other. */
export function sayDuration(random: Random, { months, days, micros }: OracleDuration): string {
  const seconds = micros / MICROS_PER_SECOND;
  const ways = [
    ...(days + micros === 0 ? waysOf(months, [1, 'mo', 'P', 'M'], [12, 'y', 'P', 'Y']) : []),
    ...(months + micros === 0 ? waysOf(days, [1, 'd', 'P', 'D'], [7, 'w', 'P', 'W'], [1 / 24, 'h', 'PT', 'H']) : []),
    ...(months + days === 0 ? waysOf(seconds, [1, 's', 'PT', 'S'], [60, 'm', 'PT', 'M'], [3600, 'h', 'PT', 'H']) : []),
  ];
  return ways.length > 0 ? random.pick(ways) : `P${months}M${days}DT${seconds}S`;
}

/** In every unit of which it is a whole number, short and by ISO 8601. */
function waysOf(count: number, ...units: readonly (readonly [number, string, string, string])[]): string[] {
  return units
    .filter(([length]) => count !== 0 && Number.isInteger(count / length))
    .flatMap(([length, unit, prefix, letter]) => [`${count / length}${unit}`, `${prefix}${count / length}${letter}`]);
}

/** About, for those whose days and months differ. */
function lengthOf({ months, days, micros }: OracleDuration): number {
  return months * 30.4 * MICROS_PER_DAY + days * MICROS_PER_DAY + micros;
}

export function exact(micros: number): OracleDuration {
  return { months: 0, days: 0, micros };
}

export function days(count: number): OracleDuration {
  return { months: 0, days: count, micros: 0 };
}

export function months(count: number): OracleDuration {
  return { months: count, days: 0, micros: 0 };
}
