import type { Instant } from '../../db/time/instant.ts';

/** What one sensor measures at one instant: values by metric, in the metrics' units. */
export interface Measurement {
  readonly sensor: string;
  readonly values: Readonly<Record<string, number>>;
}

/** Everything that is measured at one instant of a story. */
export interface Moment {
  /** Microseconds since the story began, at its own pace. */
  readonly after: number;
  readonly measurements: readonly Measurement[];
}

/** What a simulation sends, whoever made it up: it knows neither the pace at which it is told nor who hears it. */
export interface Story {
  /** Whoever measures something in it. */
  readonly sensors: readonly string[];
  /** Single values. */
  readonly readings: number;
  /** Microseconds from the first moment to the last. */
  readonly duration: number;
  /** In the order of time, each instant once. Pulled: the next is made when it is asked for. */
  moments(): AsyncIterable<Moment>;
}

/** A measurement at the time at which it is said to happen. */
export interface TimedMeasurement extends Measurement {
  readonly time: Instant;
}
