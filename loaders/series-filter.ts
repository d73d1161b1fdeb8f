import type { Catalogue, SeriesRow } from '../db/catalogue.ts';
import { readMetrics } from './metrics.ts';

/** Which sensors and metrics; what is absent or null does not filter. */
export interface SensorsAndMetrics {
  readonly sensors?: readonly string[] | null;
  readonly metrics?: readonly string[] | null;
}

/**
 * Tells of a series whether it is wanted; null where all are. `locationIds`: those that match a filter of places, null being all. Throws NotFoundError for a metric that
 * nobody knows.
 */
export function createSeriesTest(
  catalogue: Catalogue,
  { sensors, metrics }: SensorsAndMetrics,
  locationIds: ReadonlySet<string> | null,
): ((series: SeriesRow) => boolean) | null {
  const metricIds = readMetrics(catalogue, metrics);
  const sensorIds = sensors === null || sensors === undefined ? null : new Set(sensors);
  if (metricIds === null && sensorIds === null && locationIds === null) return null;
  return ({ locationId, sensorId, metricId }) =>
    (metricIds === null || metricIds.has(metricId)) &&
    (sensorIds === null || sensorIds.has(sensorId)) &&
    (locationIds === null || locationIds.has(locationId ?? ''));
}
