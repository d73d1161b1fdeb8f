import type { AlertRow } from '../../db/alert.ts';
import type { PeakQuestion } from '../../db/judged-readings.ts';
import { countUpTo } from '../../db/time/count-up-to.ts';
import type { Instant } from '../../db/time/instant.ts';
import { type Episode, type EpisodePair, endOf, episodesOf, levelOf, type NewRow, pairEpisodes } from './episodes.ts';
import { kindOf, levelsOf, opensUpwards } from './follow-verdicts.ts';
import { type AlertDraft, type BreachDraft, type JudgingOutcome, reopen } from './judging-outcome.ts';
import { type LateRun, type LateTimeline, lastWithin, type MeasuredValue } from './late-run.ts';
import type { VerdictChange } from './machine.ts';
import { isSameState, positionAt, statusAt, type TimelineRow } from './timeline.ts';

/** What came of judging a series anew, up to the peaks that only the store knows. */
export interface LateOutcome {
  readonly outcome: JudgingOutcome;
  readonly peaks: readonly WantedPeak[];
}

/** An alert whose peak is to be asked for. */
export interface WantedPeak {
  readonly alert: AlertDraft;
  readonly isHigh: boolean;
  readonly question: PeakQuestion;
}

/** A series that was judged anew: what was known of it, and what is known now. */
interface Comparison {
  readonly series: LateTimeline;
  readonly runs: readonly LateRun[];
  /** As far as they reach into what was judged anew. */
  readonly alerts: readonly AlertRow[];
  readonly rows: readonly NewRow[];
  readonly changes: readonly VerdictChange[];
  /** What happens after it is news; what is different up to it corrects what was told. */
  readonly horizon: Instant;
  readonly isLate: (time: Instant) => boolean;
}

/** Compares the old timeline of a series and its alerts with the new one; `runs` are the stretches that were judged, `alerts` those of the series since the first of them. */
export function lateOutcomeOf(series: LateTimeline, runs: readonly LateRun[], alerts: readonly AlertRow[], isLate: (time: Instant) => boolean): LateOutcome {
  const changes = runs.flatMap((run) => run.changes);
  const rows = newRowsOf(series.rows, runs);
  const horizon = Math.max(series.newest?.time ?? Number.NEGATIVE_INFINITY, series.rows.at(-1)?.time ?? Number.NEGATIVE_INFINITY);
  const comparison: Comparison = { series, runs, alerts, rows, changes, horizon, isLate };
  const pairs = pairEpisodes(alerts, episodesOf(rows, alerts), horizon);
  const drafts = new Map<Episode, AlertDraft>();
  for (const pair of pairs) if (pair.episode !== null) drafts.set(pair.episode, draftOf(pair.alert, pair.episode));
  const peaks = pairs.flatMap((pair) => peakOf(comparison, pair, drafts));
  const withdrawn = new Map(pairs.flatMap(({ alert, episode }) => (alert !== null && episode === null ? [[alert, withdraw(alert)] as const] : [])));
  const breaches = [...correctionsOf(comparison, pairs, drafts, withdrawn), ...newsOf(comparison, drafts)].sort((a, b) => a.time - b.time);
  const asked = new Set(peaks.map(({ alert }) => alert));
  const changed = pairs.flatMap(({ alert, episode }) => {
    const draft = episode === null ? undefined : drafts.get(episode);
    return draft === undefined || (alert !== null && !asked.has(draft) && isSameAlert(alert, draft)) ? [] : [draft];
  });
  return {
    peaks,
    outcome: {
      seriesId: series.seriesId,
      alerts: [...withdrawn.values(), ...changed],
      breaches,
      ...verdictsOf(series.rows, rows),
      state: stateOf(comparison, [...drafts.values()], [...changed, ...withdrawn.values()]),
    },
  };
}

/** The old rows, but for the stretches that were judged anew. */
function newRowsOf(rows: readonly TimelineRow[], runs: readonly LateRun[]): readonly NewRow[] {
  const kept = rows.filter(({ time }) => !runs.some(({ from, to }) => from <= time && time <= (to ?? from)));
  const fresh = runs.flatMap((run) => run.changes.map(({ time, status, active, thresholdId }) => ({ time, status, active, thresholdId })));
  return [...kept.map((row) => ({ ...row, thresholdId: null })), ...fresh].sort((a, b) => a.time - b.time);
}

