import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { judgeLoad } from '../alerts/judging/judge-load.ts';
import { insertBreaches } from '../db/breach.ts';
import { recordBatch, type SeriesSum } from '../db/etl/batch.ts';
import { beginBatch, selectCatalogueVersion } from '../db/load/catalogue-lock.ts';
import { createSeries, type SeriesKey, selectSeriesIds } from '../db/load/create-series.ts';
import { PlacesLostError } from '../db/load/places.ts';
import { selectStoredReadings } from '../db/load/select-stored-readings.ts';
import { lockSeriesLatest } from '../db/load/series-latest.ts';
import { isRetryable, withTransaction } from '../db/pool.ts';
import { upsertRejectedReadings } from '../db/rejected-reading.ts';
import type { Store } from '../db/store.ts';
import { now } from '../db/time/instant.ts';
import { derive } from './derive.ts';
import { classify, type Tally } from './load/classify.ts';
import { loadedSeries } from './load/loaded-series.ts';
import { assignStored, missingSeries, type NewSeries, nameOf, planWork, type WorkPlan, wantedInstants } from './load/plan-work.ts';
import type { BatchRejection, ValidBatch } from './load/valid-batch.ts';
import { writeChanges } from './load/write-changes.ts';
import { broughtSeries, writtenSeries } from './load/written-series.ts';
import type { LoadOrigin } from './load-origin.ts';

/** What one committed batch did, in readings, and the breaches that it recorded. */
export interface BatchOutcome extends Tally {
  readonly batchId: number;
  readonly received: number;
  readonly derived: number;
  readonly breaches: number;
  readonly rejections: readonly BatchRejection[];
  /** What was written of each series, in measured readings: new ones and corrected ones. */
  readonly written: readonly SeriesSum[];
}

/** Which records of the input a batch is of: the indexes of the first and the last, and how many leading ones are committed with it. */
export interface BatchExtent {
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly records: number;
}

/** Serialisation failures, deadlocks and lost places in a row before the load gives up. */
const MAX_RETRIES = 20;
/** Changes of the catalogue under the same batch before the load gives up; each is somebody else's progress. */
const MAX_REPLANS = 1000;

/** Loads one batch in one transaction: committed whole when this returns, not at all when it throws. */
export async function loadBatch(store: Store, batch: ValidBatch, extent: BatchExtent, origin: LoadOrigin): Promise<BatchOutcome> {
  let valid = missingSeries(batch, []).length > 0 ? await againstNewest(store, batch) : batch;
  let alsoCreate: readonly SeriesKey[] = [];
  const tryAgain = createPatience();
  for (;;) {
    try {
      await store.engine.makeRoom(store.writePool, valid.months);
      return await withTransaction(store.writePool, (client) => write({ client, store, batch: valid, extent, origin, alsoCreate }));
    } catch (error) {
      await tryAgain(error);
      if (!(error instanceof Replan)) continue;
      alsoCreate = [...alsoCreate, ...error.homeless];
      valid = await againstNewest(store, valid);
    }
  }
}

/** Against the catalogue as committed by now. A batch that lacks series was often checked while the one before it made them. */
async function againstNewest(store: Store, batch: ValidBatch): Promise<ValidBatch> {
  const catalogue = await store.catalogue.current(store.writePool);
  return catalogue.version === batch.catalogue.version ? batch : batch.checkAgain(catalogue);
}

/** Throws an error that another try does not mend; waits before a try that would otherwise meet the same loads in step. */
function createPatience(): (error: unknown) => Promise<void> {
  let retries = 0;
  let replans = 0;
  return async (error) => {
    if (error instanceof Replan && replans < MAX_REPLANS) {
      replans += 1;
    } else if ((isRetryable(error) || error instanceof PlacesLostError) && retries < MAX_RETRIES) {
      retries += 1;
      await sleep(Math.random() * Math.min(1000, 5 * 2 ** retries));
    } else throw error;
  };
}

/** The transaction cannot be finished as planned: the catalogue is not the one that the batch was checked against, or derived readings need series. Rolls back; the batch is checked and planned anew. */
class Replan extends Error {
  override readonly name = 'Replan';
  /** Derived readings were found that have no series yet. */
  readonly homeless: readonly SeriesKey[];

  constructor(homeless: readonly SeriesKey[] = []) {
    super('the batch is to be planned anew');
    this.homeless = homeless;
  }
}

