/** A point of a line. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Algorithm 4.2 of S. Steinarsson, Downsampling Time Series for Visual Representation (2013), word for word and without any thought for speed: the data are
 * split into the buckets first, each bucket a list of its own, the first holding only the first point and the last only the last. Areas by Heron's formula would
 * lose digits on flat triangles, so they are half the cross product of two sides.
 */
export function lttbByThesis(data: readonly Point[], threshold: number): readonly Point[] {
  if (threshold >= data.length) return data;
  const [first, last] = [data[0], data.at(-1)];
  if (first === undefined || last === undefined) return [];
  const inner = data.slice(1, -1);
  const count = threshold - 2;
  const buckets = Array.from({ length: count }, (_, number) => inner.slice(startOf(number, inner.length, count), startOf(number + 1, inner.length, count)));
  const all = [[first], ...buckets, [last]];
  const selected: Point[] = [first];
  for (let i = 1; i <= count; i += 1) {
    const previous = selected.at(-1) ?? first;
    const average = averageOf(all[i + 1] ?? []);
    const ranked = (all[i] ?? []).map((point) => ({ point, area: areaOf(previous, point, average) }));
    const largest = Math.max(...ranked.map(({ area }) => area));
    const best = ranked.find(({ area }) => area === largest);
    if (best !== undefined) selected.push(best.point);
  }
  return [...selected, last];
}

/** The buckets are as equal as they can be: bucket b begins at the place b·n/count, rounded down. In whole numbers of any size, so exactly. */
function startOf(bucket: number, length: number, count: number): number {
  return Number((BigInt(bucket) * BigInt(length)) / BigInt(count));
}

function averageOf(points: readonly Point[]): Point {
  return { x: points.reduce((sum, { x }) => sum + x, 0) / points.length, y: points.reduce((sum, { y }) => sum + y, 0) / points.length };
}

function areaOf(a: Point, b: Point, c: Point): number {
  return Math.abs((b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)) / 2;
}
