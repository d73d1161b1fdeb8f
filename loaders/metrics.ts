import type { Catalogue } from '../db/catalogue.ts';
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
