import type { SeriesSum, Written } from '../../db/etl/batch.ts';

/** What batches wrote, summed up by series. */
export class WrittenSums {
  readonly #batchIds: number[] = [];
  readonly #sums = new Map<number, SeriesSum>();

  /** To be told of each batch once. */
  add({ batchId, written }: { readonly batchId: number; readonly written: readonly SeriesSum[] }): void {
    this.#batchIds.push(batchId);
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

  /** The batches in the order in which they were told, and what they wrote by series. */
  all(): Written {
    return { batchIds: this.#batchIds, series: [...this.#sums.values()].sort((a, b) => a.seriesId - b.seriesId) };
  }
}
