import type { Catalogue, SeriesRow } from '../db/catalogue.ts';
import { NotFoundError } from '../db/errors.ts';

/** Metrics that a caller names, each once, as a set to filter with; null where none are named. Refused where nobody knows one: a typing error must not look like silence. */
export function readMetrics(catalogue: Catalogue, ids: readonly string[] | null | undefined): ReadonlySet<string> | null {
  if (ids === null || ids === undefined) return null;
  for (const id of ids) checkMetric(catalogue, 'metrics', id);
  return new Set(ids);
}

/** Refuses a metric that nobody knows; `field` names the argument in the error. */
export function checkMetric(catalogue: Catalogue, field: string, id: string): void {
  if (!catalogue.metrics.has(id)) throw new NotFoundError(field, id, 'metric', catalogue.metrics.keys());
}

/** Those of some series that measure a metric, which a caller names in the argument `metric`; none where there are no series. Refused where nobody knows it. */
export function seriesOfMetric(catalogue: Catalogue, series: readonly SeriesRow[] | undefined, metric: string): readonly SeriesRow[] {
  checkMetric(catalogue, 'metric', metric);
  return (series ?? []).filter(({ metricId }) => metricId === metric);
}
