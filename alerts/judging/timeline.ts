import type { Instant } from '../../db/time/instant.ts';
import type { VerdictRow, VerdictStatus } from '../../db/verdict.ts';
import type { Rule } from '../status.ts';
import { compareThresholdIds } from './active-rules.ts';
import { type JudgingPlan, judgingPlanOf, membersOf, pieceOf, segmentNumberAt, segmentOf } from './judging-plan.ts';
import type { JudgedColumns, RuleState, SeriesState } from './machine.ts';

/** From when on which thresholds are in breach; a timeline is a list of them, ascending. Before the first, none is. */
export type TimelineRow = Omit<VerdictRow, 'seriesId'>;

/** The position of the row in force at an instant, itself included; -1 before the first. */
export function positionAt(rows: readonly { readonly time: Instant }[], instant: Instant): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.time ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The status at an instant by a timeline; where nothing is in breach, whether a rule is in force then. */
export function statusAt(rows: readonly TimelineRow[], rules: readonly Rule[], instant: Instant): VerdictStatus {
  const row = rows[positionAt(rows, instant)];
  if (row !== undefined && row.active.length > 0) return row.status;
  const plan = judgingPlanOf(rules);
  return segmentOf(plan, segmentNumberAt(plan, instant)).deciding.length > 0 ? 'NORMAL' : null;
}

/** What is known of a series before an instant. */
export interface LookBack {
  /** The last readings before it. */
  readonly readings: JudgedColumns;
  /** Whether there are none earlier. */
  readonly isWhole: boolean;
}

/**
 * The exact state of a series just before an instant; null where more readings are needed. Which thresholds are in breach the timeline knows (`row`, the one
 * in force just before). The rest are runs of judged instants, readings and edges, that lead to the instant: one that is not in breach is PENDING since the
 * first instant of the run in which it decided and the value lay in its band; one in breach is CLEARING since the first of the run in which the value lay
 * beyond its margin. No such run reaches over a change into or out of breach, because there the value was on the other side; and none is longer than its
 * duration, because then it would have changed the timeline. So what the readings show of a run is all there is to know.
 */
export function stateBefore(rules: readonly Rule[], instant: Instant, row: TimelineRow | undefined, lookBack: LookBack): SeriesState | null {
  const { times, from, to } = lookBack.readings;
  if (from === to) return lookBack.isWhole ? [] : null;
  const plan = judgingPlanOf(rules);
  const enough = (times[to - 1] ?? 0) - longestOf(plan);
  const states: RuleState[] = [];
  for (const { thresholdId, phase, goesOn } of possibleRuns(plan, instant, row?.active ?? [], lookBack.readings)) {
    const run = runBefore(plan, instant, lookBack.readings, (number, value) => {
      const rule = segmentOf(plan, number).ruleOf.get(thresholdId);
      return rule !== undefined && goesOn(rule, value);
    });
    if (run.isCut && !lookBack.isWhole && (run.instant ?? 0) > enough) return null;
    if (run.instant !== null) states.push({ thresholdId, phase, since: run.instant });
    else if (phase === 'CLEARING') states.push({ thresholdId, phase: 'ACTIVE', since: row?.time ?? instant });
  }
  return states.sort((a, b) => compareThresholdIds(a.thresholdId, b.thresholdId));
}

interface PossibleRun {
  readonly thresholdId: string;
  readonly phase: 'PENDING' | 'CLEARING';
  readonly goesOn: (rule: Rule, value: number) => boolean;
}

/** Whatever is in breach may be ending; of the others those may wait whose bands hold the last value. */
function possibleRuns(plan: JudgingPlan, instant: Instant, active: readonly string[], { values, to }: JudgedColumns): readonly PossibleRun[] {
  const segment = segmentOf(plan, segmentNumberAt(plan, instant - 1));
  const value = values[to - 1] ?? 0;
  const waiting = membersOf(segment, pieceOf(segment, value), value).filter((rule) => rule.forMicros > 0 && !active.includes(rule.thresholdId));
  return [
    ...active.map((thresholdId) => ({ thresholdId, phase: 'CLEARING' as const, goesOn: isBeyondMargin })),
    ...waiting.map(({ thresholdId }) => ({ thresholdId, phase: 'PENDING' as const, goesOn: isInBand })),
  ];
}

function longestOf({ rules }: JudgingPlan): number {
  return rules.reduce((longest, { forMicros, clearMicros }) => Math.max(longest, forMicros, clearMicros), 0);
}

function isInBand({ min, max }: Rule, value: number): boolean {
  return min <= value && value <= max;
}

function isBeyondMargin({ min, max, clearMargin }: Rule, value: number): boolean {
  return !(min - clearMargin <= value && value <= max + clearMargin);
}

interface RunBefore {
  /** The first instant of the run; null where the last instant is not of it. */
  readonly instant: Instant | null;
  /** Whether the readings were at an end before the run was. */
  readonly isCut: boolean;
}

/** Walks the judged instants before one backwards, as long as what decides there and the value go on: readings, and edges that are not at one. */
function runBefore(plan: JudgingPlan, instant: Instant, readings: JudgedColumns, goesOn: (segment: number, value: number) => boolean): RunBefore {
  let number = segmentNumberAt(plan, instant - 1);
  let first: Instant | null = null;
  for (let at = readings.to - 1; at >= readings.from; at -= 1) {
    const time = readings.times[at] ?? 0;
    const value = readings.values[at] ?? 0;
    for (; (plan.edges[number - 1] ?? Number.NEGATIVE_INFINITY) > time; number -= 1) {
      if (!goesOn(number, value)) return { instant: first, isCut: false };
      first = plan.edges[number - 1] ?? first;
    }
    if (!goesOn(number, value)) return { instant: first, isCut: false };
    if (plan.edges[number - 1] === time) number -= 1;
    first = time;
  }
  return { instant: first, isCut: true };
}

/**
 * Whether a state that was judged anew is the one that the old timeline went on from: `row` is the one in force, and all readings from before `untouchedSince`
 * on, itself included, are as they were. What is in breach has to agree, and what waits or ends must have begun after that: then the reading before it is one
 * of those, and what it was judged by then was the same too.
 */
export function isMet(state: SeriesState, row: TimelineRow | undefined, untouchedSince: Instant): boolean {
  const active = row?.active ?? [];
  let position = 0;
  for (const { thresholdId, phase, since } of state) {
    if (phase !== 'ACTIVE' && since <= untouchedSince) return false;
    if (phase === 'PENDING') continue;
    if (active[position] !== thresholdId) return false;
    position += 1;
  }
  return position === active.length;
}

/** Whether a series stands the same towards its thresholds. */
export function isSameState(a: SeriesState, b: SeriesState): boolean {
  return (
    a.length === b.length &&
    a.every(({ thresholdId, phase, since }, at) => {
      const other = b[at];
      return other !== undefined && thresholdId === other.thresholdId && phase === other.phase && since === other.since;
    })
  );
}
