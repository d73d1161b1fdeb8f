import type { Instant } from '../../db/time/instant.ts';
import { percentile, type Run, type Summary, sortedValues, summarise } from './oracle-bins.ts';
import type { OracleFill } from './oracle-measures.ts';

/** What a bucket has or is given: a summary where it has readings, the values that are filled in where it has none. */
export interface Content {
  readonly summary: Summary | null;
  /** The measures that can be filled in, by name; a percentile by its number. */
  readonly level: Readonly<Record<string, number>> | null;
  readonly greatest: number;
}

/** The content of a bucket that has readings. */
export function contentOf(runs: readonly Run[], percentiles: readonly number[]): Content {
  const summary = summarise(runs);
  const { min, max, avg, first, last } = summary;
  const level: Record<string, number> = { min, max, avg, first, last };
  if (percentiles.length > 0) {
    const sorted = sortedValues(runs);
    for (const p of percentiles) level[p] = percentile(sorted, p > 1 ? p / 100 : p);
  }
  return { summary, level, greatest: Math.max(Math.abs(min), Math.abs(max)) };
}

const NOTHING: Content = { summary: null, level: null, greatest: 0 };

/** How many buckets after one with readings its values are still given. */
export const MOST_BEFORE = 100;

/** The content of a bucket, and its index; what lies before the first is counted on below 0. */
export interface Placed {
  readonly index: number;
  readonly content: Content;
}

/** Fills buckets without content. `before` is the last with readings before the range, which may be the part of the first bucket that lies there. */
export function fill(
  contents: ReadonlyMap<number, Content>,
  boundaries: readonly Instant[],
  { fill: how, now, before }: { readonly fill: OracleFill; readonly now: Instant; readonly before: Placed | null },
): Map<number, Content> {
  if (how === 'NONE') return new Map([...contents].sort(([a], [b]) => a - b));
  const count = boundaries.length - 1;
  const filled = new Map<number, Content>();
  let previous = before;
  for (let i = 0; i < count; i++) {
    const own = contents.get(i);
    if (own !== undefined) previous = { index: i, content: own };
    filled.set(i, own ?? given(i, previous));
  }
  return filled;

  function given(i: number, left: Placed | null): Content {
    if (left === null || how === 'NULL' || (boundaries[i] ?? 0) > now) return NOTHING;
    if (how === 'PREVIOUS') return i - left.index > MOST_BEFORE ? NOTHING : { ...left.content, summary: null };
    const right = nextAfter(i);
    return right === null ? NOTHING : between(left, right, boundaries, i);
  }

  function nextAfter(i: number): Placed | null {
    for (let index = i + 1; index < count; index++) {
      const content = contents.get(index);
      if (content !== undefined) return { index, content };
    }
    return null;
  }
}

/** On the straight line between the values of two buckets, each at the bucket's start. */
function between(left: Placed, right: Placed, boundaries: readonly Instant[], i: number): Content {
  const [start = 0, end = 0, at = 0] = [boundaries[left.index], boundaries[right.index], boundaries[i]];
  const share = (at - start) / (end - start);
  const level: Record<string, number> = {};
  for (const [name, value] of Object.entries(left.content.level ?? {})) {
    level[name] = value * (1 - share) + (right.content.level?.[name] ?? Number.NaN) * share;
  }
  return { summary: null, level, greatest: Math.max(left.content.greatest, right.content.greatest) };
}
