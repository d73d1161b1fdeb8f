import type { SeriesSum } from '../../db/etl/batch.ts';

/** What batches wrote, summed up by series. */
export class WrittenSums {
  readonly #sums = new Map<number, SeriesSum>();

  add(written: readonly SeriesSum[]): void {
    for (const sum of written) {
      const before = this.#sums.get(sum.seriesId);
      this.#sums.set(
        sum.seriesId,
        before === undefined
          ? sum
          : {
              seriesId: sum.seriesId,
              count: before.count + sum.count,
              sum: before.sum + sum.sum,
              magnitude: before.magnitude + sum.magnitude,
              firstTime: Math.min(before.firstTime, sum.firstTime),
              lastTime: Math.max(before.lastTime, sum.lastTime),
            },
      );
    }
  }

  /** By series. */
  all(): readonly SeriesSum[] {
    return [...this.#sums.values()].sort((a, b) => a.seriesId - b.seriesId);
  }
}
