import type { Instant } from '../../db/time/instant.ts';
import type { OracleThreshold } from './oracle-status.ts';
import type { DrawnThreshold } from './oracle-thresholds.ts';

/** The versions of thresholds. */
export interface ThresholdHistory {
  readonly thresholds: () => readonly OracleThreshold[];
  readonly save: (threshold: DrawnThreshold, replaced: DrawnThreshold | null, at: Instant) => void;
}

interface Version {
  readonly drawn: DrawnThreshold;
  readonly from: Instant;
  to: Instant;
}

/** Keeps what each version said: the first one holds for all time, until another replaces it. */
export function createThresholdHistory(): ThresholdHistory {
  const versions: Version[] = [];
  let known: readonly OracleThreshold[] = [];
  return {
    thresholds: () => known,
    save: (drawn, replaced, at) => {
      const last = versions.findLast((version) => version.drawn === replaced);
      if (last !== undefined) last.to = at;
      versions.push({ drawn, from: last === undefined ? Number.NEGATIVE_INFINITY : at, to: Number.POSITIVE_INFINITY });
      known = versions.filter((version) => version.drawn.enabled).map(inForce);
    },
  };
}

/** In force where the version stands and its own window is. */
function inForce({ drawn, from, to }: Version): OracleThreshold {
  const { effectiveFrom, effectiveTo, enabled: _, ...said } = drawn;
  return { ...said, from: Math.max(from, effectiveFrom ?? from), to: Math.min(to, effectiveTo ?? to) };
}