interface Attempt {
  readonly client: pg.PoolClient;
  readonly store: Store;
  readonly batch: ValidBatch;
  readonly extent: BatchExtent;
  readonly origin: LoadOrigin;
  readonly alsoCreate: readonly SeriesKey[];
}

/**
 * The locks are taken in one order everywhere: catalogue, series by id, readings, days, rejects, what was judged, what the origin does alongside (positions), the run, the outbox.
 * All batches of a run meet at its row and all loads with breaches at the counter of the outbox, so these come last. What a backfill remembers of itself belongs to its run, and is
 * written once that is locked.
 */
async function write({ client, store, batch, extent, origin, alsoCreate }: Attempt): Promise<BatchOutcome> {
  await store.engine.beginLoad(client);
  const batchId = await beginBatch(client);
  const plan = await lockPlan(client, store, batch, alsoCreate);
  assignStored(plan, await selectStored(client, store, plan, batch));

  const passedOver = origin.passedOver ?? 0;
  const tally: Tally = { loaded: 0, corrected: 0, unchanged: batch.repeated + passedOver };
  for (const work of plan.works) classify(work, batch.times, batch.values, tally);
  const derived = deriveAll(plan, batch);
  await writeChanges(client, plan.works, batchId);
  if (batch.rejections.length > 0) await upsertRejectedReadings(client, batch.rejections, { reader: origin.reader, runId: origin.run?.runId ?? null });
  const breaches = await judgeLoad(client, loadedSeries(plan.works, batch.catalogue), { present: now(), lateAfter: store.lateAfter });
  const written = writtenSeries(plan.works);
  await origin.alongside?.(client, { batchId, ...extent, rejections: batch.rejections, written });
  const counts = { ...tally, received: batch.received + passedOver, derived, rejected: batch.rejections.length, breaches: breaches.length };
  const positionOf = origin.positionOf ?? String;
  await recordBatch(
    client,
    { id: batchId, source: origin.source, positionFrom: positionOf(extent.firstIndex), positionTo: positionOf(extent.lastIndex), ...counts },
    origin.run,
    origin.run === null ? [] : broughtSeries(plan.works),
  );
  // Takes the counter of the outbox: nothing follows but the commit.
  await insertBreaches(client, breaches);
  const { rejected: _counted, ...outcome } = counts;
  return { ...outcome, batchId, rejections: batch.rejections, written };
}

/** Creates what is missing and locks every series that the batch writes or reads. Afterwards the catalogue is known to be the one the batch was checked against. */
async function lockPlan(client: pg.PoolClient, store: Store, batch: ValidBatch, alsoCreate: readonly SeriesKey[]): Promise<WorkPlan> {
  const missing = missingSeries(batch, alsoCreate);
  let expected = batch.catalogue.version;
  let created: NewSeries = new Map();
  if (missing.length > 0) {
    expected += 1;
    if ((await createSeries(client, missing)) !== expected) throw new Replan();
    created = new Map((await selectSeriesIds(client, missing)).map((row) => [nameOf(row), row.id]));
  }
  const plan = planWork(batch, created, store.timezone);
  const latest = new Map(
    (
      await lockSeriesLatest(
        client,
        plan.works.map((work) => work.id),
      )
    ).map((row) => [row.seriesId, row]),
  );
  for (const work of plan.works) work.latest = latest.get(work.id) ?? work.latest;
  // Only now: a load that created a series of one of these sensors held one of these locks, so its series is in the version that is read here, or it waits for us.
  if (missing.length === 0 && (await selectCatalogueVersion(client)) !== expected) throw new Replan();
  return plan;
}

async function selectStored(client: pg.PoolClient, { engine }: Store, plan: WorkPlan, batch: ValidBatch): ReturnType<typeof selectStoredReadings> {
  const wanted = wantedInstants(plan, batch.times);
  return wanted.length === 0 ? new Map() : selectStoredReadings(client, engine, wanted);
}

function deriveAll(plan: WorkPlan, batch: ValidBatch): number {
  const homeless: SeriesKey[] = [];
  let derived = 0;
  for (const group of plan.groups) {
    const derivation = derive(group, batch.times, batch.values, batch.catalogue.metrics);
    derived += derivation.derived;
    for (const metricId of derivation.missing) homeless.push({ sensorId: group.sensorId, metricId, locationId: group.locationId });
  }
  if (homeless.length > 0) throw new Replan(homeless);
  return derived;
}
