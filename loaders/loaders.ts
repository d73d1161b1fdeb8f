import type { EngineName } from '../db/engines/engine.ts';
import { countRejectedReadings, type RejectedReadingRow, selectRejectedReadings } from '../db/rejected-reading.ts';
import { type StoreStats, selectStoreStats } from '../db/store-stats.ts';
import type { StoredDocumentRow } from '../db/stored-document.ts';
import type { Instant } from '../db/time/instant.ts';
import { type AlertLoaders, createAlertLoaders } from './alerts.ts';
import { type BreachLoaders, createBreachLoaders } from './breaches.ts';
import { createLatestLoader } from './latest.ts';
import { createPage, type Page, type PageArguments, readCursor, readPageSize, writeCursor } from './page.ts';
import { createPlaceLoaders, type PlaceLoaders } from './place-loaders.ts';
import { createRangeLoaders, type RangeLoaders } from './range-loaders.ts';
import type { Scene } from './scene.ts';
import { createValueLoaders, type ValueLoaders } from './value-loaders.ts';

/** A page of rejected readings; how many there are is only counted where it is asked for. */
export type RejectedReadingPage = Page<RejectedReadingRow>;

/** Everything that resolvers ask for. A fresh set for each request, and after each change. */
export interface Loaders {
  readonly places: PlaceLoaders;
  readonly values: ValueLoaders;
  readonly ranges: RangeLoaders;
  readonly breaches: BreachLoaders;
  readonly alerts: AlertLoaders;
  /** The query documents that were saved, by name. */
  readonly savedDocuments: ReadonlyMap<string, StoredDocumentRow>;
  /** The present of this request. */
  readonly now: Instant;
  readonly timezone: string;
  readonly engine: EngineName;
  rejectedReadings(args: PageArguments): Promise<RejectedReadingPage>;
  rejectedReadingCount(): Promise<number>;
  storeStats(): Promise<StoreStats>;
}

/** The loaders of one request. */
export function createLoaders(scene: Scene): Loaders {
  const latest = createLatestLoader(scene);
  const places = createPlaceLoaders(scene, latest);
  return {
    places,
    values: createValueLoaders(scene, latest),
    ranges: createRangeLoaders(scene, latest),
    breaches: createBreachLoaders(scene, places),
    alerts: createAlertLoaders(scene, latest),
    savedDocuments: scene.catalogue.documents,
    now: scene.now,
    timezone: scene.timezone,
    engine: scene.engine,
    rejectedReadings: (args) => loadRejectedReadings(scene, args),
    rejectedReadingCount: () => countRejectedReadings(scene.db),
    storeStats: () => selectStoreStats(scene.db),
  };
}

async function loadRejectedReadings(scene: Scene, args: PageArguments): Promise<RejectedReadingPage> {
  const first = readPageSize(args.first, 100);
  const after = readCursor('rejectedReading', args.after, isNumber);
  const { rows, hasNext } = await selectRejectedReadings(scene.db, { first, afterId: after?.[0] ?? 0 });
  return createPage(rows, ({ id }) => writeCursor('rejectedReading', [id]), { hasNextPage: hasNext, hasPreviousPage: after !== null });
}

function isNumber(key: readonly unknown[]): key is readonly [number] {
  return key.length === 1 && Number.isSafeInteger(key[0]);
}
