import type { SeriesState } from './machine.ts';

/** Whether a series stands the same towards its thresholds. */
export function isSameState(a: SeriesState, b: SeriesState): boolean {
  return (
    a.length === b.length &&
    a.every(({ thresholdId, phase, since }, at) => {
      const other = b[at];
      return other !== undefined && thresholdId === other.thresholdId && phase === other.phase && since === other.since;
    })
  );
}
