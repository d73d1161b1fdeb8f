import type { Instant } from '../../db/time/instant.ts';

/** A place of the oracle's world. */
export interface OracleLocation {
  readonly id: string;
  readonly factory: string;
  readonly building: string | null;
  readonly floor: number | null;
  readonly area: string | null;
  readonly timezone: string;
}

/** A device and its places by time; the first covers all earlier readings. Without a place it was never placed. */
export interface OracleSensor {
  readonly id: string;
  readonly placements: readonly { readonly since: Instant; readonly location: string }[];
}

export type OracleGrouping = 'ALL' | 'FACTORY' | 'BUILDING' | 'FLOOR' | 'AREA' | 'LOCATION' | 'SENSOR';

/** The part of a LocationFilter that the oracle knows. */
export interface OracleFilter {
  readonly ids?: readonly string[];
  readonly factories?: readonly string[];
  readonly buildings?: readonly string[];
  readonly floors?: readonly number[];
  readonly areas?: readonly string[];
}

/** A length of time in the three kinds that cannot be turned into one another. */
export interface OracleDuration {
  readonly months: number;
  readonly days: number;
  readonly micros: number;
}

/** Half-open, as everywhere. */
export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** Which readings are asked about, and what makes a group of them. */
export interface OracleScope extends Span {
  readonly metrics: readonly string[];
  readonly by: OracleGrouping;
  readonly where: OracleFilter | null;
  readonly sensors: readonly string[] | null;
}

/** A question for buckets, as the oracle computes it. */
export interface OracleQuestion extends OracleScope {
  readonly bucket: OracleDuration;
  readonly timezone: string;
}

/** The readings of one sensor and metric by time. */
export interface TimedValues {
  readonly times: readonly Instant[];
  readonly values: readonly number[];
}

/** Places, devices and readings, as they are when a question is asked. */
export interface OracleRecord {
  readonly locations: ReadonlyMap<string, OracleLocation>;
  readonly sensors: readonly OracleSensor[];
  readonly readingsOf: (sensor: string, metric: string) => TimedValues;
}
