import { type AggregatePlan, reportPieces } from '../db/planner.ts';
import { type Duration, formatDuration } from '../db/time/duration.ts';
import { formatInstant } from '../db/time/instant.ts';
import type { Group } from './groups.ts';

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

/** For the client who asks how a question about groups was answered by a plan. */
export function explainPlan(
  groups: readonly Group[],
  plan: AggregatePlan,
  { bucket, zone, staleDays }: { readonly bucket: Duration; readonly zone: string; readonly staleDays: number },
): ExplainedPlan {
  return {
    metrics: [...new Set(groups.map(({ metricId }) => metricId))],
    groups: groups.length,
    series: groups.reduce((sum, { series }) => sum + series.length, 0),
    bucket: formatDuration(bucket),
    timezone: zone,
    buckets: plan.boundaries.length - 1,
    pieces: reportPieces(plan).map(({ source, from, to }) => ({ source, from: formatInstant(from), to: formatInstant(to) })),
    staleDays,
  };
}

/** Hears how questions of a request were answered. */
export type Explain = (plan: ExplainedPlan) => void;
