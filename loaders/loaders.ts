import type { EngineName } from '../db/engines/engine.ts';
import { countRejectedReadings, selectRejectedReadings } from '../db/rejected-page.ts';
import type { RejectedReadingRow } from '../db/rejected-reading.ts';
import { type StoreStats, selectStoreStats } from '../db/store-stats.ts';
import type { StoredDocumentRow } from '../db/stored-document.ts';
import type { Instant } from '../db/time/instant.ts';
import { type AlertLoaders, createAlertLoaders } from './alerts.ts';
import { type BreachLoaders, createBreachLoaders } from './breaches.ts';
import { createRunLoaders, isRowId, type RunLoaders } from './etl-runs.ts';
import { createFreshnessLoaders, type FreshnessLoaders } from './job-freshness.ts';
import { createLatestLoader, type LatestLoader } from './latest.ts';
import { createLineageLoaders, type LineageLoaders } from './lineage.ts';
import { createPage, type Page, type PageArguments, readCursor, readPageSize, writeCursor } from './page.ts';
import { createPlaceLoaders, type PlaceLoaders } from './place-loaders.ts';
import { createRangeLoaders, type RangeLoaders } from './range-loaders.ts';
import type { Scene } from './scene.ts';
import { createValueLoaders, type ValueLoaders } from './value-loaders.ts';

/** A page of rejected readings; how many there are is only counted where it is asked for. */
export interface RejectedReadingPage extends Page<RejectedReadingRow> {
  countAll(): Promise<number>;
}

export interface RejectedReadingsArguments extends PageArguments {
  readonly run?: string | null;
}

/** Everything that resolvers ask for. A fresh set for each request, and after each change. */
export interface Loaders {
  readonly places: PlaceLoaders;
  readonly values: ValueLoaders;
  readonly ranges: RangeLoaders;
  readonly breaches: BreachLoaders;
  readonly alerts: AlertLoaders;
  readonly runs: RunLoaders;
  readonly freshness: FreshnessLoaders;
  readonly lineage: LineageLoaders;
  /** The query documents that were saved, by name. */
  readonly savedDocuments: ReadonlyMap<string, StoredDocumentRow>;
  /** The present of this request. */
  readonly now: Instant;
  readonly timezone: string;
  readonly engine: EngineName;
  /** A list that is in memory, whose members count as those of any other. */
  charged<R>(rows: readonly R[]): readonly R[];
  rejectedReadings(args: RejectedReadingsArguments): Promise<RejectedReadingPage>;
  storeStats(): Promise<StoreStats>;
}

/** The loaders of one request. */
export function createLoaders(scene: Scene): Loaders {
  return new RequestLoaders(scene);
}

/** Each is made when it is first asked for: most requests want one or two, and to make all takes a twentieth of the time of a small one. */
class RequestLoaders implements Loaders {
  readonly #scene: Scene;
  readonly #latest: LatestLoader;
  #places: PlaceLoaders | null = null;
  #values: ValueLoaders | null = null;
  #ranges: RangeLoaders | null = null;
  #breaches: BreachLoaders | null = null;
  #alerts: AlertLoaders | null = null;
  #runs: RunLoaders | null = null;
  #freshness: FreshnessLoaders | null = null;
  #lineage: LineageLoaders | null = null;
  readonly now: Instant;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#latest = createLatestLoader(scene);
    this.now = scene.now;
  }

  get places(): PlaceLoaders {
    this.#places ??= createPlaceLoaders(this.#scene, this.#latest);
    return this.#places;
  }

  get values(): ValueLoaders {
    this.#values ??= createValueLoaders(this.#scene, this.#latest);
    return this.#values;
  }

  get ranges(): RangeLoaders {
    this.#ranges ??= createRangeLoaders(this.#scene, this.#latest);
    return this.#ranges;
  }

  get breaches(): BreachLoaders {
    this.#breaches ??= createBreachLoaders(this.#scene, this.places);
    return this.#breaches;
  }

  get alerts(): AlertLoaders {
    this.#alerts ??= createAlertLoaders(this.#scene, this.#latest);
    return this.#alerts;
  }

  get runs(): RunLoaders {
    this.#runs ??= createRunLoaders(this.#scene);
    return this.#runs;
  }

  get freshness(): FreshnessLoaders {
    this.#freshness ??= createFreshnessLoaders(this.#scene);
    return this.#freshness;
  }

  get lineage(): LineageLoaders {
    this.#lineage ??= createLineageLoaders(this.#scene, this.#latest);
    return this.#lineage;
  }

  get savedDocuments(): ReadonlyMap<string, StoredDocumentRow> {
    return this.#scene.catalogue.documents;
  }

  get timezone(): string {
    return this.#scene.timezone;
  }

  get engine(): EngineName {
    return this.#scene.engine;
  }

  charged<R>(rows: readonly R[]): readonly R[] {
    this.#scene.budget.chargeNodes(rows.length);
    return rows;
  }

  rejectedReadings(args: RejectedReadingsArguments): Promise<RejectedReadingPage> {
    return loadRejectedReadings(this.#scene, args);
  }

  storeStats(): Promise<StoreStats> {
    return selectStoreStats(this.#scene.db);
  }
}

async function loadRejectedReadings(scene: Scene, { run = null, ...args }: RejectedReadingsArguments): Promise<RejectedReadingPage> {
  const first = readPageSize(args.first, 100);
  const after = readCursor('rejectedReading', args.after, isNumber);
  const runId = run === null ? null : runNumber(run);
  const { rows, hasNext } = await selectRejectedReadings(scene.db, { runId, first, afterId: after?.[0] ?? 0 });
  const page = createPage(rows, ({ id }) => writeCursor('rejectedReading', [id]), { hasNextPage: hasNext, hasPreviousPage: after !== null });
  return Object.assign(page, { countAll: () => countRejectedReadings(scene.db, runId) });
}

/** No run has the number 0. */
function runNumber(id: string): number {
  return isRowId(id) ? Number(id) : 0;
}

function isNumber(key: readonly unknown[]): key is readonly [number] {
  return key.length === 1 && Number.isSafeInteger(key[0]);
}
