import { createReadPool, type Pool } from '../../db/pool.ts';
import { selectStoredDocuments } from '../../db/stored-document.ts';
import { now } from '../../db/time/instant.ts';
import { STORE_DATABASE } from '../open-gateway-store.ts';
import type { PackageInfo } from '../package-info.ts';
import type { Environment, ServingSettings } from '../settings.ts';
import { checkBreaches } from './breach-checks.ts';
import { type CheckResult, failBy } from './check.ts';
import { checkDatabaseClock, checkOwnClock, checkZones } from './clock-checks.ts';
import { checkEmbedded } from './data-directory-checks.ts';
import { checkDatabase } from './database-checks.ts';
import { checkDocuments } from './document-checks.ts';
import { checkEngine } from './engine-checks.ts';
import { checkJobs } from './job-checks.ts';
import { checkNode } from './node-check.ts';
import { checkListening } from './port-check.ts';
import { checkContent, checkMigrations } from './store-checks.ts';

const ANSWERS_WITHIN_MS = 5_000;

/** Looks at everything that a gateway with these settings needs, one thing after the other, and changes nothing: the session it opens is read-only. */
export async function* examine(settings: ServingSettings, environment: Environment, { leastNode }: PackageInfo): AsyncGenerator<CheckResult> {
  yield checkNode(process.versions.node, leastNode);
  yield checkOwnClock(Date.now());
  yield await checkListening(settings);
  const { DATABASE_URL: given } = settings;
  const embedded = given === undefined ? await checkEmbedded(settings.THERMOGRAPH_DATA) : null;
  yield* embedded?.results ?? [];
  const url = given ?? embedded?.url?.(STORE_DATABASE);
  if (url === undefined) {
    yield await checkZones(null, settings.TIMEZONE, Date.now());
    yield* await checkFolders(settings, environment);
  } else yield* examineDatabase(url, embedded === null ? withoutPassword(url) : 'embedded', settings, environment);
}

async function* examineDatabase(url: string, where: string, settings: ServingSettings, environment: Environment): AsyncGenerator<CheckResult> {
  const pool = createReadPool(url, { max: 1, statementTimeoutMs: ANSWERS_WITHIN_MS, connectTimeoutMs: ANSWERS_WITHIN_MS, onError: () => undefined });
  try {
    const { results, health, clock } = await checkDatabase(pool, where);
    yield* results;
    if (health === null) {
      yield await checkZones(null, settings.TIMEZONE, Date.now());
      yield* await checkFolders(settings, environment);
      return;
    }
    yield checkDatabaseClock(clock);
    yield await checkZones(pool, settings.TIMEZONE, Date.now());
    yield* await examineStore(pool, settings, environment, health.gatewaySessions).catch((error: unknown) => [failBy('store', error)]);
  } finally {
    await pool.end();
  }
}

/** What lies in folders, where there is no store to ask. */
async function checkFolders(settings: ServingSettings, environment: Environment): Promise<readonly CheckResult[]> {
  return [await checkDocuments(settings, []), await checkJobs(settings, environment, null)];
}

async function examineStore(pool: Pool, settings: ServingSettings, environment: Environment, gatewaySessions: number): Promise<readonly CheckResult[]> {
  const { result, state } = await checkMigrations(pool);
  const engines = await checkEngine(pool, state.engine, settings.THERMOGRAPH_ENGINE ?? null);
  // Relations that are still to be made cannot be asked.
  if (state.engine === null || state.pending.length > 0) return [...engines, result, ...(await checkFolders(settings, environment))];
  const folders = [await checkDocuments(settings, await selectStoredDocuments(pool)), await checkJobs(settings, environment, pool)];
  return [...engines, result, ...(await checkContent(pool, gatewaySessions)), ...(await checkBreaches(pool, gatewaySessions, now())), ...folders];
}

function withoutPassword(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port === '' ? '5432' : port}${pathname}`;
}
