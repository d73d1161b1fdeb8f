import type { Judgement } from '../../db/judgement.ts';
import type { Instant } from '../../db/time/instant.ts';
import type { VerdictStatus } from '../../db/verdict.ts';
import type { Rule } from '../status.ts';
import { type AlertDraft, type BreachDraft, type JudgingOutcome, reopen } from './judging-outcome.ts';
import type { JudgedColumns } from './machine.ts';
import { verdictOf } from './outcome-at.ts';
import { silenceRuleOf } from './silence.ts';

/** What may end the silence of a series. */
export interface HeardAgain {
  readonly rules: readonly Rule[];
  /** New readings after the newest one before. */
  readonly readings: JudgedColumns;
  readonly judgement: Judgement;
  readonly present: Instant;
  readonly isLate: (time: Instant) => boolean;
}

/** Ends the silence of a series, if it was silent, with the first new reading that is not too old by the present itself, and adds that to what else came of judging. */
export function endSilence(outcome: JudgingOutcome, heard: HeardAgain): JudgingOutcome {
  const noData = reopen('NO_DATA', heard.judgement.noData);
  const at = noData === null ? null : firstFresh(heard);
  if (noData === null || at === null) return outcome;
  const breach = clearedBy(noData, heard, at, outcome);
  noData.resolvedAt = breach.time;
  const { rules, band } = outcome.state ?? { rules: heard.judgement.rules, band: reopen('BAND', heard.judgement.band) };
  return {
    ...outcome,
    alerts: [...outcome.alerts, noData],
    // Before what else the same reading did.
    breaches: [breach, ...outcome.breaches].sort((a, b) => a.time - b.time),
    state: { rules, band, noData: null },
  };
}

/** The position of the first reading that is no older than the silence that is minded now; null where there is none. */
function firstFresh({ rules, readings: { times, from, to }, present }: HeardAgain): number | null {
  const since = present - (silenceRuleOf(rules, present)?.after ?? Number.POSITIVE_INFINITY);
  for (let at = from; at < to; at += 1) if ((times[at] ?? 0) >= since) return at;
  return null;
}

function clearedBy(alert: AlertDraft, heard: HeardAgain, at: number, outcome: JudgingOutcome): BreachDraft {
  const measuredAt = heard.readings.times[at] ?? 0;
  // Readings that were held back may be from before the silence had lasted too long: it ends no earlier than it began.
  const time = Math.max(alert.openedAt, measuredAt);
  return {
    alert,
    kind: 'CLEARED',
    time,
    late: heard.isLate(time),
    value: heard.readings.values[at] ?? null,
    measuredAt,
    status: verdictAt(heard, outcome, time),
    previous: 'NO_DATA',
    thresholdId: alert.thresholdId,
    levels: [alert.level],
  };
}

/** The debounced status at an instant after the readings before, in the light of the new ones. */
function verdictAt({ rules, judgement }: HeardAgain, { verdicts, state }: JudgingOutcome, at: Instant): VerdictStatus {
  const verdict = verdicts.findLast(({ time }) => time <= at);
  if (verdict !== undefined) return verdict.status;
  // Late readings may only have taken verdicts away: then the state says what is left.
  return verdictOf(rules, verdicts.length === 0 ? (state?.rules ?? judgement.rules) : judgement.rules, at);
}
