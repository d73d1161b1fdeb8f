import type { Catalogue, SeriesRow } from '../../db/catalogue.ts';
import { IDLE, type Judgement } from '../../db/judgement.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { VerdictStatus } from '../../db/verdict.ts';
import { isInForce, type Rule, toRule } from '../status.ts';
import { thresholdIndexOf } from '../threshold-index.ts';
import { type ActiveRule, highestOf } from './active-rules.ts';
import { followVerdicts, levelsOf } from './follow-verdicts.ts';
import { type AlertDraft, type BreachDraft, type JudgingOutcome, reopen } from './judging-outcome.ts';
import { type JudgingSegment, judgingPlanOf, segmentNumberAt, segmentOf } from './judging-plan.ts';
import { judgeInstant, type SeriesState } from './machine.ts';
import { silenceRuleOf } from './silence.ts';
import { isSameState } from './timeline.ts';

/** A series as it is when it is judged without a reading of its own. */
export interface Standing {
  readonly series: SeriesRow;
  /** Its newest reading. */
  readonly last: { readonly time: Instant; readonly value: number };
  /** From when its newest verdict is, or its newest reading where it has none. */
  readonly verdictAt: Instant;
  readonly judgement: Judgement;
}

const NO_READINGS = { times: new Float64Array(0), values: new Float64Array(0), from: 0, to: 0 };

/**
 * Judges a series at an instant, not before its newest reading, at which it may have come under other rules: what holds by them, and whether its silence is
 * still minded. That it has fallen silent is for the watcher to find. null where everything stays as it is.
 */
export function outcomeAt(catalogue: Catalogue, { series, last, judgement }: Standing, at: Instant, isLate: boolean): JudgingOutcome | null {
  const ownRules = thresholdIndexOf(catalogue).rulesForSeries(series);
  if (ownRules.length === 0 && judgement === IDLE) return null;
  const rules = withOrphans(catalogue, ownRules, judgement, at);
  const { state, changes } = judgeInstant(rules, { state: judgement.rules, last, judgedTo: at - 1 }, at);
  const followed = followVerdicts(changes, { rules, readings: NO_READINGS, band: reopen('BAND', judgement.band), isLate: () => isLate });
  const noData = reopen('NO_DATA', judgement.noData);
  const cleared = noData === null || isStillSilent(rules, last.time, at) ? null : noLongerMinded(noData, at, verdictOf(rules, state, at), isLate);
  if (changes.length === 0 && cleared === null && isSameState(state, judgement.rules)) return null;
  return {
    seriesId: series.id,
    alerts: cleared === null ? followed.alerts : [...followed.alerts, cleared.alert],
    breaches: cleared === null ? followed.breaches : [...followed.breaches, cleared],
    verdicts: changes.map(({ time, status, active }) => ({ time, status, active })),
    deletedVerdicts: [],
    state: { rules: state, band: followed.band, noData: cleared === null ? noData : null },
  };
}

/** A place that was given other attributes has left the scopes of thresholds that may hold there: their rules end at this instant. */
function withOrphans(catalogue: Catalogue, rules: readonly Rule[], { rules: states }: Judgement, at: Instant): readonly Rule[] {
  const known = new Set(rules.map(({ thresholdId }) => thresholdId));
  const orphans = states.flatMap(({ thresholdId }) => (known.has(thresholdId) ? [] : (ruleBefore(catalogue, thresholdId, at) ?? [])));
  return orphans.length === 0 ? rules : [...rules, ...orphans.map((rule) => ({ ...rule, to: at }))];
}

function ruleBefore({ thresholds }: Catalogue, thresholdId: string, at: Instant): Rule | null {
  for (const row of thresholds) {
    const rule = row.id === thresholdId ? toRule(row) : null;
    if (rule !== null && isInForce(rule, at - 1)) return rule;
  }
  return null;
}

/** Silence by a longer measure, or by another threshold, is the same silence. */
function isStillSilent(rules: readonly Rule[], newest: Instant, at: Instant): boolean {
  const rule = silenceRuleOf(rules, at);
  return rule !== null && newest + rule.after < at;
}

function noLongerMinded(alert: AlertDraft, at: Instant, status: VerdictStatus, late: boolean): BreachDraft {
  // An edge may be judged late, because a load held the series: the silence ends no earlier than it began.
  const time = Math.max(alert.openedAt, at);
  alert.resolvedAt = time;
  return {
    alert,
    kind: 'CLEARED',
    time,
    late,
    value: null,
    measuredAt: null,
    status,
    previous: 'NO_DATA',
    thresholdId: alert.thresholdId,
    levels: levelsOf(alert.level),
  };
}

/** The debounced status that a state amounts to. */
export function verdictOf(rules: readonly Rule[], state: SeriesState, at: Instant): VerdictStatus {
  const segment = segmentAt(rules, at);
  const active = state.flatMap(({ thresholdId, phase }): ActiveRule[] => {
    const rule = phase === 'PENDING' ? undefined : segment.ruleOf.get(thresholdId);
    return rule === undefined ? [] : [{ thresholdId, level: rule.level }];
  });
  return highestOf(active) ?? (segment.deciding.length > 0 ? 'NORMAL' : null);
}

function segmentAt(rules: readonly Rule[], at: Instant): JudgingSegment {
  const plan = judgingPlanOf(rules);
  return segmentOf(plan, segmentNumberAt(plan, at));
}
