import type { Summary } from './oracle-bins.ts';
import type { TimeInQuestion } from './oracle-held.ts';

export type OracleStatusOf = 'WORST' | 'MIN' | 'MAX' | 'AVG' | 'FIRST' | 'LAST';
export type OracleFill = 'NONE' | 'NULL' | 'PREVIOUS' | 'LINEAR';

/** A field of a point that is computed from readings. */
export type OracleMeasure =
  | { readonly kind: 'summary'; readonly field: Exclude<keyof Summary, 'count'> }
  | { readonly kind: 'percentile'; readonly p: number }
  | { readonly kind: 'timeWeightedAvg'; readonly maxGap: number }
  | ({ readonly kind: 'timeIn' } & TimeInQuestion)
  | { readonly kind: 'status'; readonly of: OracleStatusOf };

/** Measures by the name that they have in the answer. */
export type OracleMeasures = Readonly<Record<string, OracleMeasure>>;

/** A value of a point: a number, the name of a status, or nothing. */
export type OracleValue = number | string | null;

/** One bucket of a group. */
export interface OraclePoint {
  readonly index: number;
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly filled: boolean;
  readonly provisional: boolean;
  readonly values: Readonly<Record<string, OracleValue>>;
  /** Statuses that are as right: of a value that was computed and so, but for the last digit, stands at the edge of a band. */
  readonly alternatives: Readonly<Record<string, readonly OracleValue[]>>;
  /** The greatest value that has part in any of these, to which differences are compared. */
  readonly greatest: number;
  readonly compared: OraclePoint | null;
}
