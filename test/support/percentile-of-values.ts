/** The value at or below which a share of some values lies, on the straight line between two of them: an independent computation to compare with. */
export function percentileOfValues(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below * (Math.ceil(place) - place) + above * (place - Math.floor(place)) + (Number.isInteger(place) ? below : 0);
}
