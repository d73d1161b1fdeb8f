import { type MigrationState, selectMigrationState } from '../../db/migrate.ts';
import type { Pool, Queryable } from '../../db/pool.ts';
import { selectStaleSummary } from '../../db/stale-day.ts';
import { selectStoreStats } from '../../db/store-stats.ts';
import { type CheckResult, fail, ok, warn } from './check.ts';

/** A refresher works this many off within a minute or two; what is over it has been left alone, or a large load goes on. */
const MANY_MARKERS = 20_000;

/** Where the schema stands. */
export async function checkMigrations(pool: Pool): Promise<{ readonly result: CheckResult; readonly state: MigrationState }> {
  const state = await selectMigrationState(pool);
  return { result: describeMigrations(state), state };
}

function describeMigrations({ engine, applied, pending, newest, newestKnown }: MigrationState): CheckResult {
  const name = 'migrations';
  if (newest > newestKnown)
    return fail(name, `the schema is at ${newest}, but this version of thermograph knows ${newestKnown} at most`, 'run the newer version that was here before');
  if (engine === null && applied === 0) return ok(name, 'there is no store in this database yet: the first start creates it');
  if (pending.length > 0) return warn(name, `${pending.length} to be applied: ${pending.join(', ')}`, 'run thermograph migrate; any start does the same');
  return ok(name, `current, at ${newest}`);
}

/** What the store holds, and how far its rollups are behind. `gatewaySessions` tells whether anybody is there to bring them up to date. */
export async function checkContent(db: Queryable, gatewaySessions: number): Promise<readonly CheckResult[]> {
  const { readings, series, newest } = await selectStoreStats(db);
  const held = newest === null ? 'none yet' : `${readings.toLocaleString('en')} in ${series.toLocaleString('en')} series, the newest of ${newest}`;
  return [ok('readings', held), await checkStaleDays(db, gatewaySessions)];
}

async function checkStaleDays(db: Queryable, gatewaySessions: number): Promise<CheckResult> {
  const name = 'stale days';
  const { markers, days, oldest } = await selectStaleSummary(db);
  if (markers === 0) return ok(name, 'none: all rollups are up to date');
  const found = `${markers.toLocaleString('en')} series-days on ${days.toLocaleString('en')} days, the oldest reading without rollup of ${oldest}; answers are exact, but slower`;
  if (gatewaySessions === 0) return warn(name, `${found}; no gateway is there to refresh them`, 'run thermograph refresh, or start the gateway');
  if (markers > MANY_MARKERS)
    return warn(name, found, 'a running gateway works them off: look again in a few minutes; if they do not get fewer, look into its log');
  return ok(name, `${found}, until the running gateway has refreshed them`);
}