function draftOf(alert: AlertRow | null, { openedAt, resolvedAt, level, thresholdId }: Episode): AlertDraft {
  return { id: alert?.id ?? null, kind: 'BAND', level, thresholdId, openedAt, resolvedAt, peak: alert?.peak ?? null, withdrawn: false };
}

function withdraw({ seriesId: _seriesId, ...alert }: AlertRow): AlertDraft {
  return { ...alert, resolvedAt: alert.openedAt, withdrawn: true };
}

function isSameAlert(alert: AlertRow, draft: AlertDraft): boolean {
  return (
    alert.level === draft.level &&
    alert.thresholdId === draft.thresholdId &&
    alert.openedAt === draft.openedAt &&
    alert.resolvedAt === draft.resolvedAt &&
    alert.peak === draft.peak
  );
}

/**
 * Sets the peak of an episode, or says that the store has to be asked. What was judged anew is at hand; the rest of an episode is in the peak so far, but that
 * may be a reading which is another now, or is no longer of the episode.
 */
function peakOf({ series, runs }: Comparison, { alert, episode }: EpisodePair, drafts: ReadonlyMap<Episode, AlertDraft>): readonly WantedPeak[] {
  const draft = episode === null ? undefined : drafts.get(episode);
  if (episode === null || draft === undefined) return [];
  const met = runs.filter((run) => run.from < endOf(episode) && episode.openedAt <= (run.to ?? run.from));
  const isUntouched = met.length === 0 && alert !== null && alert.openedAt === episode.openedAt && alert.resolvedAt === episode.resolvedAt;
  if (isUntouched) return [];
  const isHigh = opensUpwards(series.rules, episode);
  const extreme = met.reduce<number | null>((peak, run) => farther(isHigh, peak, extremeWithin(run, episode, isHigh)), null);
  const isKept = met.every((run) => !run.isShortened);
  const isAllHere = isKept && met.some((run) => run.from <= episode.openedAt && endOf(episode) <= (run.to ?? run.from));
  // Where it opened at an edge, an earlier reading gives it another value to begin with.
  const isGoingOn = alert !== null && alert.openedAt === episode.openedAt && met.every((run) => run.from > episode.openedAt);
  const isGrown = isKept && isGoingOn && !series.late.replaces && endOf(episode) >= endOf(alert);
  if (isAllHere) draft.peak = extreme;
  else if (isGrown) draft.peak = farther(isHigh, draft.peak, extreme);
  else return [{ alert: draft, isHigh, question: { seriesId: series.seriesId, from: episode.openedAt, to: episode.resolvedAt } }];
  return [];
}

/** The value farthest into the band: of those readings of a run that an episode has, and the one in force where it opened. */
function extremeWithin({ readings: { times, values }, start, changes }: LateRun, episode: Episode, isHigh: boolean): number | null {
  const opening = changes[positionAt(changes, episode.openedAt)];
  let extreme = opening?.time === episode.openedAt ? opening.value : null;
  if (extreme === null && start === null) return null;
  for (let at = countUpTo(times, episode.openedAt - 1); at < times.length && (times[at] ?? 0) < endOf(episode); at += 1) {
    extreme = farther(isHigh, extreme, values[at] ?? null);
  }
  return extreme;
}

function farther(isHigh: boolean, a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return isHigh ? Math.max(a, b) : Math.min(a, b);
}

/** One for each alert that turned out otherwise than it was told. */
function correctionsOf(
  comparison: Comparison,
  pairs: readonly EpisodePair[],
  drafts: ReadonlyMap<Episode, AlertDraft>,
  withdrawn: ReadonlyMap<AlertRow | null, AlertDraft>,
): readonly BreachDraft[] {
  const { horizon } = comparison;
  return pairs.flatMap(({ alert, episode }): readonly BreachDraft[] => {
    const draft = episode === null ? withdrawn.get(alert) : drafts.get(episode);
    if (draft === undefined || (episode ?? alert)?.openedAt === undefined) return [];
    if (alert === null && draft.openedAt > horizon) return [];
    const spans = [alert, episode].filter((span) => span !== null);
    const from = Math.min(...spans.map(({ openedAt }) => openedAt));
    const differing = firstDifference(comparison, from, Math.max(...spans.map(endOf)));
    const isOne = alert === null || episode === null;
    const at = differing ?? (isOne ? from : null);
    return at === null ? [] : [correction(comparison, draft, at)];
  });
}

