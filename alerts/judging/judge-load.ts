import type { NewBreach } from '../../db/breach.ts';
import { IDLE, selectSeriesStandings } from '../../db/judgement.ts';
import type { Queryable } from '../../db/pool.ts';
import { type Instant, MICROS_PER_MINUTE } from '../../db/time/instant.ts';
import { endSilence } from './end-silence.ts';
import { followVerdicts } from './follow-verdicts.ts';
import { type JudgingOutcome, reopen, writeOutcomes } from './judging-outcome.ts';
import { judgingPlanOf, segmentNumberAt } from './judging-plan.ts';
import type { LateSeries } from './late-run.ts';
import { judgeReadings } from './machine.ts';
import { rejudge } from './rejudge.ts';
import { isSameState } from './timeline.ts';

/** What a load has changed of a series that rules speak of. */
export type LoadedSeries = Omit<LateSeries, 'judgement'>;

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
export async function judgeLoad(client: Queryable, loaded: readonly LoadedSeries[], { present, lateAfter }: JudgingClock): Promise<readonly NewBreach[]> {
  if (loaded.length === 0) return [];
  const isLate = (time: Instant) => time < present - lateAfter;
  const series = await withJudgements(client, loaded);
  const outcomes = new Map<number, JudgingOutcome>();
  const others: LateSeries[] = [];
  for (const one of series) {
    if (goesOn(one, present)) outcomes.set(one.seriesId, judgeOn(one, isLate));
    else others.push(one);
  }
  for (const outcome of await rejudge(client, others, isLate)) outcomes.set(outcome.seriesId, outcome);
  const written = series.flatMap((one) => {
    const outcome = outcomes.get(one.seriesId);
    return outcome === undefined ? [] : [endSilence(outcome, { ...one, present, isLate })];
  });
  const breaches = await writeOutcomes(client, written);
  return breaches.length < 2 ? breaches : [...breaches].sort((a, b) => a.time - b.time);
}

/** A series, and from when its newest verdict is, if not from before all new readings of the load. */
interface StandingSeries extends LateSeries {
  readonly verdictAt: Instant | null;
}

async function withJudgements(client: Queryable, loaded: readonly LoadedSeries[]): Promise<readonly StandingSeries[]> {
  const standings = await selectSeriesStandings(
    client,
    loaded.map(({ seriesId }) => seriesId),
    loaded.reduce((first, { readings: { times, from, to } }) => (from < to ? Math.min(first, times[from] ?? first) : first), Number.MAX_SAFE_INTEGER),
  );
  return loaded.map((one) => ({ ...one, ...(standings.get(one.seriesId) ?? { judgement: IDLE, verdictAt: null }) }));
}

/**
 * Whether all that a load brought of a series comes after what has been judged of it, and no edge that the watcher may have judged, or will, lies after that.
 * A threshold that is created makes no edge, nor does a place that comes under others, but both judge the present, and a reading may be on its way that is a
 * little older.
 */
function goesOn({ rules, newest, late, readings: { times, from, to }, judgement, verdictAt }: StandingSeries, present: Instant): boolean {
  if (late.times.length > 0) return false;
  const plan = judgingPlanOf(rules);
  const known = newest?.time ?? times[to - 1] ?? present;
  if (segmentNumberAt(plan, known) < segmentNumberAt(plan, present + SKEW)) return false;
  const first = times[from] ?? Number.POSITIVE_INFINITY;
  return (verdictAt === null || verdictAt < first) && judgement.rules.every(({ since }) => since < first);
}

function judgeOn({ seriesId, rules, newest, readings, judgement }: LateSeries, isLate: (time: Instant) => boolean): JudgingOutcome {
  const until = readings.times[readings.to - 1] ?? Number.NEGATIVE_INFINITY;
  const { state, changes } = judgeReadings(rules, { state: judgement.rules, last: newest }, readings, until);
  const { band, alerts, breaches } = followVerdicts(changes, { rules, readings, band: reopen('BAND', judgement.band), isLate });
  const isMoved = alerts.length > 0 || !isSameState(state, judgement.rules);
  return {
    seriesId,
    alerts,
    breaches,
    verdicts: changes.map(({ time, status, active }) => ({ time, status, active })),
    deletedVerdicts: [],
    state: isMoved ? { rules: state, band, noData: reopen('NO_DATA', judgement.noData) } : null,
  };
}
