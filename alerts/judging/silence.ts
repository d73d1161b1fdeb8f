import type { Level } from '../../db/catalogue.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { Rule } from '../status.ts';
import { compareThresholdIds } from './active-rules.ts';
import { type JudgingSegment, judgingPlanOf, segmentNumberAt, segmentOf } from './judging-plan.ts';

/** How long a series may be silent, and whose rule that is. */
export interface SilenceRule {
  /** In microseconds. */
  readonly after: number;
  readonly thresholdId: string;
  readonly level: Level;
}

/** The shortest silence that one of the deciding rules minds, of equal ones by the graver, then by the elder threshold; null where none does. */
export function silenceRuleOf(rules: readonly Rule[], at: Instant): SilenceRule | null {
  const plan = judgingPlanOf(rules);
  return silenceRuleIn(segmentOf(plan, segmentNumberAt(plan, at)));
}

/**
 * Since when a series whose newest reading is of `newest` has been silent for too long, without a break up to `present`; null where it is not. A rule minds no
 * silence of before it was in force: of what had been too long by then, it begins with the rule.
 */
export function silentSince(rules: readonly Rule[], newest: Instant, present: Instant): Instant | null {
  const plan = judgingPlanOf(rules);
  const last = segmentNumberAt(plan, present);
  let since: Instant | null = null;
  for (let number = segmentNumberAt(plan, newest); number <= last; number += 1) {
    const rule = silenceRuleIn(segmentOf(plan, number));
    const from = Math.max(plan.edges[number - 1] ?? Number.NEGATIVE_INFINITY, newest + (rule?.after ?? Number.POSITIVE_INFINITY));
    const isSilent = from < (number === last ? present : (plan.edges[number] ?? present));
    since = isSilent ? (since ?? from) : null;
  }
  return since;
}

function silenceRuleIn({ deciding }: JudgingSegment): SilenceRule | null {
  let strictest: Rule | null = null;
  for (const rule of deciding) {
    if (Number.isFinite(rule.noDataAfter) && (strictest === null || compare(rule, strictest) < 0)) strictest = rule;
  }
  return strictest === null ? null : { after: strictest.noDataAfter, thresholdId: strictest.thresholdId, level: strictest.level };
}

function compare(a: Rule, b: Rule): number {
  if (a.noDataAfter !== b.noDataAfter) return a.noDataAfter - b.noDataAfter;
  if (a.level !== b.level) return a.level === 'CRITICAL' ? -1 : 1;
  return compareThresholdIds(a.thresholdId, b.thresholdId);
}
