import { type AlertKind, type AlertRow, insertAlerts, updateAlerts } from '../../db/alert.ts';
import type { NewBreach } from '../../db/breach.ts';
import type { Level } from '../../db/catalogue.ts';
import { type Judgement, type OpenAlert, type StoredRuleState, writeJudgements } from '../../db/judgement.ts';
import type { Queryable } from '../../db/pool.ts';
import type { Instant } from '../../db/time/instant.ts';
import { deleteVerdicts, upsertVerdicts, type VerdictRow } from '../../db/verdict.ts';

/** An alert while it is judged: a new one gets its id when it is written. Changed in place, so that breaches and the state can point to it. */
export interface AlertDraft {
  id: string | null;
  readonly kind: AlertKind;
  level: Level;
  thresholdId: string;
  openedAt: Instant;
  resolvedAt: Instant | null;
  peak: number | null;
  withdrawn: boolean;
}

/** A breach of an alert that may not have an id yet. */
export type BreachDraft = Omit<NewBreach, 'seriesId' | 'alertId'> & { readonly alert: AlertDraft };

/** What judging one series came to, as far as it is to be written. */
export interface JudgingOutcome {
  readonly seriesId: number;
  /** Alerts that are new or changed, each once. */
  readonly alerts: readonly AlertDraft[];
  readonly breaches: readonly BreachDraft[];
  readonly verdicts: readonly Omit<VerdictRow, 'seriesId'>[];
  /** Instants whose verdicts are gone; deleted before the others are written. */
  readonly deletedVerdicts: readonly Instant[];
  /** Where the judging stands now; null where it stands as before. */
  readonly state: { readonly rules: readonly StoredRuleState[]; readonly band: AlertDraft | null; readonly noData: AlertDraft | null } | null;
}

/** An open alert as the state of a series remembers it, to go on from. */
export function reopen(kind: AlertKind, alert: OpenAlert | null): AlertDraft | null {
  return alert === null ? null : { ...alert, kind, resolvedAt: null, withdrawn: false };
}

/**
 * Writes what was judged of series whose locks the caller holds, in a number of statements that does not depend on theirs, none of them where nothing
 * changed. Answers the breaches, in the order of the series and then as given, for `insertBreaches` at the very end of the transaction.
 */
export async function writeOutcomes(client: Queryable, outcomes: readonly JudgingOutcome[]): Promise<readonly NewBreach[]> {
  await deleteVerdicts(
    client,
    outcomes.flatMap(({ seriesId, deletedVerdicts }) => deletedVerdicts.map(() => seriesId)),
    outcomes.flatMap(({ deletedVerdicts }) => deletedVerdicts),
  );
  await upsertVerdicts(
    client,
    outcomes.flatMap(({ seriesId, verdicts }) => verdicts.map((verdict) => ({ seriesId, ...verdict }))),
  );
  await writeAlerts(client, outcomes);
  await writeJudgements(
    client,
    outcomes.flatMap(({ seriesId, state }) => (state === null ? [] : [{ seriesId, ...toJudgement(state) }])),
  );
  return outcomes.flatMap(({ seriesId, breaches }) => breaches.map(({ alert, ...breach }) => ({ ...breach, seriesId, alertId: idOf(alert) })));
}

/** Those that end before those that begin: a series has one open alert of a kind. */
async function writeAlerts(client: Queryable, outcomes: readonly JudgingOutcome[]): Promise<void> {
  const drafts = outcomes.flatMap(({ seriesId, alerts }) => alerts.map((alert) => ({ seriesId, alert })));
  const known = drafts.flatMap(({ seriesId, alert }) => (alert.id === null ? [] : [{ ...alert, seriesId, id: alert.id }]));
  const ending = new Set(known.flatMap(({ seriesId, resolvedAt }) => (resolvedAt === null ? [] : [seriesId])));
  // Late readings may join an alert that was over to the one that is open. Within one statement the one might open before the other ends.
  const isReopening = ({ seriesId, resolvedAt }: AlertRow) => resolvedAt === null && ending.has(seriesId);
  await updateAlerts(
    client,
    known.filter((alert) => !isReopening(alert)),
  );
  await updateAlerts(client, known.filter(isReopening));
  const added = drafts.filter(({ alert }) => alert.id === null);
  const ids = await insertAlerts(
    client,
    added.map(({ seriesId, alert }) => ({ ...alert, seriesId })),
  );
  added.forEach(({ alert }, position) => {
    alert.id = ids[position] ?? null;
  });
}

function toJudgement({ rules, band, noData }: NonNullable<JudgingOutcome['state']>): Judgement {
  return { rules, band: toOpenAlert(band), noData: toOpenAlert(noData) };
}

function toOpenAlert(alert: AlertDraft | null): OpenAlert | null {
  return alert === null ? null : { id: idOf(alert), level: alert.level, thresholdId: alert.thresholdId, openedAt: alert.openedAt, peak: alert.peak };
}

function idOf({ id }: AlertDraft): string {
  if (id === null) throw new Error('an alert was judged, but not written');
  return id;
}
