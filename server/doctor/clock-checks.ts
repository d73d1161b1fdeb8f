import type { Queryable } from '../../db/pool.ts';
import { selectLocalTimes } from '../../db/server-health.ts';
import { MICROS_PER_SECOND } from '../../db/time/instant.ts';
import { zoneClock } from '../../db/time/zone-clock.ts';
import { describeFailure } from '../describe-failure.ts';
import { type CheckResult, fail, ok, warn } from './check.ts';

const APART_MS = 5_000;
/** Readings that are over an hour ahead of this machine's clock are refused. */
const FAR_APART_MS = 3_600_000;
/** This program was not there before. */
const EARLIEST_MS = Date.UTC(2025, 0, 1);

/** Whether this machine's clock can be right. */
export function checkOwnClock(nowMs: number): CheckResult {
  const found = `this machine shows ${new Date(nowMs).toISOString()}`;
  return nowMs < EARLIEST_MS ? fail('clock', found, 'set it right (NTP): readings from over an hour ahead of it are refused') : ok('clock', found);
}

/** Whether the database's clock agrees with it. */
export function checkDatabaseClock({ aheadMs, withinMs }: { readonly aheadMs: number; readonly withinMs: number }): CheckResult {
  const name = 'database clock';
  const apartMs = Math.max(Math.abs(aheadMs) - withinMs, 0);
  if (apartMs < APART_MS) return ok(name, 'agrees with this machine');
  const found = `${(apartMs / 1000).toLocaleString('en', { maximumFractionDigits: 1 })} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine`;
  const next = 'set both clocks right (NTP)';
  return apartMs < FAR_APART_MS ? warn(name, found, next) : fail(name, found, next);
}

/** Where laws have moved clocks, and the zone of questions: those that go wrong with old or missing zone data. */
const ZONES = ['Asia/Seoul', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia'];

/** Whether Node knows the rules of time zones, and the database the same ones. `db` is null where it cannot be asked. */
export async function checkZones(db: Queryable | null, timezone: string, nowMs: number): Promise<CheckResult> {
  const name = 'time zones';
  const version = process.versions.tz === undefined ? 'zone data of the system' : `zone data ${process.versions.tz}`;
  const zones = [...new Set([timezone, ...ZONES])];
  const instants = [0, 183].map((days) => Math.floor(nowMs / 1000) + days * 86_400);
  let own: readonly number[];
  try {
    own = zones.flatMap((zone) => instants.map((instant) => zoneClock(zone).toLocal(instant * MICROS_PER_SECOND) / MICROS_PER_SECOND));
  } catch (error) {
    return fail(name, `Node has ${version}, but ${describeFailure(error)}`, 'use a Node with full ICU data, such as those from nodejs.org');
  }
  if (db === null) return ok(name, `Node has ${version}; questions without a zone are in ${timezone}`);
  try {
    const theirs = await selectLocalTimes(db, zones, instants);
    const differing = zones.filter((_, n) => instants.some((_instant, m) => own[n * instants.length + m] !== theirs[n * instants.length + m]));
    if (differing.length > 0)
      return warn(name, `Node (${version}) and the database differ on ${differing.join(', ')}; answers follow Node`, 'bring the older of the two up to date');
  } catch (error) {
    return warn(
      name,
      `the database does not know a zone that Node (${version}) knows: ${describeFailure(error)}; answers follow Node`,
      'install the zone data (tzdata) of the server',
    );
  }
  return ok(name, `Node has ${version}, and the database agrees; questions without a zone are in ${timezone}`);
}
