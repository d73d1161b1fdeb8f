import type { EngineName } from '../../db/engines/engine.ts';
import { type FailedJob, selectFailedJobs, selectTimescaleOffer, type TimescaleOffer, whyNotTimescale } from '../../db/engines/timescale-offer.ts';
import type { Queryable } from '../../db/pool.ts';
import { type CheckResult, fail, ok, warn } from './check.ts';

/** What the server has of TimescaleDB, and which engine the store has or would get, and why. `recorded` is null where there is no store yet, `wanted` where no engine is asked for by setting. */
export async function checkEngine(db: Queryable, recorded: EngineName | null, wanted: EngineName | null): Promise<readonly CheckResult[]> {
  const offer = await selectTimescaleOffer(db);
  const failedJobs = offer.created !== null && offer.preloaded ? await selectFailedJobs(db) : [];
  return [checkExtension(offer, recorded, failedJobs), recorded === null ? foresee(offer, wanted) : compare(offer, recorded, wanted)];
}

function checkExtension(offer: TimescaleOffer, recorded: EngineName | null, failedJobs: readonly FailedJob[]): CheckResult {
  const found = describeOffer(offer);
  if (recorded === 'timescale') return checkNeeded(offer, found, failedJobs);
  return ok('extension', recorded === 'postgres' ? `${found}; the engine postgres needs none` : found);
}

function describeOffer({ available, created, license, preloaded }: TimescaleOffer): string {
  if (available === null && created === null) return 'TimescaleDB is not offered by the server';
  const what = `TimescaleDB ${created ?? available} is ${created === null ? 'offered' : 'created'}`;
  return [what, preloaded ? 'preloaded' : 'not preloaded', ...(license === null ? [] : [`licence ${license}`])].join(', ');
}

/** The extension of a store that cannot do without. */
function checkNeeded({ available, created, license, preloaded }: TimescaleOffer, found: string, failedJobs: readonly FailedJob[]): CheckResult {
  const name = 'extension';
  const needed = `${found}, but the store needs it`;
  if (created === null) return fail(name, needed, 'restore the database with the extension (create extension timescaledb before the restore)');
  if (!preloaded) return fail(name, needed, 'put timescaledb into shared_preload_libraries of the server, and restart it');
  if (license !== 'timescale')
    return fail(name, `${found}, but continuous aggregates need the licence timescale`, "set timescaledb.license = 'timescale' on the server");
  if (failedJobs.length > 0)
    return warn(
      name,
      `${found}; ${failedJobs.map(describeJob).join('; ')}`,
      `mend what the message says; answers stay exact meanwhile. To try at once: ${failedJobs.map(({ id }) => `call run_job(${id})`).join('; ')}`,
    );
  if (available !== null && available !== created)
    return warn(name, `${found}, while the server has ${available}`, 'alter extension timescaledb update, as the first statement of a session');
  return ok(name, found);
}

function describeJob({ id, procedure, hypertable, message, nextStart }: FailedJob): string {
  const again = nextStart === null ? 'it is not tried again by itself' : `it is tried again at ${nextStart}`;
  return `job ${id} (${procedure} of ${hypertable}) failed: ${message ?? 'the message is in the log of the server'}; ${again}`;
}

/** What a start would choose. */
function foresee(offer: TimescaleOffer, wanted: EngineName | null): CheckResult {
  const obstacle = whyNotTimescale(offer);
  if (wanted === 'timescale' && obstacle !== null)
    return fail(
      'engine',
      `THERMOGRAPH_ENGINE asks for timescale, but ${obstacle}`,
      'mend that on the server, or leave THERMOGRAPH_ENGINE unset to have postgres',
    );
  if (wanted !== null) return ok('engine', `a new store would get ${wanted}: THERMOGRAPH_ENGINE asks for it`);
  return ok('engine', obstacle === null ? 'a new store would get timescale: the server offers it, preloaded' : `a new store would get postgres: ${obstacle}`);
}

/** An engine never changes, so what would be chosen today is only told. */
function compare(offer: TimescaleOffer, recorded: EngineName, wanted: EngineName | null): CheckResult {
  const name = 'engine';
  if (wanted !== null && wanted !== recorded)
    return fail(
      name,
      `the store was created with ${recorded}, but THERMOGRAPH_ENGINE asks for ${wanted}, and an engine never changes`,
      'leave THERMOGRAPH_ENGINE unset, or load into a new database',
    );
  const obstacle = whyNotTimescale(offer);
  if (recorded === 'timescale') return ok(name, `timescale, as recorded in the store${obstacle === null ? '' : `, though now ${obstacle}`}`);
  return ok(
    name,
    `postgres, as recorded in the store; a new one would get ${obstacle === null ? 'timescale, which the server offers by now' : `the same: ${obstacle}`}`,
  );
}
