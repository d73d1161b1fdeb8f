/** What began a run. */
export type RunKind = 'SCHEDULED' | 'MANUAL' | 'BACKFILL' | 'STREAM';
