import { OLDEST_SERVER } from '../../db/open-store.ts';
import type { Queryable } from '../../db/pool.ts';
import { type ServerHealth, selectServerHealth } from '../../db/server-health.ts';
import { databaseHint } from '../database-hint.ts';
import { describeFailure } from '../describe-failure.ts';
import { type CheckResult, fail, ok, sizeText, warn } from './check.ts';

/** Beyond so much of max_connections the next gateway or backup may be turned away. */
const BUSY = 0.8;
/** Loads and refreshes are transactions of seconds. */
const OLD_TRANSACTION_S = 600;

/** The health of the server, and by how much its clock is ahead of ours, plus or minus half of what the answer took. */
export interface DatabaseFindings {
  readonly results: readonly CheckResult[];
  readonly health: ServerHealth | null;
  readonly clock: { readonly aheadMs: number; readonly withinMs: number };
}

/** Whether the database can be reached, is one that we can use, and lets us do what we need. */
export async function checkDatabase(db: Queryable, where: string): Promise<DatabaseFindings> {
  try {
    // The first question also makes the connection, which must not count for the clock.
    await selectServerHealth(db);
    const askedAt = Date.now();
    const health = await selectServerHealth(db);
    const tookMs = Date.now() - askedAt;
    const clock = { aheadMs: health.clockMs - askedAt - tookMs / 2, withinMs: tookMs / 2 };
    return {
      results: [checkServer(health, where), checkRights(health), checkConnections(health), checkTransactions(health), checkSafety(health)],
      health,
      clock,
    };
  } catch (error) {
    const next = databaseHint(error) ?? 'check DATABASE_URL and the log of the database server';
    return { results: [fail('database', `${where}: ${describeFailure(error)}`, next)], health: null, clock: { aheadMs: 0, withinMs: 0 } };
  }
}

function checkServer({ version, versionNumber, encoding, isStandby, bytes }: ServerHealth, where: string): CheckResult {
  const found = `${where}: PostgreSQL ${version}, ${sizeText(bytes)}`;
  if (versionNumber < OLDEST_SERVER) return fail('database', `${found}, but at least 15 is needed`, 'upgrade the server, or name a newer one in DATABASE_URL');
  if (encoding !== 'UTF8')
    return fail('database', `${found}, but its encoding is ${encoding}`, "create a database with encoding 'UTF8', and name that in DATABASE_URL");
  if (isStandby) return fail('database', `${found}, but it is a standby, which takes no writes`, 'name the primary in DATABASE_URL');
  return ok('database', found);
}

function checkRights({ user, mayCreate, mayWrite }: ServerHealth): CheckResult {
  if (mayWrite === false)
    return fail('rights', `role "${user}" may not write to the store`, 'connect as the role that created the store, or grant its rights to this one');
  if (!mayCreate)
    return fail(
      'rights',
      `role "${user}" may not create relations, which stores and migrations need`,
      `make it the owner of the database (alter database … owner to "${user}")`,
    );
  return ok('rights', `role "${user}" may create relations${mayWrite === null ? '' : ' and write to the store'}`);
}

function checkConnections({ connections, maxConnections }: ServerHealth): CheckResult {
  const found = `${connections} of ${maxConnections} in use`;
  return connections > BUSY * maxConnections
    ? warn('connections', found, 'end sessions that nobody needs, or raise max_connections of the server')
    : ok('connections', found);
}

function checkTransactions({ oldestTransactionS }: ServerHealth): CheckResult {
  if (oldestTransactionS === null) return ok('transactions', 'none is open');
  const found = `the oldest has been open for ${Math.round(oldestTransactionS).toLocaleString('en')} s`;
  return oldestTransactionS > OLD_TRANSACTION_S
    ? warn('transactions', found, 'find who holds it (select * from pg_stat_activity order by xact_start) and end it: it may hold up loads and keeps dead rows')
    : ok('transactions', found);
}

function checkSafety({ unsafeSettings }: ServerHealth): CheckResult {
  return unsafeSettings.length === 0
    ? ok('durability', 'what is acknowledged is on disk')
    : warn(
        'durability',
        `${unsafeSettings.join(' and ')} of the server ${unsafeSettings.length === 1 ? 'is' : 'are'} off: a crash may lose acknowledged readings`,
        'switch them on in the settings of the server',
      );
}
