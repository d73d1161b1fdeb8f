import type { Level } from '../../db/catalogue.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { Rule } from '../status.ts';
import { compareThresholdIds } from './active-rules.ts';
import { judgingPlanOf, segmentNumberAt, segmentOf } from './judging-plan.ts';

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
  const { deciding } = segmentOf(plan, segmentNumberAt(plan, at));
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
