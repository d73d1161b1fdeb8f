import { nearestName } from '../db/nearest-name.ts';

/** What to do about a metric that the catalogue does not have. */
export function unknownMetricHint(given: string, metrics: Iterable<string>): string {
  const nearest = nearestName(given, metrics);
  return nearest === null ? 'a new metric is made with saveMetrics' : `did you mean ${JSON.stringify(nearest)}? A new metric is made with saveMetrics`;
}
