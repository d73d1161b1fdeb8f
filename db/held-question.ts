import type { Instant, TimeWindow } from './time/instant.ts';

/**
 * What is asked of values that hold until the next reading of their series. The answer is time, counted apart by all that a status may depend on: the stretch of a group's
 * time, the class of the value and the class of its age. So SQL knows nothing of thresholds, and whoever asks judges each class once.
 */
export interface HeldQuestion {
  /** What counts; it ends at the present at the latest, for nothing is known to hold beyond. */
  readonly window: TimeWindow;
  /** How long before the window the reading may lie that holds as it begins, in microseconds; null: however long. */
  readonly lookBack: number | null;
  /** The age, in microseconds, beyond which nothing matters any more; null: every age does. */
  readonly reach: number | null;
  /** How the time and the values of groups are parted. */
  readonly lines: readonly HeldLine[];
  /** The line of each group by its index; null for groups of which nothing held is asked. */
  readonly lineOfGroup: readonly (number | null)[];
  /** The line of a series of which some time does not count, by its id: that of its group cut further. */
  readonly lineOfSeries: ReadonlyMap<number, number>;
  /** Whether the values that hold are summed by how long. */
  readonly isWeighted: boolean;
}

/** How the time, the values and the ages of some groups are parted: nothing that judges changes within a part. */
export interface HeldLine {
  /** Strictly increasing, from the window's start to its end: part n is [cut n, cut n + 1). */
  readonly cuts: readonly Instant[];
  /** For each part the cell that it is of, which is a part of the line of the group; −1: it does not count. null: each is a cell of its own. */
  readonly cells: readonly number[] | null;
  /** Ascending: class 2n is what lies above n of them and below the next, class 2n − 1 is edge n itself. */
  readonly edges: readonly number[];
  /** In microseconds, ascending from 0: class n is [age n, age n + 1), the last one without end. */
  readonly ages: readonly number[];
}

/** How long values of one group held: parallel columns, a row for each cell, class of value and class of age, in no order. */
export interface HeldTimes {
  /** Which part of the group's line, from 0. */
  readonly cell: readonly number[];
  /** Which class of values; 0 where there are no edges. */
  readonly kind: readonly number[];
  /** Which class of ages, from 0. */
  readonly age: readonly number[];
  /** Summed over the series of the group. */
  readonly micros: readonly number[];
  /** The sum of value × microseconds; null where it was not asked for. */
  readonly weighted: readonly number[] | null;
}
