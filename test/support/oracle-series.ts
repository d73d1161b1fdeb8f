import type { Instant } from '../../db/time/instant.ts';

/** Values by time, each instant once. */
export interface Series {
  readonly times: readonly Instant[];
  readonly values: readonly number[];
  at(time: Instant): number | null;
  put(time: Instant, value: number): 'loaded' | 'corrected' | 'unchanged';
  remove(time: Instant): void;
}

/** An empty series. It is kept sorted, which is cheap where most is written in order. */
export function createSeries(): Series {
  const times: Instant[] = [];
  const values: number[] = [];

  function put(time: Instant, value: number): 'loaded' | 'corrected' | 'unchanged' {
    const index = firstAtOrAfter(times, time);
    if (times[index] !== time) {
      times.splice(index, 0, time);
      values.splice(index, 0, value);
      return 'loaded';
    }
    if (values[index] === value) return 'unchanged';
    values[index] = value;
    return 'corrected';
  }

  function at(time: Instant): number | null {
    const index = firstAtOrAfter(times, time);
    return times[index] === time ? (values[index] ?? null) : null;
  }

  function remove(time: Instant): void {
    const index = firstAtOrAfter(times, time);
    if (times[index] !== time) return;
    times.splice(index, 1);
    values.splice(index, 1);
  }

  return { times, values, at, put, remove };
}

/** Where in sorted times an instant stands, or would. */
export function firstAtOrAfter(sorted: readonly Instant[], instant: Instant): number {
  let low = 0;
  let high = sorted.length;
  // Most is asked and written at the end.
  if (high === 0 || (sorted[high - 1] ?? 0) < instant) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