/** The first instant of a span, not after the horizon, at which the statuses of the two timelines differ; null where they agree. */
function firstDifference({ series: { rows: old, rules }, rows, horizon }: Comparison, from: Instant, to: Instant): Instant | null {
  const isWithin = (time: Instant) => from <= time && time < to && time <= horizon;
  const times = [...between(old, from, to), ...between(rows, from, to)].map(({ time }) => time).filter(isWithin);
  const instants = [...new Set([from, ...times])].sort((a, b) => a - b).filter(isWithin);
  return instants.find((time) => statusAt(old, rules, time) !== statusAt(rows, rules, time)) ?? null;
}

function between<R extends TimelineRow>(rows: readonly R[], from: Instant, to: Instant): readonly R[] {
  return rows.slice(Math.max(positionAt(rows, from), 0), Number.isFinite(to) ? positionAt(rows, to) + 1 : rows.length);
}

function correction({ series: { rows: old, rules }, runs, rows, isLate }: Comparison, alert: AlertDraft, time: Instant): BreachDraft {
  const status = statusAt(rows, rules, time);
  const previous = statusAt(old, rules, time);
  const judged = judgedAt(runs, time);
  return {
    alert,
    kind: 'CORRECTED',
    time,
    late: isLate(time),
    value: judged?.value ?? null,
    measuredAt: judged?.time ?? null,
    status,
    previous,
    thresholdId: alert.thresholdId,
    levels: levelsOf(status, previous, alert.level),
  };
}

/** The reading in force at an instant that was judged anew. */
function judgedAt(runs: readonly LateRun[], time: Instant): MeasuredValue | null {
  const run = runs.findLast(({ from }) => from <= time);
  if (run === undefined) return null;
  const change = run.changes[positionAt(run.changes, time)];
  return change?.time === time ? { time: change.measuredAt, value: change.value } : lastWithin(run, time);
}

/** What happened after all that was known, in the order of the times. */
function newsOf({ changes, horizon, isLate }: Comparison, drafts: ReadonlyMap<Episode, AlertDraft>): readonly BreachDraft[] {
  const alerts = [...drafts.values()];
  let next = 0;
  return changes.flatMap((change): readonly BreachDraft[] => {
    const { time, value, measuredAt, status, previous, thresholdId } = change;
    const kind = time > horizon ? kindOf(levelOf(previous), levelOf(status)) : null;
    while ((alerts[next]?.openedAt ?? Number.POSITIVE_INFINITY) <= time) next += 1;
    const alert = alerts[next - 1];
    if (kind === null || alert === undefined || endOf(alert) < time) return [];
    return [{ alert, kind, time, late: isLate(time), value, measuredAt, status, previous, thresholdId, levels: levelsOf(status, previous) }];
  });
}

function verdictsOf(old: readonly TimelineRow[], rows: readonly NewRow[]): Pick<JudgingOutcome, 'verdicts' | 'deletedVerdicts'> {
  const before = new Map(old.map((row) => [row.time, row]));
  const times = new Set(rows.map(({ time }) => time));
  return {
    verdicts: rows.filter(({ time, status, active }) => {
      const row = before.get(time);
      return row === undefined || row.status !== status || row.active.join() !== active.join();
    }),
    deletedVerdicts: old.flatMap(({ time }) => (times.has(time) ? [] : [time])),
  };
}

/** null where the series stands as it did: then its open alert, too, is as the state remembers it. So it is where the end of the timeline was not asked for. */
function stateOf({ series: { judgement, knownTo }, runs }: Comparison, drafts: readonly AlertDraft[], changed: readonly AlertDraft[]): JudgingOutcome['state'] {
  if (Number.isFinite(knownTo)) return null;
  const last = runs.at(-1);
  const rules = last?.to === Number.POSITIVE_INFINITY ? last.reached.state : judgement.rules;
  const band = drafts.find(({ resolvedAt }) => resolvedAt === null) ?? null;
  const isBandMoved = band === null ? judgement.band !== null : changed.includes(band);
  if (isSameState(rules, judgement.rules) && !isBandMoved) return null;
  return { rules, band, noData: reopen('NO_DATA', judgement.noData) };
}
