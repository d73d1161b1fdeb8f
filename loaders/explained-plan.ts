/** How a question for aggregates was answered, as `extensions.explain` has it. */
export interface ExplainedPlan {
  readonly metrics: readonly string[];
  /** How many groups, and series of all groups together, were asked for. */
  readonly groups: number;
  readonly series: number;
  /** ISO 8601. */
  readonly bucket: string;
  readonly timezone: string;
  /** How many buckets were planned, empty ones too. */
  readonly buckets: number;
  /** Which relation answered which stretch of time. */
  readonly pieces: readonly { readonly source: string; readonly from: string; readonly to: string }[];
  /** Pairs of a series and a day whose rollups were behind. */
  readonly staleDays: number;
}

/** Hears how questions of a request were answered. */
export type Explain = (plan: ExplainedPlan) => void;
