import { createReadPool, type Pool } from '../../db/pool.ts';
import { selectStoredDocuments } from '../../db/stored-document.ts';
import { now } from '../../db/time/instant.ts';
import { STORE_DATABASE } from '../open-gateway-store.ts';
import type { PackageInfo } from '../package-info.ts';
import type { ServingSettings } from '../settings.ts';
import { checkBreaches } from './breach-checks.ts';
import { type CheckResult, failBy } from './check.ts';
import { checkDatabaseClock, checkOwnClock, checkZones } from './clock-checks.ts';
import { checkEmbedded } from './data-directory-checks.ts';
import { checkDatabase } from './database-checks.ts';
import { checkDocuments } from './document-checks.ts';
import { checkEngine } from './engine-checks.ts';
import { checkNode } from './node-check.ts';
import { checkListening } from './port-check.ts';
import { checkContent, checkMigrations } from './store-checks.ts';

const ANSWERS_WITHIN_MS = 5_000;

/** Looks at everything that a gateway with these settings needs, one thing after the other, and changes nothing: the session it opens is read-only. */
export async function* examine(settings: ServingSettings, { leastNode }: PackageInfo): AsyncGenerator<CheckResult> {
  yield checkNode(process.versions.node, leastNode);
  yield checkOwnClock(Date.now());
  yield await checkListening(settings);
  const { DATABASE_URL: given } = settings;
  const embedded = given === undefined ? await checkEmbedded(settings.THERMOGRAPH_DATA) : null;
  yield* embedded?.results ?? [];
  const url = given ?? embedded?.url?.(STORE_DATABASE);
  if (url === undefined) {
    yield await checkZones(null, settings.TIMEZONE, Date.now());
    yield await checkDocuments(settings, []);
  } else yield* examineDatabase(url, embedded === null ? withoutPassword(url) : 'embedded', settings);
}

async function* examineDatabase(url: string, where: string, settings: ServingSettings): AsyncGenerator<CheckResult> {
  const pool = createReadPool(url, { max: 1, statementTimeoutMs: ANSWERS_WITHIN_MS, connectTimeoutMs: ANSWERS_WITHIN_MS, onError: () => undefined });
  try {
    const { results, health, clock } = await checkDatabase(pool, where);
    yield* results;
    if (health === null) {
      yield await checkZones(null, settings.TIMEZONE, Date.now());
      yield await checkDocuments(settings, []);
      return;
    }
    yield checkDatabaseClock(clock);
    yield await checkZones(pool, settings.TIMEZONE, Date.now());
    yield* await examineStore(pool, settings, health.gatewaySessions).catch((error: unknown) => [failBy('store', error)]);
  } finally {
    await pool.end();
  }
}

async function examineStore(pool: Pool, settings: ServingSettings, gatewaySessions: number): Promise<readonly CheckResult[]> {
  const { result, state } = await checkMigrations(pool);
  const engines = await checkEngine(pool, state.engine, settings.THERMOGRAPH_ENGINE ?? null);
  // Relations that are still to be made cannot be asked.
  if (state.engine === null || state.pending.length > 0) return [...engines, result, await checkDocuments(settings, [])];
  const documents = await checkDocuments(settings, await selectStoredDocuments(pool));
  return [...engines, result, ...(await checkContent(pool, gatewaySessions)), ...(await checkBreaches(pool, gatewaySessions, now())), documents];
}

function withoutPassword(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port === '' ? '5432' : port}${pathname}`;
}
