/** The median of some figures, with the least and the most. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Of at least one figure. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b);
  const [least] = sorted;
  if (least === undefined) throw new Error('there is nothing to take the median of');
  return { median: medianOf(sorted), least, most: sorted.at(-1) ?? least };
}

/** Of at least one figure, in any order. */
export function medianOf(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** As the reports have it: the median in bold, least and most behind. */
export function written({ median, least, most }: Spread, digits: number): string {
  return `**${median.toFixed(digits)}** (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}
