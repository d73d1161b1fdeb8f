import type { Catalogue, SeriesRow } from '../db/catalogue.ts';
import { InvalidArgumentError } from '../db/errors.ts';
import type { Instant } from '../db/time/instant.ts';
import { matchingLocationIds } from './location-filter.ts';
import { presenceAt } from './presence.ts';
import type { SeriesFilter } from './select-series.ts';
import { createSeriesTest } from './series-filter.ts';

/**
 * The series of sensors that are there at an instant, by sensor, then metric, as far as they are wanted. Throws InvalidArgumentError for a filter by status, which each reading
 * could change, and NotFoundError for a metric that nobody knows.
 */
export function selectPresentSeries(catalogue: Catalogue, instant: Instant, { where, ...filter }: SeriesFilter): readonly SeriesRow[] {
  if (where?.status !== undefined && where.status !== null) {
    throw new InvalidArgumentError('where.status', where.status, 'a subscription follows the same places all the time: look at the `status` of what it tells');
  }
  const { allSeries } = presenceAt(catalogue, instant);
  const isWanted = createSeriesTest(catalogue, filter, matchingLocationIds(catalogue, where));
  return isWanted === null ? allSeries : allSeries.filter(isWanted);
}
