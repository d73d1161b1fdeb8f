import type { RejectionCode } from '../db/rejection-code.ts';
import type { Instant } from '../db/time/instant.ts';

/** One record of an input as read, before any check: one instant of one sensor, with one value (long) or several (wide). */
export interface RawRecord {
  /** Position in the input from 0; the header of a file does not count. */
  readonly index: number;
  readonly sensor: string;
  /** null: not a time by the rules of the source. */
  readonly time: Instant | null;
  readonly timeText: string;
  /** What a time is by the source definition of the input; only where `time` is null and there is one. */
  readonly timeRule?: string;
  /** The metrics of `values` and `texts`, at the same positions; wide files share one array for all records. */
  readonly metrics: readonly string[];
  /** undefined: nothing was measured. NaN: something was written, but it is not a finite number. */
  readonly values: readonly (number | undefined)[];
  /** The values as written, for the record of a rejection. */
  readonly texts: readonly string[];
}

/** A record that could not even be taken apart, or (index -1) a header that names a metric nobody knows. Counts as one reading. */
export interface RefusedRecord {
  readonly index: number;
  readonly code: RejectionCode;
  readonly message: string;
  /** The record, whole, as it was written. */
  readonly raw: string;
  /** The header that it stands below, where it cannot be read without; of one with index -1 it is `raw`. */
  readonly header?: string;
}

/** Why one reading was not loaded. */
export interface Rejection {
  readonly index: number;
  readonly code: RejectionCode;
  readonly message: string;
}

/** What came of an input, in readings: received = loaded + corrected + unchanged + rejectedCount. `derived` and `breaches` count apart. */
export interface IngestSummary {
  readonly received: number;
  readonly loaded: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly derived: number;
  /** The first 1,000, by index. */
  readonly rejected: readonly Rejection[];
  readonly rejectedCount: number;
  /** Breaches that were recorded with them. */
  readonly breaches: number;
}
