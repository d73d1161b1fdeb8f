import type { BreachSelection, BreachSubject } from '../../alerts/outbox/breach-index.ts';
import type { BreachRow } from '../../db/breach.ts';
import type { Catalogue } from '../../db/catalogue.ts';
import { type BreachFilter, refuseStatus } from '../../loaders/breach-filter.ts';
import { matchingLocationIds } from '../../loaders/location-filter.ts';
import { readMetrics } from '../../loaders/metrics.ts';

/** The argument `where` of a subscription, which GraphQL has coerced by the schema. */
export function breachFilterIn({ where }: Readonly<Record<string, unknown>>): BreachFilter {
  return where ?? {};
}

/** Refuses what can be known to be wrong with a filter. Throws InvalidArgumentError, and NotFoundError for a metric that nobody knows. */
export function checkBreachFilter(catalogue: Catalogue, { where, metrics }: BreachFilter): void {
  refuseStatus(where);
  readMetrics(catalogue, metrics);
  matchingLocationIds(catalogue, where);
}

/** Turns filters into what they select by one catalogue. Thousands of filters name the same places in few ways, and each of these is looked up once. */
export function createBreachSelector(catalogue: Catalogue): (filter: BreachFilter) => BreachSelection {
  const known = new Map<string, ReadonlySet<string> | null>();
  const locationIdsOf = (where: BreachFilter['where']): ReadonlySet<string> | null => {
    const key = JSON.stringify(where ?? null);
    const found = known.get(key);
    if (found !== undefined) return found;
    const ids = matchingLocationIds(catalogue, where);
    known.set(key, ids);
    return ids;
  };
  return ({ where, sensors, metrics, levels }) => ({
    sensorIds: asSet(sensors),
    locationIds: locationIdsOf(where),
    metricIds: asSet(metrics),
    levels: asSet(levels),
  });
}

/** What selections look at, of a breach whose series the catalogue knows. */
export function subjectOf(catalogue: Catalogue, { seriesId, levels }: BreachRow): BreachSubject {
  const series = catalogue.series.get(seriesId);
  if (series === undefined) throw new Error(`there is a breach of series ${seriesId}, which the catalogue lacks`);
  const { sensorId, locationId, metricId } = series;
  return { sensorId, locationId, metricId, levels };
}

function asSet<V>(values: readonly V[] | null | undefined): ReadonlySet<V> | null {
  return values === null || values === undefined ? null : new Set(values);
}
