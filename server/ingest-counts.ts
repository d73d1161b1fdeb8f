import type { IngestSummary } from '../etl/record.ts';

/** The counts of an input, or of several. */
export type IngestCounts = Pick<IngestSummary, 'received' | 'loaded' | 'corrected' | 'unchanged' | 'derived' | 'rejectedCount' | 'breaches'>;

/** The counts of no input. */
export const NO_COUNTS: IngestCounts = { received: 0, loaded: 0, corrected: 0, unchanged: 0, derived: 0, rejectedCount: 0, breaches: 0 };

/** The counts alone. */
export function countsOf({ received, loaded, corrected, unchanged, derived, rejectedCount, breaches }: IngestCounts): IngestCounts {
  return { received, loaded, corrected, unchanged, derived, rejectedCount, breaches };
}

/** The counts of both. */
export function addCounts(a: IngestCounts, b: IngestCounts): IngestCounts {
  return {
    received: a.received + b.received,
    loaded: a.loaded + b.loaded,
    corrected: a.corrected + b.corrected,
    unchanged: a.unchanged + b.unchanged,
    derived: a.derived + b.derived,
    rejectedCount: a.rejectedCount + b.rejectedCount,
    breaches: a.breaches + b.breaches,
  };
}
