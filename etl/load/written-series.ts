import type { BroughtSeries, SeriesSum } from '../../db/etl/batch.ts';
import type { ReadingRun } from '../../db/load/copy-readings.ts';
import { countUpTo } from '../../db/time/count-up-to.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { SeriesWork } from './series-work.ts';

/** What a batch writes of each series, in measured readings, new and corrected ones. Series of which it writes none are left out. */
export function writtenSeries(works: readonly SeriesWork[]): readonly SeriesSum[] {
  return works.flatMap((work) => {
    const sum = new RunningSum();
    for (const run of work.runs.filter(isMeasured)) sum.addRun(run);
    work.corrected.times.forEach((time, at) => {
      if (work.corrected.derived[at] === false) sum.add(time, work.corrected.values[at] ?? 0);
    });
    return sum.count === 0 ? [] : [sum.of(work.id)];
  });
}

class RunningSum {
  count = 0;
  #sum = 0;
  #magnitude = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  add(time: Instant, value: number): void {
    this.count += 1;
    this.#sum += value;
    this.#magnitude += Math.abs(value);
    if (time < this.#first) this.#first = time;
    if (time > this.#last) this.#last = time;
  }

  /** Every reading of every load comes here: a run ascends in time, so only its values are looked at. */
  addRun({ times, values, from, to }: ReadingRun): void {
    let sum = this.#sum;
    let magnitude = this.#magnitude;
    for (let at = from; at < to; at += 1) {
      const value = values[at] ?? 0;
      sum += value;
      magnitude += Math.abs(value);
    }
    this.count += to - from;
    this.#sum = sum;
    this.#magnitude = magnitude;
    this.#first = Math.min(this.#first, times[from] ?? Number.POSITIVE_INFINITY);
    this.#last = Math.max(this.#last, times[to - 1] ?? Number.NEGATIVE_INFINITY);
  }

  of(seriesId: number): SeriesSum {
    return { seriesId, count: this.count, sum: this.#sum, magnitude: this.#magnitude, firstTime: this.#first, lastTime: this.#last };
  }
}

/** The new measured readings of each series, and how many of them came when a newer one was stored already. */
export function broughtSeries(works: readonly SeriesWork[]): readonly BroughtSeries[] {
  return works.flatMap(({ id, runs, latest }) => {
    const newest = latest.time ?? Number.NEGATIVE_INFINITY;
    let readings = 0;
    let late = 0;
    let firstTime = Number.POSITIVE_INFINITY;
    let lastTime = Number.NEGATIVE_INFINITY;
    for (const { times, from, to } of runs.filter(isMeasured)) {
      readings += to - from;
      firstTime = Math.min(firstTime, times[from] ?? firstTime);
      lastTime = Math.max(lastTime, times[to - 1] ?? lastTime);
      late += countUpTo(times.subarray(from, to), newest);
    }
    return readings === 0 ? [] : [{ seriesId: id, firstTime, lastTime, readings, late }];
  });
}

function isMeasured({ derived, from, to }: ReadingRun): boolean {
  return !derived && from < to;
}
