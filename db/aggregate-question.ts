import type { AggregateValues, Measures } from './aggregate-values.ts';
import type { HeldQuestion, HeldTimes } from './held-question.ts';
import type { AggregatePlan } from './planner.ts';
import type { TimeWindow } from './time/instant.ts';

/** A planned question: which series, how they are grouped, over which pieces of rollups and readings. */
export interface AggregateQuestion {
  /** Ascending, without repetition. */
  readonly seriesIds: readonly number[];
  /** The index of each series' group, parallel to `seriesIds`. */
  readonly groups: readonly number[];
  /** The rank of each series' sensor by id, parallel to `seriesIds`: it breaks ties of first and last. */
  readonly sensorRanks: readonly number[];
  readonly plan: AggregatePlan;
  readonly measures: Measures;
  /** Whether the answer must tell the extent, because the plan was cut to what was known of it. */
  readonly isCut: boolean;
  /** What is asked of values that hold until the next reading; null where nothing is. */
  readonly held: HeldQuestion | null;
}

/** What one group answered; groups with neither readings nor stale days nor anything held are left out. */
export interface AggregateResult {
  readonly group: number;
  /** (series, day) pairs of the group that were stale inside the window and so answered from readings. */
  readonly staleDays: number;
  readonly values: AggregateValues;
  /** null where it was not asked for. */
  readonly held: HeldTimes | null;
}

/** An answer and what else was true at its moment. */
export interface AggregateAnswer {
  readonly catalogueVersion: number;
  /** From the first reading of the series that were asked until just after their last; null where they have none, and where it was not asked for. */
  readonly extent: TimeWindow | null;
  readonly results: readonly AggregateResult[];
}
