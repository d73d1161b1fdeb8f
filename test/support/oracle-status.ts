import type { Instant } from '../../db/time/instant.ts';
import type { OracleKey } from './oracle-groups.ts';

export type OracleStatus = 'NORMAL' | 'NO_DATA' | 'WARNING' | 'CRITICAL';
export type OracleLevel = 'WARNING' | 'CRITICAL';

/** A version of a threshold: in force at from ≤ t < to. */
export interface OracleThreshold {
  readonly metric: string;
  readonly level: OracleLevel;
  /** null is unbounded; without both there is no band. */
  readonly min: number | null;
  readonly max: number | null;
  /** Fields that are left out match anything. */
  readonly scope: Partial<OracleKey>;
  /** In microseconds. */
  readonly noDataAfter: number | null;
  readonly from: Instant;
  readonly to: Instant;
}

const NARROWEST_FIRST = ['sensor', 'location', 'area', 'floor', 'building', 'factory'] as const satisfies readonly (keyof OracleKey)[];
const SEVEREST_FIRST = ['CRITICAL', 'WARNING', 'NO_DATA', 'NORMAL'] as const satisfies readonly OracleStatus[];

/** The thresholds of a metric whose scope holds a whole group. */
export function thresholdsFor(thresholds: readonly OracleThreshold[], metric: string, key: OracleKey): OracleThreshold[] {
  return thresholds.filter((threshold) => threshold.metric === metric && NARROWEST_FIRST.every((field) => holds(threshold.scope[field], key[field])));
}

/**
 * How a value stands that is `age` old, by the thresholds in force at an instant; without a value only its age is judged. null where none is in force, and
 * where there is no value and nobody minds the silence.
 */
export function statusOf(thresholds: readonly OracleThreshold[], at: Instant, value: number | null, age: number): OracleStatus | null {
  const deciding = decidingAt(thresholds, at);
  const found = new Set<OracleStatus>();
  for (const { level, min, max, noDataAfter } of deciding) {
    if (noDataAfter !== null && age > noDataAfter) found.add('NO_DATA');
    if (value === null) continue;
    found.add('NORMAL');
    const hasBand = min !== null || max !== null || noDataAfter === null;
    if (hasBand && (min === null || value >= min) && (max === null || value <= max)) found.add(level);
  }
  return SEVEREST_FIRST.find((status) => found.has(status)) ?? null;
}

/** The worse of two; null is no status. */
export function worseStatus(a: OracleStatus | null, b: OracleStatus | null): OracleStatus | null {
  return SEVEREST_FIRST.find((status) => status === a || status === b) ?? null;
}

/** For each level apart, those in force that are of the most specific scope. */
function decidingAt(thresholds: readonly OracleThreshold[], at: Instant): OracleThreshold[] {
  const inForce = thresholds.filter(({ from, to }) => from <= at && at < to);
  return (['WARNING', 'CRITICAL'] as const).flatMap((level) => {
    const ofLevel = inForce.filter((threshold) => threshold.level === level);
    const greatest = Math.max(...ofLevel.map(specificity));
    return ofLevel.filter((threshold) => specificity(threshold) === greatest);
  });
}

/** By the narrowest field that is set, then by how many are. */
function specificity({ scope }: OracleThreshold): number {
  const set = NARROWEST_FIRST.filter((field) => (scope[field] ?? null) !== null);
  const [narrowest] = set;
  return narrowest === undefined ? 0 : (NARROWEST_FIRST.length - NARROWEST_FIRST.indexOf(narrowest)) * 10 + set.length;
}

function holds<T>(wanted: T | null | undefined, value: T | null): boolean {
  return wanted === undefined || wanted === null || wanted === value;
}
