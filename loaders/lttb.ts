import { setImmediate } from 'node:timers/promises';

/** So many points at most are looked at in one turn of the event loop: some milliseconds. */
const POINTS_A_TURN = 20_000;

/**
 * Largest triangle three buckets: S. Steinarsson, Downsampling Time Series for Visual Representation (2013), section 4.2. Which of the points to keep, ascending,
 * at most `threshold`. The first and the last are buckets of their own; the others are parted into buckets of as many points each as can be, and of each the
 * point is taken that makes the largest triangle with the one taken before it and the average of the next bucket; of equal ones the first.
 * Others have their turn between the points of a long line.
 */
export async function lttb(xs: readonly number[], ys: readonly number[], threshold: number): Promise<readonly number[]> {
  const length = xs.length;
  if (length <= threshold) return xs.map((_, index) => index);
  // Multiplied first: whole numbers are exact, a bucket's share is not.
  const startOf = (bucket: number) => Math.min(Math.floor((bucket * (length - 2)) / (threshold - 2)) + 1, length);
  const kept = [0];
  let last = 0;
  let turnEnds = POINTS_A_TURN;
  for (let bucket = 0; bucket < threshold - 2; bucket += 1) {
    const next = averageOf(xs, ys, startOf(bucket + 1), startOf(bucket + 2));
    last = farthestOf(xs, ys, startOf(bucket), startOf(bucket + 1), { x: xs[last] ?? 0, y: ys[last] ?? 0 }, next);
    kept.push(last);
    if (last < turnEnds) continue;
    turnEnds = last + POINTS_A_TURN;
    await setImmediate();
  }
  kept.push(length - 1);
  return kept;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function averageOf(xs: readonly number[], ys: readonly number[], from: number, to: number): Point {
  let x = 0;
  let y = 0;
  for (let index = from; index < to; index += 1) {
    x += xs[index] ?? 0;
    y += ys[index] ?? 0;
  }
  return { x: x / (to - from), y: y / (to - from) };
}

/** The point of [from, to) that makes the largest triangle with the other two. */
function farthestOf(xs: readonly number[], ys: readonly number[], from: number, to: number, before: Point, after: Point): number {
  let farthest = from;
  let largest = -1;
  for (let index = from; index < to; index += 1) {
    const doubleArea = Math.abs((before.x - after.x) * ((ys[index] ?? 0) - before.y) - (before.x - (xs[index] ?? 0)) * (after.y - before.y));
    if (doubleArea > largest) {
      largest = doubleArea;
      farthest = index;
    }
  }
  return farthest;
}
