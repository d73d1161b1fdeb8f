import type { Catalogue, Level, SeriesRow } from '../db/catalogue.ts';
import { InvalidArgumentError } from '../db/errors.ts';
import { type LocationFilter, matchingLocations } from './location-filter.ts';
import { readMetrics } from './metrics.ts';

/** Which breaches; what is absent or null does not filter. */
export interface BreachFilter {
  readonly where?: LocationFilter | null;
  readonly sensors?: readonly string[] | null;
  readonly metrics?: readonly string[] | null;
  readonly levels?: readonly Level[] | null;
}

/** The same in terms of what is stored: null is all. */
export interface BreachSelection {
  /** As of the catalogue that was asked: a series that comes later is not among them. */
  readonly seriesIds: ReadonlySet<number> | null;
  readonly levels: ReadonlySet<Level> | null;
}

/** Reads a filter by what a catalogue knows. Throws InvalidArgumentError for a filter by status, NotFoundError for a metric that nobody knows. */
export function selectBreachSeries(catalogue: Catalogue, filter: BreachFilter | null | undefined): BreachSelection {
  const { where = null, sensors = null, metrics = null, levels = null } = filter ?? {};
  if (where?.status !== undefined && where.status !== null) {
    throw new InvalidArgumentError('where.where.status', where.status, 'it is of the present, and breaches are events: filter by `levels`');
  }
  const metricIds = readMetrics(catalogue, metrics);
  const locations = matchingLocations(catalogue, where);
  const locationIds = locations === null ? null : new Set<string | null>(locations.map(({ id }) => id));
  const sensorIds = sensors === null ? null : new Set(sensors);
  const isWanted = ({ sensorId, metricId, locationId }: SeriesRow) =>
    (metricIds === null || metricIds.has(metricId)) && (sensorIds === null || sensorIds.has(sensorId)) && (locationIds === null || locationIds.has(locationId));
  const isAll = metricIds === null && locationIds === null && sensorIds === null;
  return {
    seriesIds: isAll ? null : new Set([...catalogue.series.values()].filter(isWanted).map(({ id }) => id)),
    levels: levels === null ? null : new Set(levels),
  };
}
