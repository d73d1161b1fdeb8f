import { toRule } from '../../alerts/status.ts';
import { edgesWithin, watchedSeriesAt } from '../../alerts/watching/watch-plan.ts';
import { selectBreachStats } from '../../db/breach-stats.ts';
import { type Catalogue, selectCatalogue } from '../../db/catalogue.ts';
import type { Queryable } from '../../db/pool.ts';
import { formatInstant, type Instant, MICROS_PER_SECOND } from '../../db/time/instant.ts';
import { selectSilence, selectWatch } from '../../db/watch.ts';
import { type CheckResult, ok, warn } from './check.ts';

/** A running gateway judges within a second; what is older has been left alone, or a large load holds its series. */
const DUE_AFTER = 10 * MICROS_PER_SECOND;

/** What values are judged by, how far what happens without a reading is judged, and what came of it. `gatewaySessions` tells whether anybody is there to judge. */
export async function checkBreaches(db: Queryable, gatewaySessions: number, present: Instant): Promise<readonly CheckResult[]> {
  const catalogue = await selectCatalogue(db);
  return [describeThresholds(catalogue, present), await checkWatching(db, { catalogue, gatewaySessions, present }), await checkOutbox(db)];
}

function describeThresholds({ thresholds }: Catalogue, present: Instant): CheckResult {
  const name = 'thresholds';
  const current = thresholds.filter(({ validTo }) => validTo === null || validTo > present);
  if (current.length === 0) return ok(name, 'none: no value is judged (the mutation createThreshold makes one)');
  const inForce = current.filter((row) => {
    const rule = toRule(row);
    return rule !== null && rule.from <= present && present < rule.to;
  });
  return ok(name, `${current.length.toLocaleString('en')}, of which ${inForce.length.toLocaleString('en')} in force now`);
}

interface Watching {
  readonly catalogue: Catalogue;
  readonly gatewaySessions: number;
  readonly present: Instant;
}

/** What comes with readings is judged by their load; the ends of thresholds' windows and silence are judged by a running gateway. */
async function checkWatching(db: Queryable, { catalogue, gatewaySessions, present }: Watching): Promise<CheckResult> {
  const name = 'watching';
  const due = present - DUE_AFTER;
  const { judgedUntil, hasReadings } = await selectWatch(db);
  if (judgedUntil === null && (!hasReadings || catalogue.thresholds.length === 0)) return ok(name, 'there is nothing to watch yet');
  const [edge] = judgedUntil === null ? [] : edgesWithin(catalogue, judgedUntil, due);
  const { seriesIds } = await selectSilence(db, watchedSeriesAt(catalogue, present), due);
  const left = [
    ...(judgedUntil === null ? ['no gateway has judged the newest values yet'] : []),
    ...(edge === undefined ? [] : [`behind by ${Math.round((present - edge) / MICROS_PER_SECOND).toLocaleString('en')} s`]),
    ...(seriesIds.length === 0 ? [] : [`${seriesIds.length.toLocaleString('en')} series silent for too long without an alert`]),
  ];
  const until = judgedUntil === null ? [] : [`judged until ${formatInstant(judgedUntil)}`];
  if (left.length === 0) return ok(name, [...until, 'nothing has been due since'].join(', '));
  const found = [...until, ...left].join(', ');
  if (gatewaySessions === 0) return warn(name, `${found}; no gateway is there to judge it`, 'start the gateway');
  return warn(name, found, 'a running gateway does it within seconds: look again in a minute; if it stays, look into its log for "watching failed"');
}

async function checkOutbox(db: Queryable): Promise<CheckResult> {
  const { lastNumber, expiredThrough, openAlerts } = await selectBreachStats(db);
  const kept = lastNumber - expiredThrough;
  const numbers = kept === 0 ? 'none' : `${kept.toLocaleString('en')}, numbers ${expiredThrough + 1} to ${lastNumber}`;
  return ok('breaches', `${numbers}${expiredThrough === 0 ? '' : ' (those before have expired)'}; open alerts: ${openAlerts.toLocaleString('en')}`);
}
