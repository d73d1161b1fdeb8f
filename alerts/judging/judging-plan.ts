import { countUpTo } from '../../db/time/count-up-to.ts';
import type { Instant } from '../../db/time/instant.ts';
import { decidingRules, type Rule } from '../status.ts';

/** What decides between two neighbouring edges of the windows of a series' rules. */
export interface JudgingSegment {
  /** For each level apart, the rules in force of the greatest specificity; none where no rule is in force. */
  readonly deciding: readonly Rule[];
  /** The one deciding version of a threshold. */
  readonly ruleOf: ReadonlyMap<string, Rule>;
  /** The bounds of the deciding bands, ascending, each once. Between two of them all values lie in the same bands. */
  readonly bounds: readonly number[];
  /** By piece, as far as they were asked for. */
  readonly members: (readonly Rule[] | undefined)[];
}

/** The rules of a series, sorted out by time. */
export interface JudgingPlan {
  readonly rules: readonly Rule[];
  /** Every instant at which a window begins or ends, ascending, each once. */
  readonly edges: readonly number[];
  /** By number, one more than edges: the stretches before, between and after them, as far as they were asked for. */
  readonly segments: (JudgingSegment | undefined)[];
}

const plans = new WeakMap<readonly Rule[], JudgingPlan>();

/** The plan of some rules, worked out once for as long as the array lives: an index of thresholds gives the same array for a series each time. */
export function judgingPlanOf(rules: readonly Rule[]): JudgingPlan {
  const known = plans.get(rules);
  if (known !== undefined) return known;
  const speaking = rules.filter((rule) => rule.from < rule.to);
  const ends: number[] = [];
  for (const { from, to } of speaking) ends.push(from, to);
  const plan: JudgingPlan = { rules: speaking, edges: finiteOnce(ends), segments: [] };
  plans.set(rules, plan);
  return plan;
}

const NONE: readonly number[] = [];

/** The finite ones of some numbers, ascending, each once. */
function finiteOnce(numbers: readonly number[]): readonly number[] {
  const finite = numbers.filter(Number.isFinite);
  if (finite.length < 2) return finite.length === 0 ? NONE : finite;
  finite.sort((a, b) => a - b);
  return finite.filter((number, at) => number !== finite[at - 1]);
}

/** How many edges are not after an instant: the number of the segment it lies in. */
export function segmentNumberAt({ edges }: JudgingPlan, instant: Instant): number {
  return countUpTo(edges, instant);
}

/** What decides between the edges `number - 1` and `number`. */
export function segmentOf(plan: JudgingPlan, number: number): JudgingSegment {
  const known = plan.segments[number];
  if (known !== undefined) return known;
  const deciding = decidingRules(plan.rules, plan.edges[number - 1] ?? Number.NEGATIVE_INFINITY);
  const ends: number[] = [];
  const ruleOf = new Map<string, Rule>();
  for (const rule of deciding) {
    ends.push(rule.min, rule.max);
    ruleOf.set(rule.thresholdId, rule);
  }
  const segment = { deciding, ruleOf, bounds: finiteOnce(ends), members: [] };
  plan.segments[number] = segment;
  return segment;
}

/** Values in the same piece lie in the same bands: odd numbers are the bounds themselves, even ones the open intervals before, between and after them. */
export function pieceOf({ bounds }: JudgingSegment, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return bounds[low] === value ? 2 * low + 1 : 2 * low;
}

/** The deciding rules whose bands contain the values of a piece, found by one of them. Of a thousand bands only those that are met cost anything. */
export function membersOf(segment: JudgingSegment, piece: number, value: number): readonly Rule[] {
  const known = segment.members[piece];
  if (known !== undefined) return known;
  const members = segment.deciding.filter(({ min, max }) => min <= value && value <= max);
  segment.members[piece] = members;
  return members;
}
