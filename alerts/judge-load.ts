import type { NewBreach } from '../db/breach.ts';
import type { SeriesRow } from '../db/catalogue.ts';
import { IDLE, type Judgement, selectJudgements } from '../db/judgement.ts';
import type { Queryable } from '../db/pool.ts';
import { type Instant, MICROS_PER_MINUTE } from '../db/time/instant.ts';
import { endSilence } from './end-silence.ts';
import { followVerdicts } from './follow-verdicts.ts';
import { isSameState } from './is-same-state.ts';
import { type JudgingOutcome, reopen, writeOutcomes } from './judging-outcome.ts';
import { judgingPlanOf, segmentNumberAt } from './judging-plan.ts';
import { type JudgedColumns, judgeReadings } from './machine.ts';
import type { Rule } from './status.ts';

/** What a load has changed of a series that has rules. Its readings are written and its lock is held. */
export interface LoadedSeries {
  readonly series: SeriesRow;
  /** Those whose scope holds it, of all times: not none. */
  readonly rules: readonly Rule[];
  /** Its newest reading before the load; null where it had none. */
  readonly newest: { readonly time: Instant; readonly value: number } | null;
  /** The earliest instant, not after the newest reading before, whose reading is new, another, or gone; null where the load only goes on. */
  readonly touchedSince: Instant | null;
  /** The new readings after the newest one before. */
  readonly readings: JudgedColumns;
}

/** By which clock and measure a load is judged. */
export interface JudgingClock {
  readonly present: Instant;
  /** What is longer past than this is late, in microseconds. */
  readonly lateAfter: number;
}

/** How far the clocks of two instances may lie apart: an edge that another has judged by its own clock is seen as passed here too. */
const SKEW = MICROS_PER_MINUTE;

/**
 * Judges what a load has changed, and writes all that comes of it but the breaches, which it answers in the order of their times. Statements do not grow
 * with the number of series; where nothing happens there is one.
 */
export async function judgeLoad(client: Queryable, loaded: readonly LoadedSeries[], clock: JudgingClock): Promise<readonly NewBreach[]> {
  if (loaded.length === 0) return [];
  const judgements = await selectJudgements(
    client,
    loaded.map(({ series }) => series.id),
  );
  const outcomes = loaded.flatMap((one) => {
    const before = judgements.get(one.series.id) ?? IDLE;
    return goesOn(one, before, clock.present) ? [judgeOn(one, before, clock)] : [];
  });
  const breaches = await writeOutcomes(client, outcomes);
  return breaches.length < 2 ? breaches : [...breaches].sort((a, b) => a.time - b.time);
}

/** Whether the state of a series is that after its newest reading, and all that the load brought comes after it. */
function goesOn({ rules, newest, touchedSince, readings }: LoadedSeries, before: Judgement, present: Instant): boolean {
  if (touchedSince !== null) return false;
  if (newest === null) return true;
  const plan = judgingPlanOf(rules);
  if (segmentNumberAt(plan, newest.time) < segmentNumberAt(plan, present + SKEW)) return false;
  // A threshold that is created judges the present, which may be after readings that are still on their way.
  const first = readings.times[readings.from] ?? Number.POSITIVE_INFINITY;
  return before.rules.every(({ since }) => since < first);
}

function judgeOn({ series, rules, newest, readings }: LoadedSeries, before: Judgement, { present, lateAfter }: JudgingClock): JudgingOutcome {
  const isLate = (time: Instant) => time < present - lateAfter;
  const { state, changes } = judgeReadings(rules, { state: before.rules, last: newest }, readings, present);
  const followed = followVerdicts(changes, { rules, readings, band: reopen('BAND', before.band), isLate });
  const isMoved = followed.alerts.length > 0 || !isSameState(state, before.rules);
  const outcome: JudgingOutcome = {
    seriesId: series.id,
    alerts: followed.alerts,
    breaches: followed.breaches,
    verdicts: changes.map(({ time, status, active }) => ({ time, status: status === 'NO_DATA' ? null : status, active })),
    deletedVerdicts: [],
    state: isMoved ? { rules: state, band: followed.band, noData: reopen('NO_DATA', before.noData) } : null,
  };
  return endSilence(outcome, { rules, readings, before, present, isLate });
}
