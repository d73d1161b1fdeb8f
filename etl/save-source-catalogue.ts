import { saveLocations, saveSensors } from '../alerts/change-places.ts';
import { createThreshold } from '../alerts/change-threshold.ts';
import type { Catalogue, ThresholdRow } from '../db/catalogue.ts';
import { saveMetrics } from '../db/save-metric.ts';
import type { Store } from '../db/store.ts';
import { type Instant, now } from '../db/time/instant.ts';
import type { CatalogueSensor, CatalogueThreshold, SourceCatalogue } from './source-catalogue.ts';

/**
 * Saves what a source says of its places, devices, metrics and thresholds, where the store does not know them yet. What it knows stays as it is: it may have
 * been changed since. A threshold that was changed or deleted is known too, by its first version.
 */
export async function saveSourceCatalogue(store: Store, source: SourceCatalogue, present: Instant = now()): Promise<void> {
  const known = await store.catalogue.current(store.writePool);
  await saveLocations(
    store.writePool,
    source.locations.filter(({ id }) => !known.locations.has(id)),
    present,
    store.lateAfter,
  );
  await saveMetrics(
    store.writePool,
    source.metrics.filter(({ id }) => !known.metrics.has(id)),
  );
  await saveSensors(
    store.writePool,
    source.sensors.filter((sensor) => !isPlaced(sensor, known)),
    present,
    store.lateAfter,
  );
  for (const threshold of source.thresholds) {
    if (known.thresholds.some((row) => row.version === 1 && isSameThreshold(row, threshold))) continue;
    await createThreshold(store.writePool, threshold, present, store.lateAfter);
  }
}

function isPlaced({ id }: CatalogueSensor, { sensors }: Catalogue): boolean {
  return (sensors.get(id)?.placements.length ?? 0) > 0;
}

function isSameThreshold(row: ThresholdRow, { metric, level, min, max, scope }: CatalogueThreshold): boolean {
  return (
    row.metricId === metric &&
    row.level === level &&
    row.min === min &&
    row.max === max &&
    row.scope.factory === scope.factory &&
    row.scope.building === scope.building &&
    row.scope.floor === scope.floor &&
    row.scope.area === scope.area &&
    row.scope.locationId === scope.location &&
    row.scope.sensorId === scope.sensor
  );
}
