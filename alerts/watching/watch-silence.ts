import type pg from 'pg';
import { insertBreaches } from '../../db/breach.ts';
import type { Catalogue } from '../../db/catalogue.ts';
import type { Store } from '../../db/store.ts';
import { selectThresholdsCreated } from '../../db/threshold.ts';
import type { Instant } from '../../db/time/instant.ts';
import { lockFreeSeries, selectSilence, type WatchedSeries } from '../../db/watch.ts';
import { levelsOf } from '../judging/follow-verdicts.ts';
import { standingsOf } from '../judging/judge-present.ts';
import { type AlertDraft, type JudgingOutcome, reopen, writeOutcomes } from '../judging/judging-outcome.ts';
import { type Standing, verdictOf } from '../judging/outcome-at.ts';
import { silenceRuleOf, silentSince } from '../judging/silence.ts';
import { thresholdIndexOf } from '../threshold-index.ts';
import { asWatcher } from './watch-pass.ts';
import { nextEdgeAfter, watchedSeriesAt } from './watch-plan.ts';

/** Finds series that have fallen silent. */
export interface SilenceWatch {
  /** Answers the breaches it recorded. */
  judge(store: Store, catalogue: Catalogue, present: Instant): Promise<number>;
  /** When to look again at the latest, as long as nothing is loaded or changed. */
  readonly nextAt: Instant;
}

/** A reading that is all but too old when it comes makes a deadline that nobody has foreseen: it is seen so much late at most, in microseconds. */
const LONGEST_WAIT = 5_000_000;

/** So many open in one transaction: a plant whose network is down falls silent as a whole. */
const BATCH = 5_000;

/** Series that report just as often as they must keep a deadline always near: between two looks there is so much time at least, and so many times as much as a look takes. */
const SHORTEST_WAIT = 200_000;
const WAIT_PER_LOOK = 20;

/** One for a process. What may be silent for how long is worked out once for a catalogue and between two edges; the database is asked at the next deadline. */
export function createSilenceWatch(clock: () => Instant): SilenceWatch {
  let known: { readonly catalogue: Catalogue; readonly until: Instant; readonly series: WatchedSeries } | null = null;
  let nextAt = Number.NEGATIVE_INFINITY;
  return {
    get nextAt() {
      return nextAt;
    },
    async judge(store, catalogue, present) {
      if (known === null || known.catalogue !== catalogue || present >= known.until) {
        known = { catalogue, until: nextEdgeAfter(catalogue, present) ?? Number.POSITIVE_INFINITY, series: watchedSeriesAt(catalogue, present) };
      } else if (present < nextAt) return 0;
      nextAt = Math.min(known.until, present + LONGEST_WAIT);
      if (known.series.seriesIds.length === 0) return 0;
      const askedAt = clock();
      const silence = await selectSilence(store.writePool, known.series, present);
      const wait = Math.max(SHORTEST_WAIT, WAIT_PER_LOOK * (clock() - askedAt));
      nextAt = Math.max(Math.min(nextAt, silence.nextAt ?? nextAt), present + wait);
      if (silence.seriesIds.length === 0) return 0;
      // What is too much for once goes on at once; what another instance watches or a load holds is asked for again.
      nextAt = silence.seriesIds.length > BATCH ? present : present + wait;
      const seriesIds = silence.seriesIds.slice(0, BATCH);
      return (await asWatcher(store, catalogue, (client) => openSilence(client, { store, catalogue, seriesIds, present }))) ?? 0;
    },
  };
}

interface Silent {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly seriesIds: readonly number[];
  readonly present: Instant;
}

/** Looks again once the series are locked: a reading may have come in between, or another instance been quicker. */
async function openSilence(client: pg.PoolClient, { store, catalogue, seriesIds, present }: Silent): Promise<number> {
  const standings = await standingsOf(client, catalogue, await lockFreeSeries(client, seriesIds));
  const created = await selectThresholdsCreated(client);
  const outcomes = standings.map((standing) => outcomeOf(standing, { store, catalogue, present, created })).filter((outcome) => outcome !== null);
  const breaches = await writeOutcomes(client, outcomes);
  await insertBreaches(client, breaches);
  return breaches.length;
}

interface SilenceMeasure extends Omit<Silent, 'seriesIds'> {
  /** When thresholds were created, as far as that is known. */
  readonly created: ReadonlyMap<string, Instant>;
}

function outcomeOf({ series, last, judgement }: Standing, { store, catalogue, present, created }: SilenceMeasure): JudgingOutcome | null {
  const rules = thresholdIndexOf(catalogue).rulesForSeries(series);
  const rule = silenceRuleOf(rules, present);
  const since = silentSince(rules, last.time, present);
  if (judgement.noData !== null || rule === null || since === null) return null;
  const { thresholdId, level } = rule;
  // The clock of another instance, which created it, may be a little ahead.
  const time = Math.min(Math.max(since, created.get(thresholdId) ?? since), present);
  const alert: AlertDraft = { id: null, kind: 'NO_DATA', level, thresholdId, openedAt: time, resolvedAt: null, peak: null, withdrawn: false };
  const previous = verdictOf(rules, judgement.rules, present);
  return {
    seriesId: series.id,
    alerts: [alert],
    breaches: [
      {
        alert,
        kind: 'OPENED',
        time,
        late: present - time > store.lateAfter,
        value: null,
        measuredAt: null,
        status: 'NO_DATA',
        previous,
        thresholdId,
        levels: levelsOf(level),
      },
    ],
    verdicts: [],
    deletedVerdicts: [],
    state: { rules: judgement.rules, band: reopen('BAND', judgement.band), noData: alert },
  };
}
